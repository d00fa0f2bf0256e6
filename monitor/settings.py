"""Reads config/ into one frozen object and lists every mistake at once, with file, line, key and advice.

Why not one big file: a press officer adds a source or a recipient without scrolling past the codebook. Secrets
are never here: they come from the environment (see `Secrets`).
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError

from monitor import crontab, crosscheck
from monitor import declarations as d
from monitor.errors import SettingsError

T = TypeVar("T", bound=d.Block)


class StoreSettings(d.Block):
    """Where the database lies, relative to the folder that holds config/."""

    database: str = "var/senim.db"


class ModelSettings(d.Block):
    """Which weights to use; empty is the model that ships."""

    folder: str = ""
    batch: int = Field(default=64, gt=0)
    threads: int = Field(default=0, ge=0)


class CrawlSettings(d.Block):
    """Politeness and caps of the crawler."""

    user_agent: str
    contact: str
    delay_seconds: float = Field(default=1.0, ge=0)
    concurrent_requests: int = Field(default=8, gt=0)
    timeout_seconds: float = Field(default=30, gt=0)
    max_megabytes: float = Field(default=10, gt=0)
    max_redirects: int = Field(default=5, ge=0)
    max_pages: int = Field(default=5000, gt=0)  # of one source in one pass
    max_feed_items: int = Field(default=2000, gt=0)
    allow_loopback: bool = False  # only the demo and the tests ask this machine


class TextSettings(d.Block):
    """What is worth keeping."""

    min_characters: int = Field(default=15, ge=1)
    max_characters: int = Field(default=100_000, ge=1000)


class DigestSettings(d.Block):
    """The weekly digest."""

    languages: tuple[str, ...] = ("kk", "ru", "en")
    folder: str = "var/digests"
    stories: int = Field(default=5, gt=0)


class PrivacySettings(d.Block):
    """The smallest number of posts that a published cell may stand on."""

    min_posts: int = Field(default=5, ge=1)


class MailSettings(d.Block):
    """The mail server; user and password come from SENIM_SMTP_USER and SENIM_SMTP_PASSWORD."""

    host: str = "localhost"
    port: int = Field(default=25, gt=0, lt=65536)
    starttls: bool = False
    sender: str = "senim@localhost"
    attempts: int = Field(default=8, gt=0)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("there is no such time zone; write one like Asia/Almaty") from None
    return name


Crontab = Annotated[str, AfterValidator(crontab.checked)]


class TimetableSettings(d.Block):
    """When `senim run` does what: crontab lines in local time."""

    crawl: Crontab = "*/30 * * * *"
    classify: Crontab = "10,40 * * * *"
    alerts: Crontab = "20,50 * * * *"
    digest: Crontab = "0 8 * * mon"
    time_zone: Annotated[str, AfterValidator(_zone)] = "Asia/Almaty"


class ServeSettings(d.Block):
    """Where the dashboard listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, lt=65536)


class Senim(d.Block):
    """The whole of senim.toml."""

    store: StoreSettings = StoreSettings()
    model: ModelSettings = ModelSettings()
    crawl: CrawlSettings
    text: TextSettings = TextSettings()
    digest: DigestSettings = DigestSettings()
    privacy: PrivacySettings = PrivacySettings()
    mail: MailSettings = MailSettings()
    timetable: TimetableSettings = TimetableSettings()
    serve: ServeSettings = ServeSettings()


class Settings(d.Block):
    """Everything that config/ says; `home` is the folder that holds config/."""

    home: Path
    senim: Senim
    codebook_version: str
    sentiments: tuple[d.Sentiment, ...]
    reasons: tuple[d.Reason, ...]
    bodies: tuple[d.Body, ...]
    regions: tuple[d.Region, ...]
    surveys: tuple[d.Survey, ...]
    sources: tuple[d.Source, ...]
    languages: tuple[d.Language, ...]
    rules: tuple[d.Rule, ...]
    recipients: tuple[d.Recipient, ...]

    @property
    def config(self) -> Path:
        """The folder that was read."""
        return self.home / "config"

    @property
    def database(self) -> Path:
        """The database file."""
        return self.home / self.senim.store.database

    def reason(self, code: str) -> d.Reason:
        """Return a reason by its code; KeyError for an unknown one."""
        return {r.code: r for r in self.reasons}[code]

    def region(self, code: str) -> d.Region:
        """Return a region by its code; KeyError for an unknown one."""
        return {r.code: r for r in self.regions}[code]

    def source(self, source_id: str) -> d.Source | None:
        """Return a source by its id; None for posts that were imported from elsewhere."""
        return next((s for s in self.sources if s.id == source_id), None)

    def language(self, code: str) -> d.Language:
        """Return the wording of a digest language; KeyError for an unknown one."""
        return {str(x.code): x for x in self.languages}[code]


def shipped_config() -> Path:
    """Return the config/ folder that came with the program: beside the packages, or where pip put it."""
    beside = Path(__file__).resolve().parent.parent / "config"
    return beside if (beside / "senim.toml").is_file() else Path(sys.prefix) / "share" / "senim" / "config"


