"""Who may import whom: the house has rooms, and this list is its plan."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = {"records", "settings", "errors", "declarations", "privacy"}
PURE = [
    "cleaning",
    "language",
    "lemmas",
    "kazakh",
    "forms",
    "abroad",
    "relevance",
    "places",
    "toponyms",
    "markers",
    "spellings",
    "readings",
    "gazetteer",
    "stories",
    "quantities",
    "facts",
    "kinship",
    "events",
    "weeks",
    "trends",
    "correction",
    "pooling",
    "adjusting",
    "counting",
    "sums",
    "voices",
    "gaps",
    "beside",
    "tables",
    "surveys",
    "rankings",
    "alerts",
    "expectation",
    "hierarchy",
    "notices",
    "shifts",
    "simulation",
    "replay",
    "agreement",
    "choosing",
    "drift",
    "distances",
    "spotcheck",
    "cautions",
    "verdicts",
    "digest",
    "charts",
    "maps",
    "wording",
    "quotes",
    "telling",
    "crosscheck",
    "crontab",
    "origins",
    "lines",
    "issue",
    "pages",
    "datasheet",
    "search",
    "declarations",
    "records",
    "errors",
]
RIM = {
    "socket", "requests", "urllib", "httpx", "scrapy", "twisted", "sqlite3", "sqlite_utils", "torch", "transformers",
    "smtplib", "aiosmtpd", "uvicorn", "starlette", "apscheduler", "subprocess",
}  # fmt: skip
CLOCKS = ("datetime.now", "utcnow", "date.today", "datetime.today", "time.time", "time.monotonic", "perf_counter")
ROOMS = {"store", "pipeline", "editions", "mail", "demo", "mailbox", "timetable", "cli", "posts", "labels", "outbox"}


def imports(path):
    """Return the full names of all modules that a file imports, late imports included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def calls(path):
    """Return what a file calls, by the names as they are written: `print`, `datetime.now`."""
    tree = ast.parse(path.read_text("utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def files(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", files("crawlers", "models"), ids=lambda p: str(p.relative_to(ROOT)))
def test_crawlers_and_models_know_only_the_shared_nouns(path):
    of_monitor = {name.split(".")[1] for name in imports(path) if name.startswith("monitor.")}
    assert of_monitor <= SHARED
    other = "models" if path.is_relative_to(ROOT / "crawlers") else "crawlers"
    assert not any(name.split(".")[0] == other for name in imports(path))


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_no_world(name):
    path = ROOT / "monitor" / f"{name}.py"
    found = imports(path)
    assert not {n.split(".")[0] for n in found} & (RIM | {"models", "crawlers"})
    assert not {n.split(".")[1] for n in found if n.startswith("monitor.")} & ROOMS
    assert not {call for call in calls(path) if call.endswith(CLOCKS)}


@pytest.mark.parametrize("path", files("crawlers", "monitor"), ids=lambda p: str(p.relative_to(ROOT)))
def test_torch_lives_in_models(path):
    assert not {n.split(".")[0] for n in imports(path)} & {"torch", "transformers", "safetensors", "tokenizers"}


@pytest.mark.parametrize("path", files("crawlers", "models", "monitor"), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short_print_nothing_and_folders_have_no_code(path):
    lines = path.read_text("utf-8").count("\n")
    assert lines <= (0 if path.name == "__init__.py" else 300)
    assert not calls(path) & {"print", "pprint", "sys.stdout.write"}


def test_only_the_doors_know_the_command_line():
    knowing = {str(p.relative_to(ROOT)) for p in files("crawlers", "models", "monitor") if "click" in imports(p)}
    assert {p for p in knowing if not p.startswith("monitor/commands/")} == {"monitor/cli.py"}


@pytest.mark.parametrize("path", files("monitor/commands"), ids=lambda p: p.name)
def test_commands_are_light_at_import(path):
    """Hold all but click and the nouns of the house back until a command runs."""
    tree = ast.parse(path.read_text("utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in top}
    ours = {m for m in modules if m.split(".")[0] not in sys.stdlib_module_names | {"__future__"}}
    assert ours <= {"click", "monitor.commands.common", "monitor.errors"}
