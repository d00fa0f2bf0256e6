"""Writes the model card from measured figures, so that no figure in it is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from models.benchmarks import BENCHMARKS
from models.folder import load_card

_CARD = Template("""# senim-mini

Reads the stance toward Kazakhstan's police and other law-enforcement bodies, and the reasons given, in Kazakh, Russian,
English and mixed text. `$name`, codebook $codebook.

- **Shape**: ModernBERT, 6 layers x 384, 28,000 Unigram pieces, 20 million parameters in bfloat16; heads for about,
  sentiment (one for stance, three for the families of public sets), 16 reasons, and evidence per token. Beside it
  linear weights of hashed n-grams (letters 2-5, words, word pairs, words near the target), whose logits are mixed in.
- **Made** by `senim train pretrain` and `senim train`. Base: $base. Second stage: $second epochs on $taught posts of
  our own; $minutes minutes on two cores, the first stage not counted where it was taken up from an earlier run.$mean
- **Use**: to count what texts say, over many texts. Not to judge a person or a single text: see the figures.

## Figures

On our own held-out posts (`senim evaluate`): $posts posts that training never saw, written in the voices of many
people or real texts labelled by us.

| what | figure |
|---|---|
| about law enforcement, F1 | $about |
| stance, macro-F1 of three classes ($stance_n posts) | $stance |
| ... by language | $languages |
| reasons, micro precision / recall / F1 | $micro |
| reasons, macro-F1 | $macro |
| evidence, character F1 with the labelled words, where the reason was right | $evidence |

| reason | n | precision | recall |
|---|---|---|---|
$reasons

Public tests, with the metric of each paper:

| test | metric | senim-mini | published |
|---|---|---|---|
$public

## Limits

Reasons are weak yet: a few hundred examples each. Most of our examples are written, not found; real posts are
harder. Russian and Kazakh press language is known better than slang of
the day. Text in other languages is not judged.

## Data and licences

Pre-training: Kazakh, Russian and English sentences of news, law, reviews, comments and encyclopedias. Fine-tuning:
KazSAnDRA (CC BY 4.0 as its card says), mixed kk-ru reviews of KazNLP, RuSentiTweet, ROMIP 2012, SentiRuEval 2015,
RuSentNE and RuOpinionNE (MIT), NewsMTSC (MIT), acl14twitter, SST-2, XLM-T English; several of them state no licence.
`senim train --licences open` uses the clearly licensed ones alone. RuSentiment (non-commercial) is not in it. Our own
posts: `models/data`. The weights are under Apache-2.0 as far as they are ours to give.
""")


def write(folder: Path, found: Mapping[str, Any]) -> Path:
    """Write README.md into a model folder from what `senim evaluate` found and the folder's own record."""
    card, own = load_card(folder), found["own_test"]
    made = json.loads((folder / "figures.json").read_text("utf-8"))["made"]
    micro = own["reasons_micro"]
    languages = (f"{lang} {v['macro_f1']:.2f} ({v['n']})" for lang, v in own["stance_by_language"].items() if v["n"])
    tuned = [f"{m['posts']:,}" for m in made.get("mean", ())]
    mean = (
        f"\n  The weights are the mean of {len(tuned)} such fine-tunings, on {', '.join(tuned)} posts." if tuned else ""
    )
    values = {
        "mean": mean,
        "name": card.name, "codebook": card.codebook, "base": made["base"], "second": made["second"]["epochs"],
        "taught": f"{made['posts']:,}", "minutes": made["minutes"],
        "posts": own["posts"], "about": f"{own['about']['f1']:.2f}", "stance": f"{own['stance']['macro_f1']:.2f}",
        "stance_n": own["stance"]["n"], "languages": ", ".join(languages),
        "micro": " / ".join(f"{micro[k]:.2f}" for k in ("precision", "recall", "f1")),
        "macro": f"{own['reasons_macro_f1']:.2f}", "evidence": f"{own['evidence_character_f1']:.2f}",
        "reasons": "\n".join(
            f"| `{code}` | {v['n']} | {v['precision']:.2f} | {v['recall']:.2f} |" for code, v in own["reasons"].items()
        ),
        "public": "\n".join(
            f"| {b.name} | {b.metric} | {found['public'][b.name]['value']:.3f} | {b.anchor} |"
            for b in BENCHMARKS
            if b.name in found.get("public", {})
        ),
    }  # fmt: skip
    file = folder / "README.md"
    file.write_text(_CARD.substitute(values), "utf-8")
    return file
