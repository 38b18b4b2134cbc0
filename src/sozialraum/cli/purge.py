"""`sozialraum purge`: delete a delivery and what was computed from it, and keep a record."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "purge",
        cls=Command,
        speech=speech,
        help=speech("purge_help"),
        epilog=speech("purge_example"),
    )
    @options.project()
    @click.option("--delivery", metavar="NAME", default=None, help=speech("purge_delivery_help"))
    @click.option("--due", is_flag=True, help=speech("purge_due_help"))
    @click.option("--reason", default="", help=speech("purge_reason_help"))
    @click.option("--role", default="", help=speech("purge_role_help"))
    @click.option("--yes", is_flag=True, help=speech("purge_yes_help"))
    @click.option("--yes-outside", is_flag=True, help=speech("purge_outside_help"))
    @options.work(speech)
    @options.language(speech)
    def purge(
        project: Path,
        delivery: str | None,
        work: Path | None,
        reason: str,
        role: str,
        *,
        due: bool,
        yes: bool,
        yes_outside: bool,
    ) -> None:
        from sozialraum.config import read_config
        from sozialraum.errors import DisclosureError
        from sozialraum.pipeline.purge import overdue, plan_purge
        from sozialraum.pipeline.purge import purge as carry_out

        if due == (delivery is not None):
            raise click.UsageError(speech("purge_which"), click.get_current_context())
        config = read_config(project)
        if delivery is None:
            late = overdue(config)
            for one in late:
                click.echo(f"{one.name}\t{one.source.delete_by}\t{one.source.provider}")
            click.echo(speech("purge_late", count=len(late)), err=True)
            return
        plan = plan_purge(config, delivery, work=work)
        if not plan.files and not plan.entries:
            click.echo(speech("purge_nothing", name=delivery), err=True)
            return
        for path in (*plan.files, *plan.entries):
            click.echo(str(path))
        click.echo(speech("purge_plan", files=len(plan.files), entries=len(plan.entries)), err=True)
        if plan.takes_base:
            click.echo(speech("purge_base"), err=True)
        if plan.outside and not yes_outside:
            raise DisclosureError("privacy.purge_outside", ids=plan.outside)
        if not yes and not _confirmed(delivery, speech):
            raise click.Abort
        record = carry_out(plan, reason=reason, role=role, outside=yes_outside)
        click.echo(speech("purge_done", record=record, name=delivery), err=True)

    return purge


def _confirmed(name: str, speech: Speech) -> bool:
    """Return True if the name of the delivery is typed."""
    question = speech("purge_question", name=name)
    return click.prompt(question, default="", show_default=False, err=True) == name
