"""Whole installations for the tests of journeys: a model of random weights, a home, the command as a process."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import settings

COMMAND = (sys.executable, "-c", "from monitor.cli import main; main()")


def write_tiny_model(folder, seed=1):
    """Write a model folder of two layers, 32 wide, that has learnt nothing; returns the folder."""
    import torch

    from models import folder as models
    from models import pretraining

    shipped = settings.load(settings.shipped_config().parent)
    pieces = _tiny_tokenizer(folder / "lines")
    torch.manual_seed(seed)
    encoder = pretraining.build(pieces, width=32, layers=2, heads=2, inner=64).model
    network = models.assemble(encoder, pieces, len(shipped.reasons))
    for part in network.parameters():
        if part.dim() > 1:
            torch.nn.init.normal_(part, std=0.4)  # untrained heads are too shy to answer differently
    card = models.Card(
        name="tiny",
        codebook=shipped.codebook_version,
        reasons=tuple(r.code for r in shipped.reasons),
        thresholds={r.code: 0.95 for r in shipped.reasons},
        about=0.0,
    )
    models.save(network, pieces, folder / "model", card)
    return folder / "model"


def _tiny_tokenizer(folder):
    """Return a tokenizer that knows letters and the words of `make_records`.

    It is trained as ours are, and then gets a vocabulary that is the same on every run: the trainer's is not, because
    it counts in several threads.
    """
    import string

    from tokenizers.models import Unigram

    from models import tokenizer

    texts = [record["text"].lower() for record in make_records(100)]
    (folder / "pretrain").mkdir(parents=True)
    for language in ("kk", "ru", "en"):
        with gzip.open(folder / "pretrain" / f"{language}.txt.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(texts) + "\n")
    pieces = tokenizer.train(folder, pieces=300, characters=20_000)
    words = sorted({f"▁{word}" for text in texts for word in text.split() if word.isalpha()})
    letters = sorted({*"".join(texts), *string.printable, "▁"} - set(string.whitespace))
    known = [(s, 0.0) for s in tokenizer.SPECIAL] + [(w, -8.0) for w in words] + [(x, -12.0) for x in letters]
    pieces.backend_tokenizer.model = Unigram(known, unk_id=tokenizer.SPECIAL.index("[UNK]"))
    return pieces


def install(folder, weights="", **changes):
    """Make a home with the shipped settings in `folder`; `changes` are sections of senim.toml with their new keys."""
    from monitor import demo

    shutil.copytree(settings.shipped_config(), folder / "config", ignore=shutil.ignore_patterns("recipients.toml"))
    changes["model"] = {"folder": str(weights)} | changes.get("model", {})
    main = folder / "config" / "senim.toml"
    main.write_text(demo._changed(main.read_text("utf-8"), changes), "utf-8")
    return folder


def install_demo(folder, url, model, smtp_port=25):
    """Make a home for the sample web served at `url` in `folder`."""
    from monitor import demo

    home = demo.home(folder, url, smtp_port, datetime.now(UTC))
    main = home / "config" / "senim.toml"
    chosen = f"[model]\nfolder = {json.dumps(str(model))}"
    main.write_text(main.read_text("utf-8").replace('[model]\nfolder = ""', chosen), "utf-8")
    return home


def start(home, *arguments, **given):
    """Start `senim --home HOME ARGUMENTS` as a process of its own."""
    words = [*COMMAND, "--home", str(home), *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **given)


def senim(home, *arguments, rc=0, timeout=240):
    """Run `senim --home HOME ARGUMENTS` to its end and return what it said; AssertionError for another exit code."""
    process = start(home, *arguments)
    said, complained = process.communicate(timeout=timeout)
    assert process.returncode == rc, complained
    return said + complained if rc else said


# Invented words that make posts long enough to be judged, different enough to be stories of their own, and of all
# kinds that matter: three languages, places, bodies, praise and blame.
_OPENINGS = (
    "Полиция {place} не приехала на вызов жильцов дома {n}",
    "{place} қаласының полициясы {n}-ші үйдің тұрғындарына көмектесті",
    "Police in {place} closed case number {n} without any explanation",
    "Участковый в {place} ответил на жалобу номер {n} через месяц",
    "Прокуратура {place} проверила заявление {n} о взятке",
)
_PLACES = ("Алматы", "Караганда", "Шымкент", "Astana", "Павлодар", "Ақтөбе", "Қостанай")
_NOUNS = """двор фонарь лестница собака велосипед магазин остановка парк школа рынок забор сосед окно дверь дорога мост
ауыл көше терезе есік бала дүкен көпір базар мектеп саябақ street corner window garden bridge market bicycle"""


def make_records(count, seed=1):
    """Return `count` invented posts of an archive: a few reprints, some of no concern, some without a date."""
    rng = random.Random(seed)
    day = datetime(2026, 9, 7, 4, 0, tzinfo=UTC)
    records = []
    for n in range(count):
        place = rng.choice(_PLACES)
        words = " ".join(rng.choices(_NOUNS.split(), k=25))
        opening = rng.choice(_OPENINGS).format(place=place, n=n) if n % 10 else f"Погода {n}: в городе {place} ветер"
        record = {
            "id": f"r{n}",
            "url": f"https://archive.example/{n}",
            "source": f"paper{n % 7}",
            "title": opening[:60],
            "text": f"{opening}. {words}. {words[:40]}.",
            "published": (day + timedelta(hours=5 * n % 1600)).isoformat(),
        }
        if n % 9 == 5 and "published" in records[n - 5]:
            record |= {k: records[n - 5][k] for k in ("title", "text", "published")}  # another paper reprints it
        if n % 50 == 3:
            del record["published"]
        records.append(record)
    return records


def write_jsonl(file: Path, records):
    """Write records as lines of JSON and return the file."""
    file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    return file
