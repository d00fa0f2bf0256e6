"""Commands about a model that is there: evaluate, model info."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from monitor.commands.common import DATA, dump, finder_of, folder_of, posts_of, settings_of, tell_steps


@click.command()
@click.option("--model", "folder", type=click.Path(path_type=Path), help="Model folder [default: the one in use].")
@DATA
@click.option("--card", is_flag=True, help="Write the folder's model card and confusion.json.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write a report with pictures beside.")
@click.option(
    "--baselines",
    type=click.Choice(["none", "own", "public"]),
    default="own",
    show_default=True,
    help="Simple methods to compare: trained on our posts; also on the public sets (takes minutes).",
)
@click.option("--speed/--no-speed", default=True, show_default=True, help="Time the model, and a large one beside it.")
@click.option("--errors", type=click.IntRange(min=1), help="List the surest mistakes, without a word of their texts.")
@click.pass_context
def evaluate(
    context: click.Context,
    folder: Path | None,
    data: Path | None,
    card: bool,
    report: Path | None,
    baselines: str,
    speed: bool,
    errors: int | None,
) -> None:
    """Measure a model on our held-out posts and, with --data, on the public tests beside their published figures.

    Figures go to standard output as JSON. --errors writes errors.jsonl beside the report, or here without one.

    \b
    Examples:  senim evaluate --data DATA
               senim evaluate --data DATA --report models/senim-mini/REPORT.md --errors 50
               senim evaluate --baselines none --no-speed
    """
    from models import confusions, evaluation
    from models.classifier import Classifier

    tell_steps()
    settings = settings_of(context)
    where = folder or folder_of(settings)
    posts = posts_of(data)
    reader = Classifier.load(where)
    figures, answers = evaluation.whole(
        reader, posts, finder_of(settings), reasons=settings.reasons, compared=baselines != "none"
    )
    found: dict[str, object] = {"model": reader.name, **figures}
    if data:
        found |= _public(where, data, simple=baselines == "public")
    if speed:
        found["speed"] = evaluation.rate(where, posts)
    dump(found)
    if errors:
        _lines((report.parent if report else Path()) / "errors.jsonl", confusions.surest(answers, errors))
    if report:
        _report(report, found)
    if card:
        from models import card as model_card

        click.echo(str(model_card.write(where, found)), err=True)
        _confusion(where, reader.name, figures["stance_matrix_by_language"])


def _confusion(where: Path, model: str, rows: dict[str, Any]) -> None:
    """Write what `senim trends` corrects its figures with."""
    import json

    from monitor import correction

    content = {"model": model, "split": "test", "counts": correction.table(rows)}
    (where / correction.FILE).write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    click.echo(str(where / correction.FILE), err=True)


def _public(where: Path, data: Path, *, simple: bool) -> dict[str, object]:
    """Return the figures on the public tests, and with `simple` those of the baseline beside them."""
    from models import baselines, benchmarks, evaluation
    from monitor.language import detect

    figures = evaluation.public(where, data) | {benchmarks.LANGUAGES: benchmarks.languages(data, detect)}
    return {"public": figures} | ({"public_baselines": baselines.public(data)} if simple else {})


def _report(file: Path, found: dict[str, object]) -> None:
    from models import report
    from monitor import charts

    file.parent.mkdir(parents=True, exist_ok=True)
    written = report.write(file, found, lambda p: charts.svg(charts.finish(p.spec, p.title, p.note)))
    click.echo("\n".join(map(str, written)), err=True)


def _lines(file: Path, records: Sequence[object]) -> None:
    import json

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    click.echo(str(file), err=True)


@click.group("model")
def model_group() -> None:
    """Say what the model is."""


@model_group.command()
@click.pass_context
def info(context: click.Context) -> None:
    """Print name, codebook, reasons, thresholds and checksums of the model in use.

    \b
    Example:  senim model info
    """
    from models import folder

    dump(folder.load_card(folder_of(settings_of(context))))


COMMANDS = (evaluate, model_group)