def home(start: Path | None = None) -> Path:
    """Return the folder to work in: `start`, SENIM_HOME, here when it has config/, or else the shipped one."""
    if start is not None:
        return start.resolve()
    if os.environ.get("SENIM_HOME"):
        return Path(os.environ["SENIM_HOME"]).resolve()
    here = Path.cwd()
    return here if (here / "config" / "senim.toml").is_file() else shipped_config().parent


def load(folder: Path | None = None) -> Settings:
    """Read and check `folder`/config; raises SettingsError that lists every mistake."""
    root = home(folder)
    reader = _Reader(root / "config")
    values: dict[str, Any] = {
        "home": root,
        "senim": reader.table("senim.toml", Senim),
        "sentiments": reader.blocks("codebook.toml", "sentiment", d.Sentiment),
        "reasons": reader.blocks("codebook.toml", "reason", d.Reason),
        "codebook_version": str(reader.toml("codebook.toml").get("version", "")),
        "bodies": reader.blocks("bodies.toml", "body", d.Body),
        "regions": reader.blocks("regions.toml", "region", d.Region),
        "surveys": reader.blocks("surveys.toml", "survey", d.Survey),
        "sources": reader.folder("sources", "source", d.Source),
        "languages": tuple(x for c in ("kk", "ru", "en") if (x := reader.table(f"languages/{c}.toml", d.Language))),
        "rules": reader.blocks("alerts.toml", "rule", d.Rule),
        "recipients": reader.blocks("recipients.toml", "recipient", d.Recipient, required=False),
    }
    reader.mistakes += crosscheck.mistakes(values, reader.origin)
    if reader.mistakes:
        raise SettingsError(tuple(reader.mistakes))
    return Settings(**values)


class _Reader:
    """Reads the files of one config folder and keeps the list of mistakes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.mistakes: list[str] = []
        self._texts: dict[str, str] = {}
        self._tomls: dict[str, dict[str, Any]] = {}
        self.origin: dict[int, str] = {}  # id(block) -> "file:line"
        if not folder.is_dir():
            raise SettingsError((f"{folder}: there is no such folder. Make one with `senim init DIR`.",))

    def toml(self, name: str, required: bool = True) -> dict[str, Any]:
        if name in self._tomls:
            return self._tomls[name]
        file = self.path / name
        parsed: dict[str, Any] = {}
        try:
            self._texts[name] = file.read_text("utf-8")
            parsed = tomllib.loads(self._texts[name])
        except FileNotFoundError:
            if required:
                self.mistakes.append(f"{name}: the file is missing. Copy it from the shipped config/.")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.mistakes.append(f"{name}: not readable as TOML: {error}. Mend the line it names; save as UTF-8.")
        self._tomls[name] = parsed
        return parsed

    def table(self, name: str, model: type[T]) -> T | None:
        content = self.toml(name)
        return self._build(name, model, content, "", 0) if content else None

    def blocks(self, name: str, key: str, model: type[T], required: bool = True) -> tuple[T, ...]:
        content = self.toml(name, required).get(key, [])
        if not isinstance(content, list):
            self.mistakes.append(f"{name}: {key}: write [[{key}]] with two brackets to open a block.")
            return ()
        built = [self._build(name, model, block, key, i) for i, block in enumerate(content)]
        return tuple(b for b in built if b is not None)

    def folder(self, name: str, key: str, model: type[T]) -> tuple[T, ...]:
        files = sorted((self.path / name).glob("*.toml"))
        return tuple(b for f in files for b in self.blocks(f"{name}/{f.name}", key, model))

    def _build(self, name: str, model: type[T], block: dict[str, Any], key: str, index: int) -> T | None:
        try:
            made = model.model_validate(block)
        except ValidationError as error:
            for e in error.errors():
                loc = [str(p) for p in e["loc"]]
                line = self._line(name, key, index, loc)
                self.mistakes.append(f"{name}:{line}: {'.'.join([key, *loc]).strip('.')}: {_advice(e)}")
            return None
        self.origin[id(made)] = f"{name}:{self._line(name, key, index, [])}"
        return made

    def _line(self, name: str, key: str, index: int, loc: list[str]) -> int:
        """Return the line of a key inside the index-th [[key]] block (1-based); the block's own line if unseen."""
        lines = self._texts.get(name, "").splitlines()
        start = 0
        if key:
            heads = [n for n, text in enumerate(lines) if re.match(rf"\s*\[\[\s*{re.escape(key)}\s*\]\]", text)]
            start = heads[index] if index < len(heads) else 0
            end = heads[index + 1] if index + 1 < len(heads) else len(lines)
        else:
            end = len(lines)
        for part in loc:
            pattern = re.compile(rf"\s*(\[[\w.]*\b{re.escape(part)}\]|{re.escape(part)}\s*[.=])")
            found = next((n for n in range(start, end) if pattern.match(lines[n])), None)
            if found is not None:
                start = found
        return start + 1


def _advice(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Say in words what pydantic found and what to write instead."""
    kind, given, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "missing":
        return "is missing. Add this key to the block."
    if kind == "extra_forbidden":
        return "is not a key of this block. Check its spelling or remove it."
    if kind == "literal_error":
        return f"{given!r} is not allowed. Write one of {context.get('expected')}."
    if kind == "string_pattern_mismatch":
        return f"{given!r} does not have the form {context.get('pattern')}."
    return f"{given!r}: {error['msg'].removeprefix('Value error, ')}."
