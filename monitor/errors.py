"""Every error that Senim raises on purpose: what went wrong, where, and what to do about it.

Few classes, because a caller can do few things: stop with the advice, or give one item a fate and go on.
"""

from __future__ import annotations


class SenimError(Exception):
    """Base of all expected errors: prints as `where: what. Advice.` in one line."""

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        self.what, self.where, self.advice = what, where, advice
        head = f"{where}: {what}" if where else what
        super().__init__(f"{head.rstrip('.')}. {advice}".strip() if advice else head)


class SettingsError(SenimError):
    """A mistake in config/; carries all mistakes found, not only the first."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        self.mistakes = mistakes
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''} in the settings"
        super().__init__(count + ":\n  " + "\n  ".join(mistakes))


class StoreError(SenimError):
    """The database cannot be opened, is locked by another writer, or is damaged."""


class ModelError(SenimError):
    """The model folder is missing, damaged or of another codebook."""


class CrawlError(SenimError):
    """A crawl could not start or its child process died."""


class MailError(SenimError):
    """The mail server refused or cannot be reached; the message stays in the outbox."""


class ReleaseError(SenimError):
    """A corpus release could not be written, or does not verify."""


class BadItem(SenimError):
    """One item cannot be used; the pass records `fate` for it and goes on."""

    def __init__(self, fate: str, what: str, *, where: str = "", advice: str = "") -> None:
        self.fate = fate
        super().__init__(what, where=where, advice=advice)
