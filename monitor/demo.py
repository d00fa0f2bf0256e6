"""`senim demo`: the whole journey over a sample web and a mailbox on this machine, with the shipped settings.

A demo starts from nothing each time: the sample web has another port, and the pages of an earlier demo would count
twice.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from monitor import settings, weeks
from monitor.declarations import Source
from monitor.errors import SenimError
from monitor.records import Fate

SOURCES = "sources/sample.toml"  # also the mark by which a demo home is known again
_RECIPIENTS = """# Readers of the demo. Nothing leaves this machine: the mail goes to a mailbox on loopback.

[[recipient]]
email = "press@example.org"
language = "kk"

[[recipient]]
email = "duty-karaganda@example.org"
language = "ru"
regions = ["KZ-35"]
digest = false

[[recipient]]
email = "research@example.org"
language = "en"
"""


def home(folder: Path, url: str, smtp_port: int, now: datetime) -> Path:
    """Write a home for the sample web served at `url` into `folder` and return it.

    The settings of an earlier demo in `folder` are thrown away; SenimError when the folder holds another installation.
    `now` (aware) is the day on which the sources count as checked.
    """
    from crawlers.sample.server import sources

    config = folder / "config"
    _clear(folder, ("config", "var"))
    shutil.copytree(
        settings.shipped_config(),
        config,
        ignore=shutil.ignore_patterns("recipients*.toml", "sources"),
        dirs_exist_ok=True,
    )
    changes: dict[str, Mapping[str, object]] = {
        "crawl": {"delay_seconds": 0.0, "allow_loopback": True},
        "mail": {"host": "127.0.0.1", "port": smtp_port, "starttls": False},
    }
    main = config / "senim.toml"
    main.write_text(_changed(main.read_text("utf-8"), changes), "utf-8")
    (config / "recipients.toml").write_text(_RECIPIENTS, "utf-8")
    checked = weeks.local(now).date().isoformat()
    blocks = [_block(s.model_copy(update={"checked": checked})) for s in sources(url)]
    head = "# The sample web of `senim demo`: invented sites on this machine.\n"
    (config / SOURCES).parent.mkdir()
    (config / SOURCES).write_text("\n".join([head, *blocks]), "utf-8")
    return folder


def run(folder: Path, *, quiet: bool = False, say: Callable[[str], None] = print) -> Path:
    """Crawl, judge, alert and digest the sample web in `folder`, telling `say` what was found; returns the home.

    With `quiet` nothing unusual happens in the last week, and no alert rings.
    """
    from crawlers.sample import server
    from monitor import editions, mailbox, pipeline

    now = datetime.now(UTC)
    _clear(folder)
    with server.serve(now, quiet=quiet) as web, mailbox.serve(folder / "mail") as box:
        loaded = settings.load(home(folder, web.url, box.port, now))
        with pipeline.open_store(loaded) as store:
            fates = pipeline.collect(loaded, store, loaded.sources)
            say(
                f"collected   {sum(fates.values())} items: "
                + ", ".join(f"{n} {f.value}" for f, n in fates.most_common())
            )
            web.edit()
            again = pipeline.collect(loaded, store, loaded.sources)
            say(f"again       {_counted(again)}")
            reader = pipeline.load_classifier(loaded)
            say(f"judged      {pipeline.classify(loaded, store, reader)} posts by {reader.name}")
            for alert in editions.check_alerts(loaded, store, now):
                place = loaded.region(alert.region).name.en if alert.region else "the whole country"
                why = loaded.reason(alert.reason).name.en if alert.reason else "all reasons"
                say(f"alert       {place}, {why}: {alert.observed} stories, usual {alert.expected:.1f}")
            week = editions.last_full_week(now)
            files = editions.write_digest(loaded, store, week)
            editions.queue_digest(loaded, store, week)
            say(f"mail        {editions.send_mail(loaded, store, datetime.now(UTC))}; in {_shown(box.folder)}")
            for file in files:
                say(f"digest      {_shown(file)}")
    say(f"database    {_shown(loaded.database)}")
    return folder


def _counted(fates: Counter[Fate]) -> str:
    return ", ".join(f"{n} {fate.value}" for fate, n in fates.most_common())


def _shown(path: Path) -> str:
    """Return a path as short as it can be written from here."""
    here = Path.cwd()
    return str(path.resolve().relative_to(here) if path.resolve().is_relative_to(here) else path)


def _clear(folder: Path, parts: tuple[str, ...] = ("config", "var", "mail")) -> None:
    if (folder / "config").exists() and not (folder / "config" / SOURCES).is_file():
        raise SenimError(
            "holds an installation that is no demo", where=str(folder), advice="Choose another folder with --folder."
        )
    for part in parts:
        shutil.rmtree(folder / part, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def _changed(text: str, changes: Mapping[str, Mapping[str, object]]) -> str:
    """Return the TOML `text` with other values for the keys of `changes` (section -> key -> value)."""
    open_changes = {(section, key): value for section, keys in changes.items() for key, value in keys.items()}
    lines, section = [], ""
    for line in text.splitlines():
        head, pair = re.match(r"\[(\w+)\]", line), re.match(r"(\w+)\s*=", line)
        section = head[1] if head else section
        if pair and (section, pair[1]) in open_changes:
            line = f"{pair[1]} = {json.dumps(open_changes.pop((section, pair[1])))}"
        lines.append(line)
    if open_changes:
        missing = ", ".join(".".join(mark) for mark in open_changes)
        raise SenimError(f"lacks {missing}", where="senim.toml", advice="Restore the shipped config/.")
    return "\n".join(lines) + "\n"


def _block(source: Source) -> str:
    """Write a source as TOML: its strings and truth values are those of JSON."""
    given = source.model_dump(exclude_defaults=True)
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in given.items()]
    return "\n".join(["[[source]]", *lines, ""])
