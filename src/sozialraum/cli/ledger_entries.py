"""`sozialraum ledger none|withdraw|correct`: entries that somebody signs."""

from pathlib import Path

import click

from sozialraum.cli import options, register
from sozialraum.cli.speech import Command, Speech


def none(speech: Speech) -> click.Command:
    """Return the command that signs that nothing was published earlier."""

    @click.command(
        "none",
        cls=Command,
        speech=speech,
        help=speech("ledger_none_help"),
        epilog=speech("ledger_none_example"),
    )
    @register.files(speech)
    @register.signature(speech)
    @options.language(speech)
    def sign(project: Path, ledger: Path | None, signed_by: str, reason: str) -> None:
        from sozialraum.disclosure.ledger import declare_none

        found = register.opened(project, ledger)
        register.told(declare_none(found, signed_by=signed_by, reason=reason), speech)

    return sign


def withdraw(speech: Speech) -> click.Command:
    """Return the command that withdraws a publication."""

    @click.command(
        "withdraw",
        cls=Command,
        speech=speech,
        help=speech("ledger_withdraw_help"),
        epilog=speech("ledger_withdraw_example"),
    )
    @click.argument("number", type=int)
    @register.files(speech)
    @register.signature(speech)
    @options.language(speech)
    def sign(number: int, project: Path, ledger: Path | None, signed_by: str, reason: str) -> None:
        from sozialraum.disclosure.ledger import withdraw

        found = register.opened(project, ledger)
        register.told(withdraw(found, number, signed_by=signed_by, reason=reason), speech)

    return sign


def correct(speech: Speech) -> click.Command:
    """Return the command that calls numbers of a publication wrong."""

    @click.command(
        "correct",
        cls=Command,
        speech=speech,
        help=speech("ledger_correct_help"),
        epilog=speech("ledger_correct_example"),
    )
    @click.argument("number", type=int)
    @click.option("--variable", multiple=True, help=speech("ledger_variable_help"))
    @click.option("--area", multiple=True, help=speech("ledger_area_help"))
    @register.files(speech)
    @register.signature(speech)
    @options.language(speech)
    def sign(
        number: int,
        variable: tuple[str, ...],
        area: tuple[str, ...],
        project: Path,
        ledger: Path | None,
        signed_by: str,
        reason: str,
    ) -> None:
        from sozialraum.disclosure.ledger import correct

        made = correct(
            register.opened(project, ledger),
            number,
            variables=variable,
            areas=area,
            signed_by=signed_by,
            reason=reason,
        )
        register.told(made, speech)

    return sign
