"""British and German indices of deprivation by hand and by the properties they are cited for.

Origins: Ministry of Housing, Communities and Local Government, *The English Indices of
Deprivation 2019: technical report* (exponential transform and weights); Scottish Government,
*SIMD 2016 technical notes* (weights); Robert Koch Institute, *German Index of Socioeconomic
Deprivation* (fifths by quantiles of type 9). The transform is documented to give the tenth of
the areas that are most deprived half of its scale of 0 to 100.
"""

import math

import numpy as np
import pytest

from sozialraum.methods.composite import exponential_ranks
from sozialraum.methods.index_classes import Classes, classify
from sozialraum.pipeline.published import Columns, score_published

IMD = ("income", "employment", "education", "health", "crime", "barriers", "living")
SIMD = ("income", "employment", "education", "health", "access", "crime", "housing")


def written(tmp_path, ranks):
    file = tmp_path / "ranks.csv"
    lines = [f"a{i},{','.join(map(str, row))}" for i, row in enumerate(ranks)]
    header = ",".join(["code", *(f"d{k}" for k in range(len(ranks[0])))])
    file.write_text("\n".join([header, *lines, ""]))
    return file


def columns(domains):
    return Columns("code", domain={name: f"d{k}" for k, name in enumerate(domains)})


def test_the_most_deprived_tenth_has_half_of_the_scale():
    found = exponential_ranks(np.arange(1, 1001))
    assert found[-1] == pytest.approx(100)
    assert found[899] == pytest.approx(50, abs=0.5)
    assert 100 <= (found > 50).sum() <= 103


def test_two_areas_by_hand(tmp_path):
    """R is 1 for rank 1 of 2 and 1/2 for rank 2: 100 and -23 ln(1 - (1 - exp(-100/23)) / 2)."""
    low = -23 * math.log(1 - (1 - math.exp(-100 / 23)) / 2)
    ranks = [[1, 1, 2, 2, 2, 2, 2], [2, 2, 1, 1, 1, 1, 1]]
    frame, _ = score_published(written(tmp_path, ranks), columns(IMD), method="imd")
    first = 0.45 * 100 + (0.27 + 0.279) * low
    second = 0.45 * low + (0.27 + 0.279) * 100
    np.testing.assert_allclose(frame["score"], [first, second])
    assert frame["rank"].tolist() == [2, 1]
    assert frame["decile"].tolist() == [10, 5]


def test_scottish_weights_by_hand(tmp_path):
    low = -23 * math.log(1 - (1 - math.exp(-100 / 23)) / 2)
    ranks = [[1, 2, 2, 2, 1, 1, 1], [2, 1, 1, 1, 2, 2, 2]]
    frame, _ = score_published(written(tmp_path, ranks), columns(SIMD), method="simd")
    share = 0.28 + 0.09 + 0.05 + 0.02
    expected = [100 * share + low * (1 - share), low * share + 100 * (1 - share)]
    np.testing.assert_allclose(frame["score"], expected)


def test_tied_ranks_share_the_average(tmp_path):
    """Published ranks 2.5 and 2.5 are ranks 2.5 and 2.5 from below as well."""
    ranks = [[1] * 7, [2.5] * 7, [2.5] * 7, [4] * 7]
    frame, _ = score_published(written(tmp_path, ranks), columns(SIMD), method="simd")
    tied = -23 * math.log(1 - 2.5 / 4 * (1 - math.exp(-100 / 23)))
    np.testing.assert_allclose(frame["score"], [100, tied, tied, frame["score"].min()])
    assert frame["rank"].tolist() == [1, 2.5, 2.5, 4]


def test_deciles_are_of_the_rank(tmp_path):
    ranks = [[i] * 7 for i in range(1, 26)]
    frame, _ = score_published(written(tmp_path, ranks), columns(IMD), method="imd")
    assert frame["rank"].tolist() == list(range(1, 26))
    assert frame["decile"].tolist() == [math.ceil(10 * i / 25) for i in range(1, 26)]


def test_fifths_by_quantiles_of_type_nine():
    """Of 1 … 10 the limits are 2.3, 4.4333…, 6.5667 (10 p + 3/8 + p/4 as positions)."""
    limits = [10 * p + 0.375 + p / 4 for p in (0.2, 0.4, 0.6, 0.8)]
    values = np.arange(1.0, 11.0)
    expected = [str(1 + sum(v >= limit for limit in limits)) for v in values]
    assert classify(values, Classes(tuple("12345"), by="quantile")).tolist() == expected
