"""The command line answers at once, and every command explains itself here and in the README."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from monitor.cli import main

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def commands(group, prefix=()):
    for name, command in group.commands.items():
        yield " ".join((*prefix, name)), command
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))


ALL = dict(commands(main))


def computing():
    """Return the processor seconds of all children so far: time on the clock says how busy the machine is."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def test_help_answers_within_a_third_of_a_second_and_loads_nothing_heavy():
    code = (
        "import sys; from click.testing import CliRunner; from monitor.cli import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "print(' '.join(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    times = []
    for _ in range(5):
        before = computing()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        times.append(computing() - before)
    loaded = set(done.stdout.split())
    assert not loaded & {"torch", "twisted", "scrapy", "numpy", "transformers", "sqlite_utils", "pydantic", "altair"}
    assert min(times) <= 0.3


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_with_an_example(name):
    command = ALL[name]
    assert command.help
    if not isinstance(command, click.Group):
        assert "Example" in command.help


@pytest.mark.parametrize("name", [n for n in ALL if " " not in n])
def test_every_command_stands_in_the_readme(name):
    written = re.search(rf"(`|senim (--home DIR )?){name}\b", README)
    assert written, f"README.md says nothing of `senim {name}`: add it to the table of commands"


def test_every_command_of_the_readme_exists():
    table = README.partition("| command | what for |\n")[2].partition("\n\n")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"`([a-z ]+)`", line.split("|")[1])}
    assert named, "README.md has lost its table of commands"
    assert named <= set(ALL)


def test_wrong_use_is_exit_code_two():
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "No such command" in done.stderr
