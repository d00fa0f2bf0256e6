"""Commands that bring posts in: crawl, import, classify, health, forget, extract."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from monitor.commands.common import dump, json_option, opened, progress, settings_of, table
from monitor.errors import SenimError

if TYPE_CHECKING:
    from monitor.records import Fate

_DAY = click.DateTime(["%Y-%m-%d"])


def _tell(fates: Counter[Fate], as_json: bool) -> None:
    counts = {fate.value: n for fate, n in fates.most_common()}
    if as_json:
        dump({"items": sum(counts.values()), "fates": counts})
        return
    click.echo(f"{sum(counts.values())} items: " + (", ".join(f"{n} {fate}" for fate, n in counts.items()) or "none"))


@click.command()
@click.argument("source", nargs=-1)
@click.option("--since", type=_DAY, help="Leave out what is older.")
@json_option
@click.pass_context
def crawl(context: click.Context, source: tuple[str, ...], since: datetime | None, as_json: bool) -> None:
    """Collect from all sources, or from the named ones.

    \b
    Example:  senim crawl tengrinews-ru --since 2026-11-01
    """
    from monitor.pipeline import collect

    with opened(context) as (settings, store):
        known = {s.id for s in settings.sources}
        if unknown := [s for s in source if s not in known]:
            raise SenimError(f"no such source: {', '.join(unknown)}", advice="`senim sources` lists them.")
        chosen = [s for s in settings.sources if (s.id in source if source else s.enabled)]
        if source:  # who names a source wants it asked now, however rarely it changes
            crawling = settings.senim.crawl.model_copy(update={"max_rest_hours": 0})
            senim = settings.senim.model_copy(update={"crawl": crawling})
            settings = settings.model_copy(update={"senim": senim})
        with progress("items") as count:
            _tell(collect(settings, store, chosen, since=since.date() if since else None, progress=count), as_json)


@click.command("import")
@click.argument("file", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--date", "undated", type=_DAY, help="Date for posts that have none; without it they are in no week.")
@json_option
@click.pass_context
def import_(context: click.Context, file: tuple[Path, ...], undated: datetime | None, as_json: bool) -> None:
    """Read JSONL, CSV, saved HTML pages or WARC (each also .gz), on the same path as a crawl.

    \b
    Example:  senim import archive.jsonl.gz saved-pages/
    """
    from monitor.pipeline import import_files

    with opened(context) as (settings, store), progress("records") as count:
        when = undated.replace(tzinfo=UTC) if undated else None
        _tell(import_files(settings, store, file, undated=when, progress=count), as_json)


@click.command()
@click.argument("file", nargs=-1, type=click.Path(path_type=Path))
@json_option
@click.pass_context
def rebuild(context: click.Context, file: tuple[Path, ...], as_json: bool) -> None:
    """Make posts again from the archived answers, with the extraction of today.

    Without arguments all of the folder that [archive] names in senim.toml. Where the text is read differently now, it
    is a new version; the old one is kept with its labels and opinions. Run `senim classify` afterwards.

    \b
    Example:  senim rebuild
    """
    from monitor.rebuild import rebuild as again

    with opened(context) as (settings, store), progress("answers") as count:
        paths = list(file) or ([settings.archive] if settings.archive else [])
        if not paths:
            raise SenimError(
                "no archive is kept", advice="Name WARC files, or set `folder` of [archive] in senim.toml."
            )
        fates, fallen = again(settings, store, paths, datetime.now(UTC), count)
        _tell(fates, as_json)
    if not as_json:
        click.echo(f"{fallen} posts superseded by a new reading")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where the answers go.")
@click.pass_context
def classify(context: click.Context, file: Path | None, output: Path | None) -> None:
    """Judge everything in the database that this model has not judged, or the lines of a JSONL file.

    \b
    Each line {"id", "text", "title"?, "language"?} gets one answer, in order; a bad line {"id", "line", "error"}.
    Example:  senim classify posts.jsonl -o opinions.jsonl
    """
    from monitor import pipeline

    if file is None:
        with opened(context) as (settings, store), progress("posts") as count:
            click.echo(f"{pipeline.classify(settings, store, progress=count)} posts judged")
        return
    settings = settings_of(context)
    done = bad = 0
    part = output.with_name(output.name + ".part") if output else None
    with _reading(file) as lines, progress("lines") as count, _writing(part) as out:
        for answer in pipeline.classify_lines(settings, lines, progress=count):
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
            done, bad = done + 1, bad + ("error" in answer)
    if part and output:
        part.replace(output)
    click.echo(f"{done} lines, {bad} of them bad", err=True)


def _reading(file: Path) -> IO[bytes]:
    """Open the input as bytes: a line that is no UTF-8 is a bad line, not the end."""
    try:
        return file.open("rb")
    except OSError as error:
        raise SenimError(f"cannot be read ({error.strerror})", where=str(file), advice="Give a JSONL file.") from None


def _writing(file: Path | None) -> IO[str]:
    """Open the output; half a character that somebody sent is written as the escape that JSON has for it."""
    try:
        return click.open_file(str(file) if file else "-", "w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        advice = "Choose a folder that exists and may be written to."
        raise SenimError(f"cannot be written ({error.strerror})", where=str(file), advice=advice) from None


@click.command()
@json_option
@click.pass_context
def health(context: click.Context, as_json: bool) -> None:
    """Show what became of every item of the last passes, how each source fares, and when jobs ran.

    \b
    Example:  senim health
    """
    from crawlers.health import state as graded
    from monitor import timetable

    with opened(context, read_only=True) as (settings, store):
        state = store.health()
        due = timetable.next_runs(settings, datetime.now(UTC))
        last = {name: next(iter(store.jobs(name, limit=1)), None) for name in due}
    if as_json:
        jobs = {
            name: {"last": asdict(job) if (job := last[name]) else None, "next": when} for name, when in due.items()
        }
        dump({"passes": list(state.passes), "sources": list(state.sources), "counts": state.counts, "jobs": jobs})
        return
    click.echo("  ".join(f"{name} {n}" for name, n in state.counts.items()) + "\n")
    table(
        ("pass", "command", "started", "finished", "items", "fates"),
        (
            (p.id, p.command[:40], f"{p.started:%Y-%m-%d %H:%M}", f"{p.finished:%H:%M:%S}" if p.finished else "killed",
             sum(p.fates.values()), ", ".join(f"{n} {f.value}" for f, n in p.fates.items()))
            for p in state.passes
        ),
    )  # fmt: skip
    click.echo("")
    table(
        ("source", "state", "last read", "posts", "fates"),
        (
            (s.source, graded(s.recent, s.posts, s.undated),
             f"{s.last_success:%Y-%m-%d %H:%M}" if s.last_success else "never", s.posts,
             ", ".join(f"{n} {f.value}" for f, n in s.fates.items()))
            for s in state.sources
        ),
    )  # fmt: skip
    click.echo("")
    table(
        ("job", "last run", "ok", "next run", "detail"),
        (
            (name, f"{job.started:%Y-%m-%d %H:%M}" if job else "never", ("yes" if job.ok else "NO") if job else "",
             f"{due[name]:%Y-%m-%d %H:%M}", job.detail[:80] if job else "")
            for name, job in last.items()
        ),
    )  # fmt: skip
    click.echo("Times are UTC; jobs run while `senim run` does.")


@click.command()
@click.argument("who_or_where")
@click.option("--source", default="", help="Source of the author's name; all sources when left out.")
@click.pass_context
def forget(context: click.Context, who_or_where: str, source: str) -> None:
    """Delete the posts of an author (name or key) or of an address, with everything said about them.

    \b
    Example:  senim forget https://example.org/post/1
    """
    from monitor.privacy import author_key

    with opened(context) as (settings, store):
        if who_or_where.startswith(("http://", "https://")):
            marks = [{"url": who_or_where}]
        else:
            names = [source] if source else [s.id for s in settings.sources]
            keys = {who_or_where, *(author_key(who_or_where, s) for s in names)} - {""}
            marks = [{"author_key": key} for key in sorted(keys)]
        if settings.archive:  # before the posts: afterwards nobody knows which answers held them
            from crawlers import archive

            answers = set[str]().union(*(store.answers_behind(**mark) for mark in marks))
            archive.forget(settings.archive, answers)
        gone = sum(store.forget(**mark) for mark in marks)
    click.echo(f"{gone} posts forgotten")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--url", default="", help="Address the page was saved from.")
def extract(file: Path, url: str) -> None:
    """Print what is read from one saved page: {"url","title","text","published","language","comments"}.

    \b
    Example:  senim extract page.html --url https://example.org/news/1
    """
    import gzip

    from crawlers.pages import article
    from monitor import language

    if not file.is_file():
        raise SenimError("there is no such file", where=str(file), advice="Give a saved HTML page.")
    raw = file.read_bytes()
    page = article.read(gzip.decompress(raw) if file.suffix == ".gz" else raw, url, datetime.now(UTC))
    dump(
        {"url": page.canonical, "title": page.title, "text": page.text, "published": page.published,
         "published_from": page.published_from, "language": language.detect(page.text),
         "comments": [{"published": c.published, "text": c.text} for c in page.comments]}
    )  # fmt: skip


COMMANDS = (crawl, import_, rebuild, classify, health, extract, forget)
