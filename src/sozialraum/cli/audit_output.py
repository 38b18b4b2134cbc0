"""`sozialraum audit output`: what finished files hold that the release does not."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech

if TYPE_CHECKING:
    from sozialraum.files.scan import Derived
    from sozialraum.model import Release


def command(speech: Speech) -> click.Command:
    """Return the command; the group ``audit`` registers it as ``output``."""

    @click.command(
        "output",
        cls=Command,
        speech=speech,
        help=speech("audit_output_help"),
        epilog=speech("audit_output_example"),
    )
    @click.argument("files", type=options.A_PATH, nargs=-1, required=True, metavar="FILE|FOLDER...")
    @click.option(
        "--release", type=options.A_PATH, required=True, help=speech("audit_output_release_help")
    )
    @click.option(
        "--interventions", type=options.A_PATH, help=speech("audit_output_interventions_help")
    )
    @click.option("--json", "as_json", is_flag=True, help=speech("audit_output_json_help"))
    @options.language(speech)
    def output(
        files: tuple[Path, ...], release: Path, interventions: Path | None, *, as_json: bool
    ) -> int:
        from sozialraum.cli.audited import all_of, evaluations
        from sozialraum.files.readback import read_flags, read_index, read_release
        from sozialraum.report.told import told_of_outputs

        known = read_release(release)
        noun = read_flags(release) or read_index(release) or known
        derived = told_of_outputs(noun, evaluations(known, interventions))
        results = [_result(name, path, known, derived, speech) for name, path in all_of(files)]
        if as_json:
            click.echo(json.dumps({"files": results}, ensure_ascii=False, indent=1))
        else:
            for one in results:
                _tell(one, speech)
        refused = sum(one["verdict"] != "clean" for one in results)
        click.echo(speech("audit_output_summary", count=len(results), refused=refused), err=True)
        return 3 if refused or not results else 0

    return output


def _result(
    name: str, path: Path, release: "Release", derived: "Derived", speech: Speech
) -> dict[str, Any]:
    from sozialraum.files.manifest import digest
    from sozialraum.files.scan import how, scan_file

    findings = scan_file(path, release, derived=derived)
    return {
        "file": name,
        "sha256": digest(path) if path.is_file() else "",
        "verdict": "refused" if findings else "clean",
        "checked": how(path, speech.language),
        "findings": [
            {"fault": one.fault, "where": one.where, "text": one.text(speech.language)}
            for one in findings
        ],
    }


def _tell(result: dict[str, Any], speech: Speech) -> None:
    verdict = speech(f"audit_output_{result['verdict']}")
    click.echo(f"{result['file']}: {verdict} ({result['checked']})")
    for finding in result["findings"]:
        click.echo(f"  - {finding['text']}")
