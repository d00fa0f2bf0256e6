"""Commands for those who label posts: label queue, export, import, agreement; `checks` has the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.commands.common import dump, iso_week, json_option, opened, progress, settings_of, table
from monitor.errors import SenimError

if TYPE_CHECKING:
    from monitor.agreement import Agreement, Figure, Figures
    from monitor.choosing import Chosen
    from monitor.labelling import Outcome
    from monitor.records import Post
    from monitor.store import Store

_DRAWING = (
    click.option("--number", type=click.IntRange(min=1), default=50, show_default=True, help="How many posts."),
    click.option(
        "--language", multiple=True, type=click.Choice(["kk", "ru", "en", "mixed", "und"]), help="Only these."
    ),
    click.option(
        "--random", "share", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Share drawn by chance."
    ),
    click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another chance."),
    click.option("--check", is_flag=True, help="The week's random sample that tells how often the model is right."),
    click.option("--week", callback=iso_week, help="ISO week of --check [default: the last full one]."),
)


def _drawing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which posts are drawn."""
    for option in reversed(_DRAWING):
        command = option(command)
    return command


@click.group()
def label() -> None:
    """Draw posts to label, hand them out in sheets, read them back in, compare labellers; check labelled files.

    \b
    Example:  senim label export sheet.csv && senim label import sheet.csv --labeller NAME
    """


@label.command("queue")
@_drawing
@json_option
@click.pass_context
def label_queue(
    context: click.Context, number: int, language: tuple[str, ...], share: float, seed: int, check: bool,
    week: str | None, as_json: bool,
) -> None:  # fmt: skip
    """List the posts to label next: those the model is least sure of, and a share by chance.

    A post is here when the model has judged it and no person has. Reprints are left out, and what the model reads
    takes turns in each language. By chance all are drawn alike, so that these tell how often the model errs.
    --check lists what is still to be read of the first --number posts of a week in an order of chance that stays as it
    is; `senim label accuracy` counts on them alone.

    \b
    Example:  senim label queue --number 100 --language kk
              senim label queue --check
    """
    chosen = _week_of_check(context, check, week)
    with opened(context, read_only=True) as (_, store):
        drawn = _drawn(store, number, share, seed, language, chosen)
        found = [(one, post) for one in drawn if (post := store.post(one.candidate.id))]
    if as_json:
        dump([_in_queue(one, post) for one, post in found])
        return
    if not found:
        click.echo("Nothing to label: no person is missing in any post that a model has judged.", err=True)
        return
    table(
        ("id", "language", "model reads", "unsure", "drawn", "begins"),
        ((one.candidate.id, one.candidate.language, one.candidate.reads, f"{one.candidate.doubt:.2f}", one.drawn,
          " ".join((post.title or post.text).split())[:60]) for one, post in found),
    )  # fmt: skip


def _week_of_check(context: click.Context, check: bool, week: str | None) -> str:
    """Return the week of --check, "" without it; wrong use where an option of the other way of drawing is given."""
    from monitor import editions

    source = click.core.ParameterSource.DEFAULT
    if check and any(context.get_parameter_source(p) is not source for p in ("language", "share", "seed")):
        raise click.UsageError("--check is one sample for all: it goes with --number and --week only.")
    if week and not check:
        raise click.UsageError("--week goes with --check.")
    return (week or editions.last_full_week(datetime.now(UTC))) if check else ""


def _drawn(store: Store, number: int, share: float, seed: int, language: tuple[str, ...], week: str) -> list[Chosen]:
    """Return the posts of a queue: of the random sample of `week`, or those the model is unsure of."""
    from monitor import labelling

    if week:
        return labelling.draw_check(store, week, number)
    return labelling.draw(store, number=number, share=share, seed=seed, languages=language)


def _in_queue(one: Chosen, post: Post) -> dict[str, Any]:
    of = one.candidate
    return {
        "id": of.id, "language": of.language, "reads": of.reads, "unsure": of.doubt, "drawn": one.drawn,
        "confidence": of.confidence, "probabilities": of.probabilities, "story": of.story, "url": post.url,
        "title": post.title, "begins": " ".join(post.text.split())[:200],
    }  # fmt: skip


@label.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_drawing
@click.option("--labelled", is_flag=True, help="Write what persons have labelled instead, one line a post and person.")
@click.pass_context
def label_export(
    context: click.Context,
    file: Path,
    number: int,
    language: tuple[str, ...],
    share: float,
    seed: int,
    check: bool,
    week: str | None,
    labelled: bool,
) -> None:
    """Write a new sheet to fill in, FILE.jsonl or FILE.csv, that shows words and not what the model reads.

    \b
    about      yes or no: does it say something about law enforcement of Kazakhstan
    bodies     ids of config/bodies.toml, by comma; may stay empty
    sentiment  negative, neutral or positive: the stance toward the body
    reasons    code: words of the text | code: words of the text
    Leave a line empty that you cannot decide; models/data/GUIDELINE.md helps. Hand the same sheet to two people to
    learn how far they agree.

    \b
    Example:  senim label export sheet.csv --number 100
              senim label export sheet.csv --check --week 2026-W07
              senim label export labelled.jsonl --labelled
    """
    from monitor import labelling, sheets
    from monitor.choosing import shuffled

    source = click.core.ParameterSource.DEFAULT
    others = ("number", "share", "seed", "check", "week")
    if labelled and any(context.get_parameter_source(p) is not source for p in others):
        raise click.UsageError("--labelled writes all labels: it goes with --language only.")
    chosen = _week_of_check(context, check, week)
    with opened(context, read_only=True) as (_, store):
        if labelled:
            rows, nothing = list(labelling.labelled(store, language)), "no person has labelled a post"
        else:
            drawn = _drawn(store, number, share, seed, language, chosen)
            rows, nothing = list(labelling.blank(store, shuffled(drawn, seed))), "there is no post to label"
    if not rows:
        raise SenimError(nothing, advice="`senim classify` judges posts, `senim label import` reads labels in.")
    sheets.write(file, rows)
    click.echo(f"{len(rows)} lines in {file}")


