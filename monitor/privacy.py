"""Turns an author's name into a keyed hash before anything is stored.

Why keyed: a plain hash of a name can be undone by hashing a list of names. Why with the source: the same
nickname in two places need not be one person, and nobody here shall follow a person from site to site.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata

SECRET = "SENIM_AUTHOR_SECRET"  # name of the environment variable, never a key of config/


def author_key(name: str, source: str) -> str:
    """Return 16 hex digits of HMAC-SHA256 over source and name; empty without a secret or a name.

    Spelling that the eye does not see (case, spaces, Unicode form) does not change the key.
    """
    secret = os.environ.get(SECRET, "")
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    if not secret or not plain:
        return ""
    return hmac.new(secret.encode(), f"{source}\x1f{plain}".encode(), hashlib.sha256).hexdigest()[:16]
