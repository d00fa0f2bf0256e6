"""Reads the training texts that lie outside the project: lines for pre-training, labelled records for training.

No text from there enters the project; only weights, labels and figures do.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.errors import ModelError

LANGUAGE_PAIRS = ("kk-ru", "kk-en", "ru-en")


def _open(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise ModelError("training texts are missing", where=str(path), advice="Point --data at the data folder.")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from file


def lines(folder: Path, language: str) -> list[str]:
    """Return the pre-training lines of one language, in source order."""
    return [line.rstrip("\n") for line in _open(folder / "pretrain" / f"{language}.txt.gz")]


def pairs(folder: Path) -> list[tuple[str, str]]:
    """Return translated pairs of kk-ru, kk-en and ru-en."""
    return [pair for name in LANGUAGE_PAIRS for pair in _pairs(_parallel(folder, name))]


def known_pairs(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return the translated pairs by language pair, such as kk-ru, of those files that are there."""
    return {name: _pairs(_parallel(folder, name)) for name in LANGUAGE_PAIRS if _parallel(folder, name).is_file()}


def _parallel(folder: Path, name: str) -> Path:
    return folder / "parallel" / f"{name}.tsv.gz"


def _pairs(file: Path) -> list[tuple[str, str]]:
    cells = (line.rstrip("\n").split("\t") for line in _open(file))
    return [(c[0], c[1]) for c in cells if len(c) >= 2]


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of one gzipped JSONL file."""
    for line in _open(path):
        yield json.loads(line)
