"""The command line in two languages: click's own words included."""

from typing import Any

import click

from sozialraum.messages import text


class Speech:
    """Sentences of the command line in one language.

    Parameters
    ----------
    language
        ``"de"`` or ``"en"``.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, name: str, /, **values: Any) -> str:
        """Return one sentence of ``messages/cli.toml``."""
        return text(f"cli.{name}", self.language, **values)


class GermanOrEnglish(click.Command):
    """A command whose headings and help option speak the reader's language."""

    def __init__(self, *args: Any, speech: Speech, **kwargs: Any) -> None:
        self.speech = speech
        super().__init__(*args, **kwargs)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option in the reader's language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = self.speech("help_help")
        return option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=self.speech("usage"))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and the commands of a group."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [option.get_help_record(ctx) for option in options]
        if shown := [record for record in records if record]:
            with formatter.section(self.speech("options")):
                formatter.write_dl(shown)
        if isinstance(self, click.Group):
            self._format_commands(ctx, formatter)

    def _format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert isinstance(self, click.Group)
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None:
                rows.append((name, command.get_short_help_str(limit=100)))
        with formatter.section(self.speech("commands")):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        del ctx
        if self.epilog:
            with formatter.section(self.speech("example")):
                for line in self.epilog.splitlines():
                    formatter.write_text(line)


class Command(GermanOrEnglish):
    """A command in the reader's language."""


class Group(GermanOrEnglish, click.Group):
    """A group of commands in the reader's language."""


class UsualGroup(Group):
    """A group with one usual command, whose name may be left out."""

    def __init__(self, *args: Any, usual: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.usual = usual

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual command in front of anything that names no other."""
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)


def usage_error_text(error: click.UsageError, speech: Speech) -> str:
    """Return a usage error as usage line, one sentence and where to find help."""
    lines = []
    if error.ctx is not None:
        lines.append(error.ctx.get_usage())
        lines.append(speech("see_help", command=error.ctx.command_path))
    return "\n".join([*lines, f"{speech('error')}: {_usage_sentence(error, speech)}"])


def _usage_sentence(error: click.UsageError, speech: Speech) -> str:
    if isinstance(error, click.NoSuchOption):
        return speech("no_such_option", name=error.option_name)
    if isinstance(error, click.MissingParameter):
        name = error.param.get_error_hint(error.ctx) if error.param and error.ctx else ""
        return speech("missing_parameter", name=name)
    if isinstance(error, click.BadParameter):
        name = error.param.get_error_hint(error.ctx) if error.param and error.ctx else ""
        return speech("bad_parameter", name=name, reason=error.message)
    return error.format_message()
