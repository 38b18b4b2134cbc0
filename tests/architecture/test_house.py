"""The shape of the house: import contracts, public names, light imports."""

import subprocess
import sys
from pathlib import Path

import sozialraum

ROOT = Path(__file__).parents[2]
HEAVY = {"folium", "matplotlib", "esda", "numba", "rasterio", "mapclassify", "geopandas", "scipy"}


def imported_by(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", statement],
        capture_output=True,
        text=True,
        check=True,
    )
    names = (line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines())
    return {name.split(".")[0] for name in names}


def test_import_contracts_hold():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_importing_the_package_loads_nothing_heavy():
    assert imported_by("import sozialraum") & HEAVY == set()


def test_help_loads_nothing_heavy():
    statement = "from sozialraum.cli.app import run; run(['--help'], 'de')"
    assert imported_by(statement) & (HEAVY | {"pandas", "numpy"}) == set()


def test_every_public_name_resolves_and_is_documented():
    assert len(sozialraum.__all__) > 30
    for name in sozialraum.__all__:
        assert getattr(sozialraum, name).__doc__, name


def test_public_names_follow_the_grammar():
    verbs = ("read", "build", "adopt", "delineate", "measure", "protect", "score", "flag")
    verbs += (
        "publish",
        "audit",
        "merge",
        "smooth",
        "standardise",
        "correlate",
        "bound",
        "backcast",
        "evaluate",
        "find",
        "transfer",
        "compare",
        "fetch",
    )
    others = ("draw", "write", "explain", "check", "propose", "run")
    # tables made of an index or a release are called what they hold
    tables = {"contributions", "coverage", "sensitivity", "series", "settlement_types"}
    tables |= {"shipped_indicators", "stability", "states", "stratified", "target_sentences"}
    tables |= {"targets", "theme_indices", "early_warning", "expected_false", "sentence"}
    tables |= {"cluster_sentences", "coverage_sentences", "evaluation_sentences"}
    tables |= {"moran_over_zonings", "warning_sentence"}
    tables |= {"address_key", "join_report", "same_districts"}
    functions = [n for n in sozialraum.__all__ if n.islower() and callable(getattr(sozialraum, n))]
    named = [n for n in functions if n.split("_")[0] not in (*verbs, *others)]
    assert set(named) == tables
