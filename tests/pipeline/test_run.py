"""The whole way: what is made, kept, made again and refused."""

import json
import os
import pickle
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from scipy.sparse import csr_array
from shapely import box

import sozialraum as sr
from sozialraum import model, schema
from sozialraum.cli.app import run as command
from sozialraum.config import read_config
from sozialraum.disclosure.publications.reading import parse_publication
from sozialraum.errors import ConfigError, DisclosureError, OutputError
from sozialraum.files.manifest import MANIFEST
from sozialraum.files.vault import Vault
from sozialraum.pipeline import STAGES, Inputs, check_inputs, run, shown_by
from sozialraum.pipeline.history import read_history
from sozialraum.sources import join_report

PUBLICATION = parse_publication(
    {
        "units": [{"id": "a", "counts": {"x": 9}}, {"id": "b", "counts": {"x": 2}}],
        "areas": {"A": ["a"], "AB": ["a", "b"]},
        "variables": {"x": {}},
        "published": [{"kind": "count", "area": "A", "var": "x", "value": 9}],
        "policy": {"k": 3},
    }
)
NOT_DATA = ("gpkg_", "rtree_", "sqlite_")
WRITTEN = {"bericht.html", "gebiete.gpkg", "sozialraum.gpkg", "webkarte.html"}


