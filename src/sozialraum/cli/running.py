"""Running the pipeline from the command line: progress on stderr, nothing on a pipe."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sozialraum.messages import text

if TYPE_CHECKING:
    from sozialraum.errors import SozialraumError
    from sozialraum.model import Flags, Index, Release
    from sozialraum.pipeline import Notify, Run, Stage
    from sozialraum.sources.fetching import Progress


@contextmanager
def progress(language: str) -> Iterator["Notify"]:
    """Yield the function that shows each stage on stderr while it runs.

    On a terminal a spinner shows the running stage, and of a long delineation the share
    of the blocks done; elsewhere nothing is shown.
    """
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda _stage, _status, _seconds: None
        return
    with console.status("") as status, _shares(lambda share: notify("areas", share, 0.0)):

        def notify(stage: str, event: str, seconds: float) -> None:
            label = text(f"pipeline.stage_{stage}", language)
            if event == "started":
                status.update(f"{label} …")
            elif event == "unchanged":
                console.print(f"  = {label}: {text('cli.unchanged', language)}")
            elif event == "done":
                console.print(f"  ✓ {label} ({seconds:.1f} s)")
            else:
                status.update(f"{label}: {event}")

        yield notify


@contextmanager
def _shares(show: Callable[[str], None]) -> Iterator[None]:
    """Show what the delineation logs of its progress: a share of the blocks."""
    logger = logging.getLogger("sozialraum.methods.regionalise.batches")
    handler, level = logging.Handler(), logger.level
    handler.emit = lambda record: show(record.getMessage())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


@contextmanager
def incoming() -> Iterator["Progress | None"]:
    """Yield the function that shows files coming in on stderr; None off a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield None
        return
    tasks = {}
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bars(*columns, console=console) as bar:

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=None)
            bar.update(tasks[name], completed=done, total=total or None)

        yield show


def run_project(
    project: Path,
    language: str,
    *,
    until: "Stage",
    output: Path | None = None,
    work: Path | None = None,
    cluster: str | None = None,
) -> "Run":
    """Run a project up to a stage with progress."""
    from sozialraum.config import read_config
    from sozialraum.pipeline import run

    config = read_config(project)
    with progress(language) as notify:
        made = run(config, until=until, output=output, work=work, notify=notify, cluster=cluster)
    for note in made.notes:
        click.echo(note, err=True)
    return made


def load_released(
    path: Path, language: str, *, until: "Stage"
) -> tuple["Release", "Index | None", "Flags | None"]:
    """Return what is released: out of our GeoPackage, or by running a project."""
    if path.suffix.lower() == ".gpkg":
        from sozialraum.files.readback import read_flags, read_index, read_release

        return read_release(path), read_index(path), read_flags(path)
    made = run_project(path, language, until=until)
    assert made.release is not None
    return made.release, made.index, made.flags


def exit_code(faults: "Sequence[SozialraumError]") -> int:
    """Return 0 without faults, 3 if one is a refusal on disclosure grounds, else 1."""
    from sozialraum.errors import DisclosureError

    return 3 if any(isinstance(one, DisclosureError) for one in faults) else int(bool(faults))


def refuse_published(project: Path, output: Path) -> None:
    """Raise where a confidential file would lie in a folder that is passed on."""
    from sozialraum.config import read_config
    from sozialraum.errors import DisclosureError
    from sozialraum.files.manifest import MANIFEST

    config = read_config(project)
    results = config.path(config.project.output).resolve()
    folders = output.resolve().parents
    published = next((f for f in folders if f == results or (f / MANIFEST).is_file()), None)
    if published is not None:
        raise DisclosureError("areas.explain_published", path=output, folder=published)


def written(path: Path) -> None:
    """Tell stdout which file was written."""
    click.echo(str(path))