@label.command("import")
@click.argument("file", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--labeller", required=True, metavar="NAME", help="Who filled it in; only a keyed hash is stored.")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="Day of the labels, local time [default: now].")
@json_option
@click.pass_context
def label_import(
    context: click.Context, file: tuple[Path, ...], labeller: str, at: datetime | None, as_json: bool
) -> None:
    """Read filled-in sheets; every line that cannot be taken is named, with what to write instead.

    Good lines are stored whatever the others are; lines left empty are passed over; a second import changes nothing.
    The key of the hash is SENIM_AUTHOR_SECRET. Exit code 1 when a line was refused.

    \b
    Example:  senim label import sheet.csv --labeller NAME
    """
    from monitor import labelling, weeks

    when = at.replace(tzinfo=weeks.zone()).astimezone(UTC) if at else None
    if at and when and when > datetime.now(UTC):
        raise click.BadParameter(f"{at:%Y-%m-%d} is still to come.", param_hint="--at")
    key = labelling.labeller_of(labeller)
    with opened(context) as (settings, store), progress("labels") as count:
        codes = labelling.codes_of(settings)
        outcome = labelling.read_in(store, codes, file, key, at=when, progress=count)
    _tell(outcome, as_json)
    if outcome.problems:
        context.exit(1)


def _tell(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        dump(outcome)
    else:
        click.echo(
            f"{outcome.lines} lines: {outcome.stored} labels stored, {outcome.unchanged} known already,"
            f" {outcome.unfilled} not filled in, {outcome.refused} refused"
        )
    for problem in outcome.problems:
        click.echo(str(problem), err=True)


@label.command("agreement")
@click.argument("file", nargs=-1, type=click.Path(path_type=Path))
@click.option("--labeller", multiple=True, help="Compare these alone; all of them when not given.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the resamples behind the intervals.")
@json_option
@click.pass_context
def label_agreement(
    context: click.Context, file: tuple[Path, ...], labeller: tuple[str, ...], seed: int, as_json: bool
) -> None:
    """Measure how far labellers agree: posts of the database that two persons labelled, or the lines of FILE.

    Lines are {"id", "lang", "labeller", "about", "sentiment", "reasons": [{"code"}]}, as `label export --labelled`
    writes them. Kappa is Cohen's, alpha Krippendorff's with MASI distance; in brackets the 90 % interval.

    \b
    Example:  senim label agreement
              senim label agreement models/data/double.jsonl --labeller blind-1 --labeller blind-2
    """
    from monitor import agreement, labelling

    if file:
        settings = settings_of(context)
        readings, problems = labelling.readings_of(file, labelling.codes_of(settings))
    else:
        with opened(context, read_only=True) as (_, store):
            readings, problems = labelling.readings(store), []
    chosen = [reading for reading in readings if not labeller or reading.labeller in labeller]
    found = agreement.measure(chosen, seed=seed)
    if as_json:
        dump(found)
    elif found.items:
        _show(found)
    else:
        click.echo("Nothing to compare: no item has labels of two people. Give the same sheet to both.", err=True)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        context.exit(1)


def _show(found: Agreement) -> None:
    people = {who for *pair, _ in found.pairs for who in pair}
    click.echo(f"{found.items} items, {len(people)} labellers, {len(found.pairs)} pairs of them\n")
    table(("language", "items", "about: kappa", "sentiment: kappa", "with not about: kappa", "reasons: alpha",
           "reasons: F1"), (_row(f) for f in found.figures))  # fmt: skip
    if found.codes:
        click.echo("")
        table(("reason", "n", "kappa", "positive agreement"),
              ((c.code, c.n, _figure(c.kappa), "–" if c.positive is None else f"{c.positive:.2f}")
               for c in found.codes))  # fmt: skip
    if found.disagreements:
        click.echo("")
    for d in found.disagreements:
        click.echo(f"{d.question} {d.one} / {d.other}: {d.n}  ({', '.join(d.ids)})")


def _row(of: Figures) -> tuple[object, ...]:
    figures = (of.about, of.sentiment, of.stance, of.reasons, of.f1)
    return of.language or "all", of.items, *(_figure(f) for f in figures)


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.2f} [–]"
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"


COMMANDS = (label,)
