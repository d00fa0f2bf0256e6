"""The columns of a released corpus: one row for each post with the label that counts, and one for each label given.

Every format holds the same rows: Parquet with true lists and times, JSON lines the same in JSON, CSV with each list
as JSON in one field. Without text the columns `title` and `text` are missing; offsets, address and `text_sha1`
remain, so that whoever may fetch the text can check that it is the one that was labelled.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.records import Opinion, Post
from monitor.weeks import week_of

if TYPE_CHECKING:
    import pyarrow as pa

    from monitor.labels import Label

Row = dict[str, Any]
WITH_TEXT = ("title", "text")


def post_schema(text: bool) -> pa.Schema:
    """Return the Arrow schema of posts.parquet."""
    import pyarrow as pa

    string, words = pa.string(), pa.list_(pa.string())
    span = [("start", pa.int32()), ("end", pa.int32())]
    mention = pa.struct([("body", string), *span, ("in_title", pa.bool_())])
    fields = {
        **dict.fromkeys(("id", "source", "kind", "url"), string),
        "published": pa.timestamp("us", "UTC"),
        "published_from": string,
        "week": string,
        "fetched": pa.timestamp("us", "UTC"),
        **dict.fromkeys(("language", *(WITH_TEXT if text else ()), "text_sha1", "author_key", "parent"), string),
        "version": pa.int32(),
        "story": string,
        "regions": words,
        "regions_from": string,
        "settlements": words,
        "mentions": pa.list_(mention),
        **_label_fields(),
        "labeller": string,
    }
    return pa.schema(list(fields.items()))


def label_schema() -> pa.Schema:
    """Return the Arrow schema of labels.parquet."""
    import pyarrow as pa

    head = {"post_id": pa.string(), "labeller": pa.string(), "at": pa.timestamp("us", "UTC")}
    return pa.schema(list({**head, **_label_fields()}.items()))


def post_row(post: Post, opinion: Opinion | None, story: str, text: bool) -> Row:
    """Return one row of the posts; the columns of the label are null when nobody has judged the post."""
    row = {
        **asdict(post),
        "week": week_of(post.published) if post.published else "",
        "text_sha1": hashlib.sha1(post.text.encode()).hexdigest(),
        "story": story,
        **_label(opinion),
        "labeller": opinion.model if opinion else None,
    }
    del row["fingerprint"]
    for name in () if text else WITH_TEXT:
        del row[name]
    return row


def label_row(label: Label) -> Row:
    """Return one row of the label history."""
    return {"post_id": label.post_id, "labeller": label.labeller, "at": label.at, **_label(label.opinion)}


def json_line(row: Row, names: list[str]) -> str:
    """Return a row as one line of JSON with its columns in order."""
    return json.dumps({name: _plain(row[name]) for name in names}, ensure_ascii=False) + "\n"


def csv_lines(rows: list[Row], names: list[str]) -> str:
    """Return rows as CSV (RFC 4180) without a head line: a list is JSON in one field, null an empty field."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_field(_plain(row[name])) for name in names])
    return text.getvalue()


def _label_fields() -> dict[str, pa.DataType]:
    import pyarrow as pa

    reason = [("code", pa.string()), ("start", pa.int32()), ("end", pa.int32()), ("confidence", pa.float64())]
    stance = [("body", pa.string()), ("sentiment", pa.string()), ("confidence", pa.float64()),
              ("probabilities", pa.list_(pa.float64())), ("start", pa.int32()), ("end", pa.int32())]  # fmt: skip
    return {
        "about": pa.bool_(),
        "sentiment": pa.string(),
        "confidence": pa.float64(),
        "probabilities": pa.list_(pa.float64()),
        "bodies": pa.list_(pa.string()),
        "stances": pa.list_(pa.struct(stance)),
        "reasons": pa.list_(pa.struct([*reason, ("provisional", pa.bool_())])),
        "abstained": pa.bool_(),
        "codebook": pa.string(),
    }


def _label(opinion: Opinion | None) -> Row:
    values = asdict(opinion) if opinion else {}
    names = ("about", "sentiment", "confidence", "probabilities", "bodies", "stances", "reasons", "abstained",
             "codebook")  # fmt: skip
    return {name: values.get(name) for name in names}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _field(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, bool | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return value
