"""The command `senim surveys`: official figures, and the media beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from monitor.commands.common import dump, json_option, opened, settings_of, table

if TYPE_CHECKING:
    from monitor.comparing import Beside
    from monitor.rankings import Ranking
    from monitor.records import Cell
    from monitor.settings import Settings
    from monitor.surveys import Row
    from monitor.wording import Wording


@click.command()
@click.option("--lang", type=click.Choice(["kk", "ru", "en"]), default="en", show_default=True)
@json_option
@click.pass_context
def surveys(context: click.Context, lang: str, as_json: bool) -> None:
    """Show the official figures with question and scale, and what the media said in the same half-years.

    Different questions are never chained. Where one question was asked about several bodies, of one body in several
    regions (figures that you add to config/surveys.toml), or for the reasons, its order is set beside that of the
    media: rho is Spearman's rank correlation with a 90 % bootstrap interval over stories, p exact. Reasons are rolled
    up as the survey asks; those it does not ask stand below. Without a database only the figures are shown.

    \b
    Example:  senim surveys --lang kk
    """
    from monitor import surveys as official
    from monitor.wording import Wording

    settings = settings_of(context)
    wording = Wording(settings.language(lang))
    found, media = official.rows(settings, wording), _media(context, settings)
    if as_json:
        dump(_plain(settings, found, media))
        return
    by_id = {s.id: s for s in settings.surveys}
    for (measure, who, when, question, scale), group in groupby(found, key=_asked):
        click.echo(f"\n{measure}: {question}  [{scale}]  {who}, {when}")
        table(("", "", "figure", "media"), ((r.region or r.body, r.answer, r.value,
              ", ".join(map(_index, media.of(by_id[r.id]))) if media else "") for r in group))  # fmt: skip
    if media and media.index:
        click.echo("\nNet stance in the media by half-year")
        table(("half-year", "body", "posts", "net", "from", "to", "corrected"), map(_half, media.index))
    for ranking in media.rankings if media else ():
        _show(ranking, settings, wording)


def _media(context: click.Context, settings: Settings) -> Beside | None:
    from monitor import comparing

    if not settings.database.exists():
        return None
    with opened(context, read_only=True) as (_, store):
        return comparing.beside(settings, store)


def _plain(settings: Settings, found: Sequence[Row], media: Beside | None) -> dict[str, Any]:
    by_id = {s.id: s for s in settings.surveys}
    names = ("week", "body", "posts", "net", "low", "high", "corrected", "corrected_low", "corrected_high")

    def cell(of: Cell) -> dict[str, Any]:
        return {"half_year" if n == "week" else n: getattr(of, n) for n in names if of.net is not None or n != "posts"}

    return {
        "figures": [asdict(r) | {"media": [cell(c) for c in media.of(by_id[r.id])] if media else []} for r in found],
        "index": [cell(c) for c in media.index] if media else [],
        "rankings": list(media.rankings) if media else [],
    }


def _asked(row: Row) -> tuple[str, ...]:
    return row.measure, row.who, row.when, row.question, row.scale


def _index(cell: Cell) -> str:
    return f"{cell.week} {_shown(cell.net)}"


def _half(cell: Cell) -> tuple[object, ...]:
    known = cell.net is not None
    return (cell.week, cell.body, cell.posts if known else "–", *map(_shown, (cell.net, cell.low, cell.high)),
            _shown(cell.corrected))  # fmt: skip


def _show(ranking: Ranking, settings: Settings, wording: Wording) -> None:
    """Print one ranking: a head with its correlation, then the things in the order of the survey."""
    if not ranking.things:
        return
    at = "the time of the survey" if ranking.same_time else "not the time of the survey"
    likeness = "too few to correlate"
    if ranking.rho is not None:
        likeness = f"rho {ranking.rho:+.2f} [{ranking.low:+.2f}, {ranking.high:+.2f}], p {ranking.p:.2f}"
    click.echo(f"\n{ranking.series} and the media of {ranking.period} ({at}), {ranking.of}: {likeness}")
    rows = ((_name(ranking, t.name, settings, wording), "–" if t.survey is None else f"{t.survey:g}",
             *(f"{v:+.2f}" if ranking.of != "reasons" else f"{v:.1%}" for v in (t.media, t.low, t.high)), t.stories)
            for t in ranking.things)  # fmt: skip
    table((ranking.of, "survey", "media", "from", "to", "stories"), rows)


def _name(ranking: Ranking, name: str, settings: Settings, wording: Wording) -> str:
    code = wording.language.code
    if ranking.of == "regions":
        return settings.region(name).name.get(code)
    if ranking.of == "bodies":
        return next(b.name.get(code) for b in settings.bodies if b.id == name)
    own = [r.name.get(code) for r in settings.reasons if r.code == name]
    rolled = f"rollup_{name}"
    return wording.say(rolled) if rolled in wording.language.words and not _asked_as_code(ranking, name) else own[0]


def _asked_as_code(ranking: Ranking, name: str) -> bool:
    """Say whether a name is a code of the codebook here: what the survey does not ask stands for itself."""
    return any(t.name == name and t.survey is None for t in ranking.things)


def _shown(number: float | None) -> str:
    return "–" if number is None else f"{number:+.2f}"


COMMANDS = (surveys,)
