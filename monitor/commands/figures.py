"""Commands that turn opinions into figures and digests: trends, digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from monitor.commands.common import iso_week, opened, table
from monitor.errors import SenimError

LANGUAGES = click.Choice(["kk", "ru", "en"])


def _shown(number: float | None) -> str:
    return "–" if number is None else f"{number:+.2f}"


@click.command()
@click.option("--by", default="region,week", show_default=True,
              help="region, settlement, week, reason, body, language; by comma.")  # fmt: skip
@click.option("--from", "first", callback=iso_week, metavar="WEEK", help="First ISO week, like 2026-W07.")
@click.option("--to", "last", callback=iso_week, metavar="WEEK", help="Last ISO week.")
@click.option("--fold", type=click.Choice(["week", "month", "quarter", "half"]), default="week", show_default=True,
              help="Longer periods instead of weeks; a post counts in that of its own local day.")  # fmt: skip
@click.option("--official", is_flag=True, help="Count what bodies write of themselves, too.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.pass_context
def trends(
    context: click.Context, by: str, first: str | None, last: str | None, fold: str, official: bool, form: str | None
) -> None:
    """Show net stance toward law enforcement with its 90 % interval; small cells are withheld.

    Beside it the corrected index with its credible interval: without the classifier's error, and leaning on the
    region's past and the country's week; the index by stories and by independent sources; the share of all that was
    collected; the coverage of usual sources. Posts in near-identical words by many accounts within a short time are
    shown apart under `coordinated`; they count once in all other columns. Folded periods that --from or --to touch are
    whole.

    \b
    Examples:  senim trends --by region,week --from 2026-W40 --csv
               senim trends --by region,week --fold month
               senim trends --by settlement,week
    """
    from monitor import grounds, tables
    from monitor import trends as figures

    dimensions = tuple(d.strip() for d in by.split(",") if d.strip())
    if unknown := set(dimensions) - set(figures.DIMENSIONS):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: known are {', '.join(figures.DIMENSIONS)}.")
    with opened(context, read_only=True) as (settings, store):
        k = settings.senim.privacy.min_posts
        cells = grounds.cells(settings, store, by=dimensions, first=first, last=last, official=official, fold=fold)
        undated = store.undated()
    if form:
        click.echo(tables.to_json(cells, k) if form == "json" else tables.to_csv(cells, k), nl=False)
        return
    names = {r.code: r.name.en for r in settings.regions} | {"": "all"}
    table(
        (*(fold if d == "week" else d for d in dimensions), *_COLUMNS),
        ([*_places(cell, dimensions, names), *_figures(cell, k)] for cell in tables.rows(cells, k)),
    )
    if undated:
        click.echo(f"\n{undated} posts without a date are in no week.", err=True)


_COUNTS = ("posts", "stories", "negative", "neutral", "positive")
_INDICES = ("net", "low", "high", "corrected", "corrected_low", "corrected_high", "net_stories", "net_sources")
_SHARES = ("collected", "coverage")
_COLUMNS = (*_COUNTS, "net", "from", "to", "corrected", "from", "to", "by story", "by source", "sources", "official",
            "of all", "coverage", "coordinated")  # fmt: skip


def _places(cell: Mapping[str, object], dimensions: Sequence[str], names: Mapping[str, str]) -> list[object]:
    return [names.get(str(cell[d]), str(cell[d])) if d == "region" else cell[d] or "all" for d in dimensions]


def _apart(cell: Mapping[str, Any]) -> str:
    """Return how many posts in near-identical words by how many accounts were counted once."""
    if cell["coordinated"] is None:
        return "–"
    return f"{cell['coordinated']} by {cell['accounts']}" if cell["coordinated"] else ""


def _figures(cell: Mapping[str, Any], k: int) -> list[object]:
    """Return the figures of a row of the table; only that of the collection where the cell is too small."""
    shares = ["–" if cell[name] is None else f"{cell[name]:.1%}" for name in _SHARES]
    if cell["suppressed"]:
        return [f"<{k}", *["–"] * (len(_COLUMNS) - 3), shares[1], "–"]
    counts = [cell[name] for name in _COUNTS]
    return [*counts, *(_shown(cell[name]) for name in _INDICES), cell["independent"], cell["official"], *shares,
            _apart(cell)]  # fmt: skip


@click.command()
@click.option("--week", callback=iso_week, help="ISO week [default: the last full one].")
@click.option("--lang", type=LANGUAGES, help="One language [default: all of senim.toml].")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="FILE.html, .txt or .pdf.")
@click.option("--send", is_flag=True, help="Mail it to the recipients, too.")
@click.pass_context
def digest(context: click.Context, week: str | None, lang: str | None, output: Path | None, send: bool) -> None:
    """Write the weekly digest; to var/digests in all languages, or one language to a file.

    \b
    Example:  senim digest --week 2026-W46 --lang kk -o digest.html
    """
    from monitor import editions

    now = datetime.now(UTC)
    with opened(context) as (settings, store):
        chosen = week or editions.last_full_week(now)
        if output or lang:
            _one(settings, store, chosen, lang or settings.senim.digest.languages[0], output)
        else:
            for file in editions.write_digest(settings, store, chosen):
                click.echo(str(file))
        if send:
            click.echo(f"{editions.queue_digest(settings, store, chosen)} mails queued; "
                       f"mail: {editions.send_mail(settings, store, now)}")  # fmt: skip


def _one(settings: object, store: object, week: str, language: str, output: Path | None) -> None:
    from monitor import editions, issue

    made = issue.render(editions.compose_digest(settings, store, week), language, settings)  # type: ignore[arg-type]
    if output is None:
        click.echo(made.text)
    elif output.suffix == ".pdf":
        try:
            from weasyprint import HTML
        except ImportError:
            raise SenimError("PDF needs WeasyPrint", advice="Install it: pip install 'senim[pdf]'.") from None
        HTML(string=made.html).write_pdf(output)
        click.echo(str(output))
    else:
        output.write_text(made.html if output.suffix in (".html", ".htm") else made.text, "utf-8")
        click.echo(str(output))


COMMANDS = (trends, digest)
