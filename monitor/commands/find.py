"""Commands that find posts and what they tell: search, stories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from monitor.commands.common import dump, iso_week, json_option, opened, progress, table
from monitor.errors import SenimError

if TYPE_CHECKING:
    from monitor.chronicle import Reader, Side, Story
    from monitor.records import Post
    from monitor.settings import Settings
    from monitor.similar import Hit
    from monitor.store import Store

_WEEK = click.option("--week", callback=iso_week, metavar="WEEK", help="ISO week, like 2026-W07.")
_REGION = click.option("--region", metavar="CODE", help="Region by its code, like KZ-75.")
_LANGUAGE = click.option("--language", type=click.Choice(["kk", "ru", "en", "mixed", "und"]))
_HEAD = ("date", "language", "source", "id", "what", "address")
_WORDS = 90  # characters of a post that has no title


@click.command()
@click.argument("query", required=False)
@click.option("--similar", metavar="POST_ID|TEXT", help="The posts nearest to this post or text, in any language.")
@click.option("--same-event", is_flag=True, help="With --similar: only what tells the same event.")
@_WEEK
@_REGION
@_LANGUAGE
@click.option("--source", metavar="ID")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@json_option
@click.pass_context
def search(
    context: click.Context,
    query: str | None,
    similar: str | None,
    same_event: bool,
    week: str | None,
    region: str | None,
    language: str | None,
    source: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Find posts by words in all their forms, or by likeness to a post or a text.

    QUERY: words, "quoted characters", beginning*, -without. --similar finds what tells nearly the same in any
    language, one post for each story that is reprinted: `like` is the cosine of the vectors of the model, `event` the
    probability that both tell one event. The first search makes the vectors that are missing and stores them.
    --same-event leaves only what tells the same event more likely than not, within four days of a post.

    \b
    Examples:  senim search 'взятка -суд' --week 2026-W07
               senim search --similar 'в Таразе угнали 47 лошадей' --language kk
               senim search --similar 3f2a… --same-event
    """
    if same_event and similar is None:
        raise click.UsageError("--same-event needs --similar.")
    if query is None and similar is None:
        raise click.UsageError("Say what to find: a QUERY or --similar.")
    chosen: dict[str, Any] = {
        "query": query, "week": week, "region": region, "language": language, "source": source,
    }  # fmt: skip
    chosen = {name: value for name, value in chosen.items() if value is not None}
    with opened(context, read_only=similar is None) as (settings, store):
        _known_region(settings, region)
        if similar is None:
            _show_posts(store.posts(limit=limit, **chosen), as_json)
        else:
            _show_hits(_similar(settings, store, similar, limit, same_event, chosen), as_json)


def _similar(
    settings: Settings, store: Store, text: str, limit: int, same_event: bool, filters: dict[str, Any]
) -> list[Hit]:
    from models.embedding import Embedder
    from monitor import language, similar

    folder = settings.senim.model.folder
    embedder = Embedder.load(settings.home / folder if folder else None)
    with progress("vectors made") as count:
        similar.remember(store, embedder, count, **filters)
    wanted = similar.Wanted(text=text, language=language.detect(text), post=store.post(text))
    return similar.nearest(store, embedder, _reader(settings), wanted, limit, same_event, **filters)


def _show_posts(posts: Sequence[Post], as_json: bool) -> None:
    if as_json:
        dump([_plain(post) for post in posts])
    else:
        table(_HEAD, (_row(post) for post in posts))


def _show_hits(hits: Sequence[Hit], as_json: bool) -> None:
    if as_json:
        dump([_plain(hit.post) | {"likeness": hit.likeness, "same_event": hit.same_event} for hit in hits])
    else:
        rows = ((f"{hit.likeness:.2f}", f"{hit.same_event:.2f}", *_row(hit.post)) for hit in hits)
        table(("like", "event", *_HEAD), rows)


def _plain(post: Post) -> dict[str, Any]:
    names = ("id", "published", "language", "source", "kind", "url", "title", "text", "regions")
    return {name: getattr(post, name) for name in names}


def _row(post: Post) -> Sequence[object]:
    words = post.title or " ".join(post.text.split())
    return (_day(post.published), post.language, post.source, post.id, words[:_WORDS], post.url)


@click.command()
@_WEEK
@_REGION
@_LANGUAGE
@click.option("--limit", type=click.IntRange(1, 10_000), default=10, show_default=True)
@json_option
@click.pass_context
def stories(
    context: click.Context, week: str | None, region: str | None, language: str | None, limit: int, as_json: bool
) -> None:
    """Show the largest stories of a week [default: the last full one]: one event, told in any words and language.

    For each: days, posts, tellings in words of their own, independent sources; by language the posts, net stance
    toward law enforcement where enough were judged, a headline, its address. Reprints are one telling; texts whose
    places, sums or numbers contradict each other are never one story. Nothing is stored and figures do not change.

    \b
    Examples:  senim stories --week 2026-W07
               senim stories --region KZ-75 --language kk --json
    """
    from monitor import chronicle, editions, weeks

    chosen = week or editions.last_full_week(datetime.now(UTC))
    with opened(context, read_only=True) as (settings, store):
        _known_region(settings, region)
        k = settings.senim.privacy.min_posts
        found = chronicle.stories(store, _reader(settings), chosen, region=region, language=language, k=k)
        names = {r.code: r.name.en for r in settings.regions}
    if as_json:
        dump(found[:limit])
        return
    click.echo(f"{chosen}, from {weeks.start(chosen):%Y-%m-%d}: {len(found)} stories")
    for number, story in enumerate(found[:limit], 1):
        _tell(number, story, names)


def _tell(number: int, story: Story, names: dict[str, str]) -> None:
    first, last = _day(story.first), _day(story.last)
    where = ", ".join(names.get(code, code) for code in story.regions[:3])
    counts = f"{story.posts} posts, {story.tellings} tellings, {story.sources} sources"
    days = first if first == last else f"{first} to {last}"
    click.echo(f"\n{number}. {days}: {counts}{'; ' + where if where else ''}")
    for side in story.sides:
        click.echo(f"   {side.language} {side.posts:>3}  {_net(side)}  {side.headline}  {side.url}".rstrip())


def _net(side: Side) -> str:
    return f"{side.net:+.2f}" if side.net is not None else "  –  "


def _day(moment: datetime | None) -> str:
    from monitor.weeks import local

    return f"{local(moment):%Y-%m-%d}" if moment else ""


def _reader(settings: Settings) -> Reader:
    from monitor.chronicle import Reader
    from monitor.facts import Lexicon
    from monitor.places import Gazetteer

    return Reader(Lexicon.load(settings.config), Gazetteer.load(settings.config, settings.regions))


def _known_region(settings: Settings, region: str | None) -> None:
    if region and region not in {r.code for r in settings.regions}:
        raise SenimError(f"there is no region {region}", advice="Its codes stand in config/regions.toml, like KZ-75.")


COMMANDS = (search, stories)
