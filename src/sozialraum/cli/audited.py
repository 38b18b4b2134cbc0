"""What `sozialraum audit output` looks at: files, and what interventions changed."""

from collections.abc import Iterator
from pathlib import Path

from sozialraum.evaluation import evaluate
from sozialraum.model import Evaluation, Release
from sozialraum.sources import read_interventions


def evaluations(release: Release, interventions: Path | None) -> list[Evaluation]:
    """Return what interventions changed, in every indicator that may show it."""
    if interventions is None:
        return []
    measures = read_interventions(interventions)
    found = []
    for one in release.indicators:
        meant = any(one.id in measure.indicators or not measure.indicators for measure in measures)
        small = one.is_rate and one.polarity != 0 and release.dates(one.id)
        if meant and small:
            found.append(evaluate(release, measures, one.id))
    return found


def all_of(files: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    """Yield every file with the name to tell it by: of a folder all that it holds."""
    for path in files:
        inside = sorted(p for p in path.rglob("*") if not p.is_dir()) if path.is_dir() else ()
        yield from ((str(one), one) for one in inside)
        if not path.is_dir():
            yield str(path), path
