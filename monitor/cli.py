"""The command `senim`: a door that only calls others.

Exit codes: 0 done, 1 failed (with advice on stderr), 2 wrong use. Everything heavy is imported inside the commands,
so that `senim --help` answers at once.
"""

from __future__ import annotations

import logging
import sys

import click

from monitor.commands import (
    alerts,
    checks,
    collect,
    corpus,
    figures,
    find,
    install,
    label,
    model,
    operate,
    sources,
    surveys,
    train,
)
from monitor.errors import SenimError


class Group(click.Group):
    """A group that turns our own errors into one line on stderr and exit code 1."""

    def invoke(self, context: click.Context) -> object:
        """Run the chosen command."""
        try:
            return super().invoke(context)
        except SenimError as error:
            click.echo(f"senim: {error}", err=True)
            context.exit(1)
        except BrokenPipeError:  # the reader of our output has left, as `head` does
            sys.stderr.close()
            context.exit(0)

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the commands in the order of work, not of the alphabet."""
        return list(self.commands)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--home", envvar="SENIM_HOME", metavar="DIR", help="Folder that holds config/ [default: here].")
@click.option("-v", "--verbose", count=True, help="Say more on stderr; twice says everything.")
@click.version_option(package_name="senim")
@click.pass_context
def main(context: click.Context, home: str | None, verbose: int) -> None:
    """Watch what media and people say about the police of Kazakhstan, in Kazakh, Russian and English.

    \b
    Start here:   senim demo
    Then:         senim init DIR  and edit DIR/config
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    context.obj = home


for commands in (
    install,
    collect,
    sources,
    figures,
    surveys,
    find,
    alerts,
    corpus,
    label,
    checks,
    train,
    model,
    operate,
):
    for command in commands.COMMANDS:
        main.add_command(command)
for command in checks.OF_LABEL:
    label.label.add_command(command)


if __name__ == "__main__":
    main()
