"""Commands about the model: train (pretrain, finetune), evaluate, model info, label check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.commands.common import dump, settings_of
from monitor.errors import SenimError

if TYPE_CHECKING:
    from models.labelled import Finder, Labelled
    from monitor.settings import Settings

_DATA = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder with the public training texts."
)


def _tell_steps() -> None:
    """Show on standard error how far training or measuring is: both take from minutes to hours."""
    import logging

    logging.getLogger("models").setLevel(logging.INFO)


def _folder(settings: Settings) -> Path:
    """Return the model folder in use."""
    from models.classifier import SHIPPED

    return settings.home / settings.senim.model.folder if settings.senim.model.folder else SHIPPED


def _finder(settings: Settings) -> Finder:
    from monitor.relevance import Matcher

    return Matcher(settings.bodies)


def _posts(data: Path | None, files: Sequence[Path] = ()) -> list[Labelled]:
    """Return our labelled posts: those of our own writing, and real ones whose words lie in the data folder."""
    from models import labelled
    from monitor.cleaning import digest_key

    posts = [p for f in files or labelled.OWN for p in labelled.read(f)]
    texts = data / "domain" / "unlabelled.jsonl.gz" if data else None
    if texts and texts.is_file() and not files:
        posts += labelled.join(labelled.REAL, texts, digest_key)
    return posts


@click.group(invoke_without_command=True)
@click.option(
    "--base", default="checkpoints/encoder", show_default=True, help="Encoder: a folder or a local checkpoint."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("checkpoints/model"), show_default=True)
@_DATA
@click.option("--labels", multiple=True, type=click.Path(path_type=Path, dir_okay=False), help="Labelled JSONL files.")
@click.option("--licences", type=click.Choice(["all", "open"]), default="all", help="Which public sets to learn from.")
@click.option("--epochs", type=int, default=7, show_default=True, help="Passes over our own posts.")
@click.option("--public-epochs", type=int, default=3, show_default=True, help="Passes over the public sets.")
@click.option("--share", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="Share of our posts to use.")
@click.option("--members", type=click.IntRange(min=1), default=1, show_default=True, help="Fine-tunings to average.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.pass_context
def train(
    context: click.Context,
    base: str,
    output: Path,
    data: Path | None,
    labels: tuple[Path, ...],
    licences: str,
    epochs: int,
    public_epochs: int,
    share: float,
    members: int,
    seed: int,
) -> None:
    """Fine-tune an encoder on our labelled posts and the public sets; writes a model folder with its figures.

    \b
    Examples:  senim train pretrain --data DATA --minutes 60
               senim train --data DATA
               senim train --data DATA --share 0.25 -o checkpoints/quarter
               senim train --base FOLDER-OF-ANY-HUGGING-FACE-ENCODER
    """
    if context.invoked_subcommand:
        return
    from dataclasses import replace

    from models import recipe

    _tell_steps()
    settings = settings_of(context.parent or context)
    plans = replace(recipe.FIRST, seed=seed, epochs=public_epochs), replace(recipe.SECOND, seed=seed, epochs=epochs)
    figures = recipe.train(
        base, output, reasons=settings.reasons, codebook=settings.codebook_version,
        finder=_finder(settings), posts=_posts(data, labels),
        data=data, open_licences=licences == "open", share=share, plans=plans, members=members,
    )  # fmt: skip
    dump(figures)


@train.command()
@_DATA
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("checkpoints/encoder"), show_default=True)
@click.option("--minutes", type=float, default=60, show_default=True, help="Training time after tokenisation.")
@click.option("--objective", type=click.Choice(["mlm", "rtd"]), default="mlm", show_default=True)
@click.option("--batch", type=int, default=32, show_default=True, help="Blocks of 256 tokens a step.")
@click.option("--rate", type=float, default=1.2e-3, show_default=True)
@click.option("--width", type=int, default=384, show_default=True)
@click.option("--layers", type=int, default=6, show_default=True)
def pretrain(
    data: Path | None, output: Path, minutes: float, objective: str, batch: int, rate: float, width: int, layers: int
) -> None:
    """Train tokenizer and encoder from nothing; a run that was stopped goes on from its checkpoint.

    \b
    Example:  senim train pretrain --data DATA --minutes 60
    """
    if data is None:
        raise SenimError("no training texts", advice="Give --data DIR with pretrain/, parallel/ and domain/ in it.")
    from models import pretraining, tokenizer

    _tell_steps()
    if (output / "tokenizer.json").is_file():
        pieces = tokenizer.open_folder(output)
    else:
        pieces = tokenizer.train(data)
        pieces.save_pretrained(output)
    recipe = pretraining.Recipe(
        objective=objective, minutes=minutes, batch=batch, rate=rate, width=width, layers=layers,
        heads=width // 64, inner=2 * width,
    )  # fmt: skip
    click.echo(f"loss {pretraining.pretrain(pieces, data, output, recipe):.3f}; encoder in {output}")


@train.command()
@click.option("--model", "folder", type=click.Path(path_type=Path), help="Model folder [default: the one in use].")
@_DATA
@click.pass_context
def embeddings(context: click.Context, folder: Path | None, data: Path | None) -> None:
    """Add or renew the embeddings of a model folder, learnt from translated sentences; opinions stay as they are.

    Figures on held-out pairs go to standard output as JSON and into the folder's figures.json.

    \b
    Example:  senim train embeddings --model checkpoints/model --data DATA
    """
    if data is None:
        raise SenimError("no translated pairs", advice="Give --data DIR with parallel/ in it.")
    from models import embedding

    dump(embedding.train(folder or _folder(settings_of(context)), data))


@train.command()
@click.option("--model", "folder", type=click.Path(path_type=Path), help="Model folder [default: the one in use].")
@_DATA
@click.option("--labels", multiple=True, type=click.Path(path_type=Path, dir_okay=False), help="Labelled JSONL files.")
@click.pass_context
def calibrate(context: click.Context, folder: Path | None, data: Path | None, labels: tuple[Path, ...]) -> None:
    """Choose temperatures and thresholds of a model anew on the dev split of labelled posts; the weights stay.

    The name of the model changes with them, so that `senim classify` judges everything again.

    \b
    Example:  senim train calibrate --model checkpoints/model --data DATA --labels ours.jsonl
    """
    from models import recipe

    settings = settings_of(context)
    dump(recipe.recalibrate(folder or _folder(settings), _posts(data, labels), _finder(settings), data))


@train.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("checkpoints/mean"), show_default=True)
@_DATA
@click.option("--labels", multiple=True, type=click.Path(path_type=Path, dir_okay=False), help="Labelled JSONL files.")
@click.pass_context
def average(
    context: click.Context, folders: tuple[Path, ...], output: Path, data: Path | None, labels: tuple[Path, ...]
) -> None:
    """Write the mean of the weights of several fine-tunings that had one start; n-grams are those of the last.

    \b
    Example:  senim train average checkpoints/one checkpoints/two -o checkpoints/mean --data DATA
    """
    from models import recipe

    dump(recipe.average(folders, output, _posts(data, labels), _finder(settings_of(context)), data))


@click.command()
@click.option("--model", "folder", type=click.Path(path_type=Path), help="Model folder [default: the one in use].")
@_DATA
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

    _tell_steps()
    settings = settings_of(context)
    where = folder or _folder(settings)
    posts = _posts(data)
    reader = Classifier.load(where)
    figures, answers = evaluation.whole(
        reader, posts, _finder(settings), reasons=settings.reasons, compared=baselines != "none"
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

    dump(folder.load_card(_folder(settings_of(context))))


COMMANDS = (train, evaluate, model_group)