def names(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_everything_asked_for_is_written(made):
    asked = read_config(made.project).outputs
    drawn = [what.replace(":", "-") for what in asked.maps]
    maps = {f"karten/{stem}.{suffix}" for stem in drawn for suffix in asked.formats}
    stems = [what.replace(":", "-") for what in asked.charts if what != "effect:sgb2"]
    stems += ["effect-sgb2-1", "effect-sgb2-2"]
    charts = {f"abbildungen/{stem}.{suffix}" for stem in stems for suffix in asked.formats}
    assert len(charts) == 24
    assert names(made.output) == WRITTEN | maps | charts | {MANIFEST}
    assert [step.stage for step in made.first.steps] == list(STAGES)
    assert {step.status for step in made.first.steps} == {"done"}


def test_a_later_check_of_the_folder_finds_nothing(made, capsys):
    release, measures = made.output / "sozialraum.gpkg", made.project / "daten" / "massnahmen.csv"
    asked = ["audit", "output", made.output, "--release", release, "--interventions", measures]
    assert command([str(one) for one in asked], "de") == 0, capsys.readouterr().out


def test_every_block_is_in_exactly_one_area(made):
    membership = made.first.areas.membership
    assert membership.index.equals(made.first.blocks.frame.index)
    assert set(membership) == set(made.first.areas.frame.index)


def test_agreed_areas_are_adopted_and_the_rest_is_proposed(made):
    origins = made.first.areas.frame.groupby(schema.MUNICIPALITY)["origin"].agg(set)
    assert (origins.map(len) == 1).all()
    assert sorted(origins.map(min).value_counts().items()) == [("adopted", 12), ("proposed", 7)]


def test_the_base_of_the_release_in_the_output_folder_is_noted(made):
    history = read_history(Vault(made.work))
    noted = {folder: one.base for one in history.releases for folder in one.folders}
    assert noted[str(made.output.resolve())] in {base.id for base in history.bases}


def test_a_second_run_computes_nothing(made):
    before = {p: p.stat().st_mtime_ns for p in made.output.rglob("*") if p.is_file()}
    second = run(read_config(made.project), output=made.output, work=made.work)
    assert {step.status for step in second.steps} == {"unchanged"}
    assert before == {p: p.stat().st_mtime_ns for p in made.output.rglob("*") if p.is_file()}


def test_a_missing_and_an_altered_output_are_written_again(made, tmp_path):
    output = tmp_path / "out"
    shutil.copytree(made.output, output)
    (output / "bericht.html").unlink()
    (output / "karten/sgb2.svg").write_text("scribbled over")
    calls = []
    run(
        read_config(made.project),
        output=output,
        work=made.work,
        notify=lambda stage, status, _seconds: calls.append((stage, status)),
    )
    written = {status for stage, status in calls if stage == "outputs"} - {"started", "done"}
    assert written == {"bericht.html", "karten/sgb2.svg"}
    assert (output / MANIFEST).read_bytes() == (made.output / MANIFEST).read_bytes()


def test_a_changed_setting_recomputes_from_its_stage_on(made, tmp_path):
    config = read_config(made.project)
    looser = config.flags.model_copy(update={"rate": 0.1})
    work = tmp_path / "work"
    shutil.copytree(made.work, work)
    again = run(config.model_copy(update={"flags": looser}), until="flags", work=work)
    status = {step.stage: step.status for step in again.steps}
    assert status.pop("flags") == "done"
    assert set(status.values()) == {"unchanged"}


def test_a_stricter_policy_reaches_the_release(made, tmp_path):
    project = tmp_path / "kreis"
    shutil.copytree(made.project, project)
    policy = project / "policy.toml"
    policy.write_text(policy.read_text().replace("\nk = 3\n", "\nk = 5\n"))
    work = tmp_path / "work"
    shutil.copytree(made.work, work)
    stricter = run(read_config(project), until="release", work=work).release
    assert stricter.policy.k == 5
    assert stricter.audit.published < made.first.release.audit.published


def test_confidential_intermediates_never_lie_in_the_output(made):
    assert not list(made.output.rglob("*.entry"))
    entries = sorted(p.name.split("-")[0] for p in made.work.glob("*.entry"))
    assert entries == sorted([*STAGES, "deliveries", "base", *["counts"] * 10])


def test_a_foreign_output_folder_is_refused_before_any_work(made, tmp_path):
    output = tmp_path / "documents"
    output.mkdir()
    (output / "letter.txt").write_text("mine")
    with pytest.raises(OutputError) as caught:
        run(read_config(made.project), output=output, work=tmp_path / "work")
    assert caught.value.message == "files.folder_not_ours"
    assert not list((tmp_path / "work").glob("*.entry"))
    assert (output / "letter.txt").read_text() == "mine"


def test_the_same_input_gives_the_same_bytes_in_another_process(made, tmp_path):
    """Another hash seed, no stored stage, another folder: the same files to the byte."""
    statement = (
        "import sys; from sozialraum.config import read_config;"
        "from sozialraum.pipeline import run;"
        "run(read_config(sys.argv[1]), output=sys.argv[2], work=sys.argv[3])"
    )
    arguments = [str(made.project), str(tmp_path / "out"), str(tmp_path / "work")]
    subprocess.run(
        [sys.executable, "-c", statement, *arguments],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "4711", "NUMBA_NUM_THREADS": "1"},
    )
    mine = json.loads((made.output / MANIFEST).read_text())["files"]
    other = json.loads((tmp_path / "out" / MANIFEST).read_text())["files"]
    assert {name for name in mine if mine[name] != other[name]} == set()


def test_protected_counts_stand_in_no_file(made, tmp_path):
    """Large counts of areas below a minimum are hidden and looked for in every file."""
    project = tmp_path / "kreis"
    shutil.copytree(made.project, project)
    policy = project / "policy.toml"
    policy.write_text(policy.read_text().replace("residents = 300", "residents = 600"))
    done = run(read_config(project), output=tmp_path / "out", work=tmp_path / "work")
    keys = [schema.GEOGRAPHY, schema.AREA_ID, schema.INDICATOR, schema.DATE]
    hidden = done.release.table["state"] == schema.State.SUPPRESSED
    protected = done.measures.table.merge(done.release.table.loc[hidden, keys], on=keys)
    wanted = {int(n) for n in protected[["numerator", "denominator"]].to_numpy().flat if n >= 100}
    shown = done.release.table[["numerator", "denominator", "value"]].to_numpy(dtype=float)
    wanted -= {int(n) for n in shown[~np.isnan(shown)] if n == int(n)}
    assert len(wanted) > 50
    found = numbers_in(tmp_path / "out")
    assert len(found) > 100
    assert found & wanted == set()


