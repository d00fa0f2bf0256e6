"""Commands that make models: train, and below it pretrain, embeddings, calibrate, average."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.commands.common import DATA, dump, finder_of, folder_of, posts_of, settings_of, tell_steps
from monitor.errors import SenimError


@click.group(invoke_without_command=True)
@click.option(
    "--base", default="checkpoints/encoder", show_default=True, help="Encoder: a folder or a local checkpoint."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("checkpoints/model"), show_default=True)
@DATA
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

    tell_steps()
    settings = settings_of(context.parent or context)
    plans = replace(recipe.FIRST, seed=seed, epochs=public_epochs), replace(recipe.SECOND, seed=seed, epochs=epochs)
    figures = recipe.train(
        base, output, reasons=settings.reasons, codebook=settings.codebook_version,
        finder=finder_of(settings), posts=posts_of(data, labels),
        data=data, open_licences=licences == "open", share=share, plans=plans, members=members,
    )  # fmt: skip
    dump(figures)


@train.command()
@DATA
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

    tell_steps()
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
@DATA
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

    dump(embedding.train(folder or folder_of(settings_of(context)), data))


@train.command()
@click.option("--model", "folder", type=click.Path(path_type=Path), help="Model folder [default: the one in use].")
@DATA
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
    dump(recipe.recalibrate(folder or folder_of(settings), posts_of(data, labels), finder_of(settings), data))


@train.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("checkpoints/mean"), show_default=True)
@DATA
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

    dump(recipe.average(folders, output, posts_of(data, labels), finder_of(settings_of(context)), data))


COMMANDS = (train,)
