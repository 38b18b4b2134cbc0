"""Of the interventions planted in the sample county, one is found to help and one is not."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from sozialraum.datasets import sample_path
from sozialraum.evaluation import evaluate, evaluation_sentences
from sozialraum.files.readback import read_release
from sozialraum.sources import read_interventions

TOOLS = Path(__file__).parents[2] / "tools"
TABLE = Path("daten") / "massnahmen.csv"


def true_change(truth, found):
    """Return by how much the planted ratio changed the rate, over the years after the start."""
    (planted,) = (one for one in truth["changes"] if one["id"] == "T1")
    ratio = {int(year): value for year, value in planted["ratio_by_year"].items()}
    after = np.mean([value for year, value in ratio.items() if year >= 2022])
    paths = found.paths[found.paths["intervention"] == "M1"]
    before = paths.loc[paths["date"] < "2022", "treated"].mean()
    return before * (after / ratio[2021] - 1)


def test_in_a_small_county_nothing_is_claimed_that_cannot_be_seen(made):
    release = read_release(made.output / "sozialraum.gpkg")
    found = evaluate(release, read_interventions(made.project / TABLE), "sgb2")
    effects = found.effects.set_index("intervention")
    assert effects.index.tolist() == ["M1", "M2"]
    assert effects.loc["M2", "verdict"] not in ("effect", "opposite")
    seen = effects["verdict"].isin(["effect", "opposite", "none found"])
    assert (effects["effect"].notna() == seen).all()
    if np.isfinite(effects.loc["M1", "effect"]):
        truth = json.loads((made.project / "truth.json").read_text(encoding="utf-8"))
        change = true_change(truth, found)
        assert effects.loc["M1", "lower"] < change < effects.loc["M1", "upper"]
    assert set(evaluation_sentences(found, "de")) == {"M1", "M2"}


@pytest.mark.slow
def test_what_helped_is_recovered_with_its_interval_and_the_other_is_not(tmp_path):
    sys.path.insert(0, str(TOOLS))
    try:
        from warning_recovery import released
    finally:
        sys.path.pop(0)
    release, truth = released(sample_path(), tmp_path)
    found = evaluate(release, read_interventions(sample_path() / TABLE), "sgb2")
    effects = found.effects.set_index("intervention")
    assert effects.loc["M1", "verdict"] == "effect"
    assert effects.loc["M1", "lower"] < true_change(truth, found) < effects.loc["M1", "upper"] < 0
    assert effects.loc["M2", "verdict"] == "none found"
    assert effects.loc["M2", "lower"] < 0 < effects.loc["M2", "upper"]