def numbers_in(folder):
    """Return every whole number that stands as a cell, attribute or text in the output."""
    found = set()
    for path in folder.rglob("*.gpkg"):
        with closing(sqlite3.connect(path)) as connection:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
            own = [n for (n,) in connection.execute(query) if not n.startswith(NOT_DATA)]
            for name in own:
                for row in connection.execute(f'SELECT * FROM "{name}"'):
                    # fid counts rows
                    found |= {int(c) for c in row[1:] if isinstance(c, int | float) and c == int(c)}
                    found |= {int(c) for c in row[1:] if isinstance(c, str) and c.isdecimal()}
    for path in (p for p in folder.rglob("*") if p.suffix in {".html", ".svg"}):
        text = path.read_text(encoding="utf-8")
        # where on the sheet something is drawn is no number of anybody
        text = re.sub(r' [xy]="[0-9.]+"', "", text) if path.suffix == ".svg" else text
        cells = re.findall(r">\s*(\d{1,3}(?:[.\u202f\u00a0 ]\d{3})*)\s*<", text)
        cells += re.findall(r'"(\d{1,3}(?:[.\u202f\u00a0 ]\d{3})*)"', text)
        found |= {int(re.sub(r"\D", "", cell)) for cell in cells}
    return found


def test_no_stage_changes_what_it_is_given(made):
    """Inputs are the same to the byte after every stage."""
    config = read_config(made.project)
    inputs, first = Inputs(config), made.first
    given = (inputs.layers, inputs.municipalities, inputs.given, inputs.deliveries)
    nouns = (first.blocks, first.areas, first.measures, first.release, first.index)
    # a release keeps the frames it hands out: let it have them all before
    sr.flag(sr.score(first.release, indicators=["sgb2"]))
    sr.draw_map(first.index)
    before = [pickle.dumps(noun) for noun in (*given, *nouns)]
    blocks = sr.build_blocks(inputs.layers, nest_in=inputs.municipalities, register=inputs.register)
    areas = sr.adopt_areas(blocks, inputs.given, policy=inputs.policy, unreachable="unpublishable")
    sr.measure(first.blocks, areas, inputs.indicators[:2], inputs.deliveries)
    sr.protect(first.measures, inputs.policy)
    sr.flag(sr.score(first.release, indicators=["sgb2"]))
    sr.draw_map(first.index)
    assert [pickle.dumps(noun) for noun in (*given, *nouns)] == before


def unmeasured():
    """Nouns that a run of this project does not come by."""
    source, keys = sr.Source("town", "example"), pd.Index(["a"])
    whole = csr_array(np.ones((1, 1)))
    yield model.Raster(np.ones((1, 1)), 0, 100, 100, 100, CRS.from_epsg(25832), source)
    shapes = gpd.GeoSeries([box(0, 0, 1, 1)], index=keys, crs=25832)
    yield model.Transfer(whole, keys, shapes, "most", estimated=False)
    yield model.TravelTimes(keys, keys, whole, "minutes", source)


def test_every_noun_describes_itself_in_a_notebook(made, tmp_path):
    first, inputs = made.first, Inputs(read_config(made.project))
    proposal = sr.propose(first.areas, first.blocks)
    edited = sr.write_proposal(tmp_path / "gebiete.gpkg", proposal, blocks=first.blocks)
    nouns = (
        *(inputs.municipalities, inputs.deliveries[0], inputs.policy, inputs.indicators[0]),
        *(first.blocks, first.areas, first.measures, first.release, first.index, first.flags),
        *(first.release.audit, first.release.sources[0], proposal, sr.read_proposal(edited)),
        *(PUBLICATION, sr.audit(PUBLICATION), first.index.method),
        *(inputs.interventions[0], first.evaluation[0]),
        sr.explain_utility(first.measures, first.release),
        sr.address_key(sr.read_addresses(inputs.config.path("daten/adressen.csv")), first.areas),
        join_report(inputs.deliveries[1], first.areas),
        *unmeasured(),
    )
    assert {type(noun).__name__ for noun in nouns} == set(model.__all__)
    for noun in nouns:
        assert noun._repr_html_().startswith("<table><caption>"), type(noun)
        assert repr(noun)


