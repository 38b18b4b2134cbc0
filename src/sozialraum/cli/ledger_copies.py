"""`sozialraum ledger backup|restore`: a copy with its own head, and putting one back."""

from pathlib import Path

import click

from sozialraum.cli import options, register
from sozialraum.cli.speech import Command, Speech


def backup(speech: Speech) -> click.Command:
    """Return the command that copies the register."""

    @click.command(
        "backup",
        cls=Command,
        speech=speech,
        help=speech("ledger_backup_help"),
        epilog=speech("ledger_backup_example"),
    )
    @register.files(speech)
    @options.target(speech)
    @options.overwrite(speech)
    @options.language(speech)
    def copy(project: Path, ledger: Path | None, output: Path, *, overwrite: bool) -> None:
        from sozialraum.cli.running import written
        from sozialraum.disclosure.ledger import back_up

        found = register.opened(project, ledger)
        written(back_up(found, output, overwrite=overwrite))
        register.told(found, speech)

    return copy


def restore(speech: Speech) -> click.Command:
    """Return the command that puts a copy back."""

    @click.command(
        "restore",
        cls=Command,
        speech=speech,
        help=speech("ledger_restore_help"),
        epilog=speech("ledger_restore_example"),
    )
    @click.argument("backup", type=options.A_PATH, metavar="BACKUP")
    @register.files(speech)
    @click.option("--accept-loss", is_flag=True, help=speech("ledger_accept_loss_help"))
    @register.signature(speech, required=False)
    @options.language(speech)
    def put_back(
        backup: Path,
        project: Path,
        ledger: Path | None,
        signed_by: str,
        reason: str,
        *,
        accept_loss: bool,
    ) -> None:
        from sozialraum.disclosure.ledger import restore

        path, pin = register.place(project, ledger)
        made = restore(
            backup,
            path,
            pin,
            accept_loss=accept_loss,
            signed_by=signed_by,
            reason=reason,
        )
        register.told(made, speech)

    return put_back
