"""Reads the TOML files of one config/ folder block by block and keeps the list of everything that is wrong in them.

A mistake names file, line and key, and says what to write instead: whoever edits config/ is no programmer.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from monitor.declarations import Block
from monitor.errors import SettingsError

T = TypeVar("T", bound=Block)
_CODEBOOK = ("sentiment", "reason")
_NEEDED = (*_CODEBOOK, "body", "region")  # a file without surveys or alert rules is a choice


class Reader:
    """Reads the files of one config folder and keeps the list of mistakes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.mistakes: list[str] = []
        self._texts: dict[str, str] = {}
        self._tomls: dict[str, dict[str, Any]] = {}
        self._unread: set[str] = set()
        self.origin: dict[int, str] = {}  # id(block) -> "file:line"
        if not folder.is_dir():
            raise SettingsError((f"{folder}: there is no such folder. Make one with `senim init DIR`.",))

    def toml(self, name: str, required: bool = True) -> dict[str, Any]:
        """Return the content of one file, nothing when it cannot be read."""
        if name in self._tomls:
            return self._tomls[name]
        file = self.path / name
        parsed: dict[str, Any] = {}
        known = len(self.mistakes)
        try:
            self._texts[name] = file.read_text("utf-8")
            parsed = tomllib.loads(self._texts[name])
        except FileNotFoundError:
            if required:
                self.mistakes.append(f"{name}: the file is missing. Copy it from the shipped config/.")
        except OSError as error:
            self.mistakes.append(f"{name}: cannot be read ({error.strerror}). Put a file there that may be read.")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.mistakes.append(f"{name}: not readable as TOML: {error}. Mend the line it names; save as UTF-8.")
        self._tomls[name] = parsed
        if len(self.mistakes) > known:
            self._unread.add(name)
        return parsed

    def table(self, name: str, model: type[T]) -> T | None:
        """Return a file that is one block as a whole, None when it is wrong."""
        content = self.toml(name)
        return None if name in self._unread else self._build(name, model, content, "", 0)

    def blocks(self, name: str, key: str, model: type[T], required: bool = True) -> tuple[T, ...]:
        """Return the [[key]] blocks of a file that are well."""
        content = self.toml(name, required).get(key, [])
        if name not in self._unread:
            self._survey(name, key)
        if not isinstance(content, list):
            self.mistakes.append(f"{name}: {key}: write [[{key}]] with two brackets to open a block.")
            return ()
        built = [self._build(name, model, block, key, i) for i, block in enumerate(content)]
        return tuple(b for b in built if b is not None)

    def _survey(self, name: str, key: str) -> None:
        """Look for blocks that nobody reads, and for a file that lacks the blocks which nothing works without."""
        content = self.toml(name, required=False)
        allowed = _CODEBOOK if name == "codebook.toml" else (key,)
        heads = " or ".join(f"[[{k}]]" for k in allowed)
        for other in sorted(content.keys() - {*allowed, "version"}):
            line = self._line(name, "", 0, [other])
            mistake = f"{name}:{line}: {other}: is not a block of this file. Write {heads}."
            if mistake not in self.mistakes:
                self.mistakes.append(mistake)
        if key in _NEEDED and not content.get(key):
            self.mistakes.append(f"{name}: there is no [[{key}]] in it. Copy the file from the shipped config/.")

    def folder(self, name: str, key: str, model: type[T]) -> tuple[T, ...]:
        """Return the [[key]] blocks of all files of a folder, by the names of the files."""
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
            pattern = re.compile(rf"\s*(\[+[\w.]*\b{re.escape(part)}\]|{re.escape(part)}\s*[.=])")
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
