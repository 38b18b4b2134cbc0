"""Classes under other choices of the method."""

import numpy as np
import pandas as pd
import pytest

from counts import indicator
from plain import LAST, plain_release
from sozialraum.index import score
from sozialraum.index.sensitivity import sensitivity
from sozialraum.methods.composite import (
    compose,
    principal_weights,
    robust_scores,
    weighted_scores,
    zscores,
)
from sozialraum.methods.index_classes import status_classes

N = 40


@pytest.fixture
def counted():
    random = np.random.default_rng(5)
    burden = random.normal(size=N)
    rates = {name: 100 + 30 * burden + 12 * random.normal(size=N) for name in "abc"}
    counts = {name: {LAST: np.round(rate).clip(5)} for name, rate in rates.items()}
    return counts, random.integers(400, 5000, N)


def index_of(counted, denominator="residents", hidden=(), **options):
    counts, people = counted
    indicators = [indicator(name, denominator) for name in counts]
    bases = dict.fromkeys(counts, people)
    release = plain_release(counts, bases, indicators=indicators, sizes=[25, 15], hidden=hidden)
    return score(release, draws=0, **options)


def test_every_choice_is_what_its_arithmetic_says(counted):
    index = index_of(counted)
    counts, people = counted
    rates = np.column_stack([100 * counts[name][LAST] / people for name in "abc"])
    z = zscores(rates)
    expected = {
        "pca": zscores(z @ principal_weights(z)),
        "weighted": weighted_scores(weighted_scores(rates, people).sum(axis=1), people),
        "robust": robust_scores(robust_scores(rates).sum(axis=1)),
        "without:b": compose(rates[:, [0, 2]], [1, 1]).index,
    }
    found = sensitivity(index)
    for choice, values in expected.items():
        assert found.classes[choice].tolist() == status_classes(values).tolist(), choice
        same = (status_classes(values) == index.table["status_class"]).mean()
        assert found.choices.loc[choice, "same"] == pytest.approx(same)
        assert found.choices.loc[choice, "changed"] == round(N * (1 - same))
        ranks = pd.Series(values).corr(
            pd.Series(index.table["status_index"].to_numpy()), method="spearman"
        )
        assert found.choices.loc[choice, "rank_correlation"] == pytest.approx(ranks)
    assert {"shrunk", "without:a", "without:c"} <= set(found.choices.index)
    assert found.skipped == ()


def test_areas_know_which_classes_they_see(counted):
    found = sensitivity(index_of(counted))
    changes = found.changes()
    assert len(changes) == found.choices["changed"].sum() > 0
    for area, rows in changes.groupby("area_id"):
        own = found.areas.loc[area]
        assert set(own["classes_seen"].split()) == {own["status_class"], *rows["becomes"]}
        assert own["share_same"] == pytest.approx(1 - len(rows) / len(found.choices))
    still = found.areas.drop(changes["area_id"].unique())
    assert (still["share_same"] == 1).all()
    assert (still["classes_seen"] == still["status_class"]).all()


def test_areas_without_a_class_see_none(counted):
    found = sensitivity(index_of(counted, hidden=[("a", 4)]))
    area = found.index.table.index[4]
    assert found.areas.loc[area, "classes_seen"] == ""
    assert np.isnan(found.areas.loc[area, "share_same"])
    # without the hidden indicator it would have one, but nothing to compare it with
    assert found.classes.loc[area, "without:a"] != ""
    assert found.choices["areas"].max() == N - 1


def test_what_cannot_be_computed_is_named(counted):
    found = sensitivity(index_of(counted, denominator="base"))
    assert found.skipped == ("weighted",)
    counts, people = counted
    counts["a"][LAST] = np.where(np.arange(N) < 5, np.arange(5, 5 + N), 10)
    flat = sensitivity(index_of((counts, np.full_like(people, 500))))
    assert "robust" in flat.skipped


def test_shrunk_methods_are_compared_with_raw_rates(counted):
    index = index_of(counted, preset="mss")
    assert "shrunk" in sensitivity(index).choices.index
    from dataclasses import replace

    from sozialraum.index import read_method

    turned = score(index.release, method=replace(read_method("mss"), rates="shrunk"), draws=0)
    found = sensitivity(turned)
    assert found.classes["raw"].tolist() == index.table["status_class"].tolist()


def test_choices_have_labels(counted):
    found = sensitivity(index_of(counted))
    labels = [found.label(choice, "de") for choice in found.choices.index]
    assert len(set(labels)) == len(labels)
    assert found.label("without:a", "en") == 'Without "a"'
