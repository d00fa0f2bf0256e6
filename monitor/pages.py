"""Fills the templates of mails and files: HTML with everything escaped and styles inside its tags, or plain text."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.wording import Wording

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, wording: Wording, **values: object) -> str:
    """Return HTML whose styles stand in the tags: mail programs throw style sheets away."""
    import css_inline

    html = _environment().get_template(template).render(say=wording.say, wording=wording, **values)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
    return inliner.inline(html)


def plain(template: str, wording: Wording, **values: object) -> str:
    """Return plain text; runs of empty lines that absent parts leave behind are folded."""
    text = _environment().get_template(template).render(say=wording.say, wording=wording, **values)
    return re.sub(r"[ \t]+\n", "\n", re.sub(r"\n{3,}", "\n\n", text)).strip() + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,  # a slip in a template must fail a test, not leave a hole in a mail
        trim_blocks=True,
        lstrip_blocks=True,
    )
