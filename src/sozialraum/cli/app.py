"""The group of commands, its language, and what happens when something goes wrong."""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sozialraum import __version__
from sozialraum.cli.speech import GermanOrEnglish, Speech, usage_error_text
from sozialraum.errors import DisclosureError, SozialraumError
from sozialraum.messages import LANGUAGES, default_language

COMMANDS = (
    "init",
    "check",
    "inspect",
    "fetch",
    "deliveries",
    "indicators",
    "run",
    "areas",
    "protect",
    "score",
    "flag",
    "evaluate",
    "map",
    "report",
    "export",
    "audit",
    "publish",
    "ledger",
    "purge",
    "dsgvo",
)


class App(GermanOrEnglish, click.Group):
    """The `sozialraum` command. Commands are imported when they are asked for."""

    def __init__(self, speech: Speech) -> None:
        super().__init__(
            speech=speech,
            name="sozialraum",
            help=speech("app_help"),
            epilog=speech("app_example"),
            params=[
                click.Option(
                    ["--lang"],
                    type=click.Choice(LANGUAGES),
                    help=speech("lang_help"),
                    expose_value=False,
                ),
                click.Option(
                    ["--version"],
                    is_flag=True,
                    is_eager=True,
                    expose_value=False,
                    callback=_print_version,
                    help=speech("version_help"),
                ),
            ],
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sozialraum.cli.{cmd_name}")
        return module.command(self.speech)


def _print_version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value and not ctx.resilient_parsing:
        click.echo(f"sozialraum {__version__}")
        ctx.exit()


def build(language: str | None = None) -> click.Group:
    """Return the command line in ``"de"`` or ``"en"``."""
    return App(Speech(language or default_language()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    language = _language(arguments)
    os.environ["SOZIALRAUM_LANG"] = language  # messages of the library follow the command line
    sys.exit(run(arguments, language))


def run(arguments: Sequence[str], language: str) -> int:
    """Run one command and return its exit code; every failure is one clear sentence."""
    speech = Speech(language)
    try:
        result = build(language).main(
            args=list(arguments), prog_name="sozialraum", standalone_mode=False
        )
    except click.UsageError as error:
        click.echo(usage_error_text(error, speech), err=True)
        return 2
    except click.ClickException as error:
        click.echo(f"{speech('error')}: {error.format_message()}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo(speech("aborted"), err=True)
        return 1
    except SozialraumError as error:
        click.echo(f"{speech('error')}: {error.text(language)}", err=True)
        return 3 if isinstance(error, DisclosureError) else 1
    except Exception as error:
        if os.environ.get("SOZIALRAUM_DEBUG"):
            raise
        click.echo(speech("unexpected", kind=type(error).__name__, place=_place(error)), err=True)
        return 1
    return result if isinstance(result, int) else 0


def _language(arguments: Sequence[str]) -> str:
    """Return the language asked for on the command line, else the reader's."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            wanted = argument.removeprefix("--lang=")
        elif argument == "--lang" and position + 1 < len(arguments):
            wanted = arguments[position + 1]
        else:
            continue
        if wanted in LANGUAGES:
            return wanted
    return default_language()


def _place(error: BaseException) -> str:
    """Return file and line of an unexpected error; its text may hold data and is kept back."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