def test_counts_of_other_areas_arrive_whole_and_stay_estimates(made):
    measures = made.first.measures
    assert sum("Alle Zahlen von" in told for told in measures.carried) == 2
    estimates = {one.id for one in measures.indicators if one.estimate}
    assert estimates == {"wahlbeteiligung", "ganztag", "kita_erreichbar", "bebaut"}
    assert {"wahlbeteiligung", "ganztag", "bebaut"} <= set(measures.barred)
    assert not {"arzt_fern", "u18", "a65"} & set(measures.barred)
    areas = measures.table.query("geography == 'sozialraum' and indicator == 'wahlbeteiligung'")
    cast = pd.read_csv(made.project / "lieferungen/wahlen/kreistagswahl_2025.csv", sep=";")
    assert areas["numerator"].notna().mean() > 0.95
    # areas hold whole numbers, so that their sum may be a few off
    assert 0.9 < areas["numerator"].sum() / cast["B"].sum() < 1.001
    assert 0.9 < areas["denominator"].sum() / cast["A"].sum() < 1.001


def test_what_is_not_there_cannot_be_shown(made):
    with pytest.raises(ConfigError):
        shown_by("status", made.first.release, None, None)
    with pytest.raises(ConfigError):
        shown_by("flags", made.first.release, made.first.index, None)
    noun, what = shown_by("sgb2", made.first.release, made.first.index, made.first.flags)
    assert (noun, what) == (made.first.release, "sgb2")


def test_a_map_of_raw_measures_is_refused(made):
    from sozialraum.maps import draw_map

    with pytest.raises(DisclosureError):
        draw_map(made.first.measures)


def test_barriers_part_blocks_and_their_file_is_part_of_the_key(short_county, tmp_path):
    project = tmp_path / "kreis"
    shutil.copytree(short_county, project)
    settings = project / "sozialraum.toml"
    text = settings.read_text(encoding="utf-8")
    lines = '{ file = "daten/barrieren.gpkg", where = { art = ["Fluss", "Autobahn"] } }'
    bridges = '{ file = "bruecken.shp" }'
    text = text.replace("[blocks]", f"[blocks]\nbarriers = [{lines}]\ncrossings = [{bridges}]")
    settings.write_text(text, encoding="utf-8")
    river = gpd.read_file(project / "daten/barrieren.gpkg").geometry.iloc[0]
    bridge = gpd.GeoSeries([river.interpolate(0.4, normalized=True)], crs="EPSG:25832")
    bridge.to_file(project / "bruecken.shp")
    config = read_config(project)
    assert check_inputs(config)[0] == []
    work = tmp_path / "work"
    made = run(config, until="blocks", work=work)
    open_land = run(read_config(short_county), until="blocks", work=tmp_path / "open").blocks
    assert made.blocks.adjacency.nnz < open_land.adjacency.nnz
    assert "Nachbarn trennen: 2; Übergänge: 1" in "\n".join(made.blocks.notes)
    assert run(config, until="blocks", work=work).steps[0].status == "unchanged"
    (project / "bruecken.shp").unlink()
    bridge.translate(400).to_file(project / "bruecken.shp")
    assert run(config, until="blocks", work=work).steps[0].status == "done"
    # attributes of a shapefile, which `where` asks for, stand in a file beside it
    with (project / "bruecken.dbf").open("ab") as attributes:
        attributes.write(b" ")
    assert run(config, until="blocks", work=work).steps[0].status == "done"
