"""`sozialraum audit`: what publications and finished files give away."""

import importlib
import json
from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Group, Speech

PARTS = {"publication": "audit", "output": "audit_output"}
"""Commands of the group, and the module of each."""


class _Audit(Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name == "publication":
            return _publication(self.speech)
        if cmd_name not in PARTS:
            return None
        module = importlib.import_module(f"sozialraum.cli.{PARTS[cmd_name]}")
        return module.command(self.speech)


def command(speech: Speech) -> click.Command:
    """Return the group of commands."""
    return _Audit(
        speech=speech, name="audit", help=speech("audit_help"), epilog=speech("audit_example")
    )


def _publication(speech: Speech) -> click.Command:
    """Return the command that says what can be derived from a publication."""

    @click.command(
        "publication",
        cls=Command,
        speech=speech,
        help=speech("audit_publication_help"),
        epilog=speech("audit_publication_example"),
    )
    @click.argument("file", type=options.A_PATH, metavar="FILE.json")
    @click.option("--json", "as_json", is_flag=True, help=speech("audit_json_help"))
    @click.option("--authority", default="", metavar="TEXT", help=speech("audit_authority_help"))
    @click.option("--show-intervals", is_flag=True, help=speech("audit_intervals_help"))
    @options.language(speech)
    def publication(file: Path, authority: str, *, as_json: bool, show_intervals: bool) -> int:
        from sozialraum.disclosure.publications.account import account
        from sozialraum.disclosure.publications.audit import audit
        from sozialraum.disclosure.publications.proof import record
        from sozialraum.disclosure.publications.reading import read_publication
        from sozialraum.files.uselog import log_use

        if show_intervals and not authority.strip():
            raise click.UsageError(speech("audit_needs_authority"))
        report = audit(read_publication(file))
        if authority.strip():
            log_use(file, authority.strip())
        if as_json:
            found = record(report, speech.language)
            click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        else:
            click.echo(account(report, speech.language, numbers=show_intervals))
        return 0 if report.passed else 3

    return publication
