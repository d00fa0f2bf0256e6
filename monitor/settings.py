"""Reads config/ into one frozen object and lists every mistake at once, with file, line, key and advice.

Why not one big file: a press officer adds a source or a recipient without scrolling past the codebook. Secrets
are never here: they come from the environment (see `Secrets`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from monitor import crontab, crosscheck
from monitor import declarations as d
from monitor.blocks import Reader
from monitor.errors import SettingsError


class StoreSettings(d.Block):
    """Where the database lies, relative to the folder that holds config/."""

    database: str = "var/senim.db"


class ModelSettings(d.Block):
    """Which weights to use; empty is the model that ships."""

    folder: str = ""
    batch: int = Field(default=512, gt=0)  # posts judged and stored at once; 64 are half as fast on two cores
    threads: int = Field(default=0, ge=0)


def _redis(url: str) -> str:
    parts = urlsplit(url)
    if url and parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("write an address like redis://127.0.0.1:6379/0, or nothing")
    if parts.password or "password" in parts.query:
        raise ValueError("a password belongs into the environment, SENIM_REDIS_PASSWORD")
    return url


class CrawlSettings(d.Block):
    """Politeness and caps of the crawler."""

    user_agent: str
    contact: str
    delay_seconds: float = Field(default=1.0, ge=0)
    concurrent_requests: int = Field(default=8, gt=0)
    timeout_seconds: float = Field(default=30, gt=0)
    max_megabytes: float = Field(default=10, gt=0)
    max_redirects: int = Field(default=5, ge=0)
    max_minutes: float = Field(default=240, gt=0)  # of one pass
    max_pages: int = Field(default=5000, gt=0)  # of one source in one pass
    max_feed_items: int = Field(default=2000, gt=0)
    max_rest_hours: float = Field(default=6, ge=0, le=72)  # of a listing that rarely changes; 0 asks in every pass
    revisit_days: float = Field(default=3, ge=0, le=30)  # young pages are asked again once a day; 0 asks none
    revisit_pages: int = Field(default=20, ge=0)  # of one source in one pass
    frontier: Annotated[str, AfterValidator(_redis)] = ""  # Redis that several crawling processes share; empty: one
    processes: int = Field(default=2, ge=1, le=64)  # that crawl, where there is a frontier
    allow_loopback: bool = False  # only the demo and the tests ask this machine


class ArchiveSettings(d.Block):
    """Where what was read is kept as WARC, relative to the folder that holds config/; empty keeps nothing."""

    folder: str = ""
    max_megabytes: float = Field(default=200, gt=0)  # of one file


class TextSettings(d.Block):
    """What is worth keeping."""

    min_characters: int = Field(default=15, ge=1)
    max_characters: int = Field(default=100_000, ge=1000)


class CoordinationSettings(d.Block):
    """When near-identical words are coordinated posting (`monitor.coordination`)."""

    accounts: int = Field(default=5, ge=2)  # that say nearly the same around a post
    short_accounts: int = Field(default=10, ge=2)  # the same, word for word, in fewer than 60 letters
    short_words: int = Field(default=6, ge=2)  # shorter texts are never coordinated
    hours: float = Field(default=6, gt=0, le=168)  # before and after a post
    similarity: float = Field(default=0.8, ge=0.5, le=1)  # Jaccard of five-letter shingles
    history_days: int = Field(default=28, ge=1, le=366)  # from which the usual rate of words is taken
    level: float = Field(default=1e-6, gt=0, lt=0.5)  # probability of so many accounts at the usual rate


class DigestSettings(d.Block):
    """The weekly digest."""

    languages: tuple[Literal["kk", "ru", "en"], ...] = ("kk", "ru", "en")
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
    archive: ArchiveSettings = ArchiveSettings()
    text: TextSettings = TextSettings()
    coordination: CoordinationSettings = CoordinationSettings()
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

    @property
    def archive(self) -> Path | None:
        """The folder of the archives, None when none are kept."""
        return self.home / self.senim.archive.folder if self.senim.archive.folder else None

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
    reader = Reader(root / "config")
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
