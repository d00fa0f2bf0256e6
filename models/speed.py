"""How many posts a second, and how much memory, in a process of its own: another's memory would be counted too."""

from __future__ import annotations

import platform
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from monitor.records import Post

THREADS = 2
TOKENS = 128
POSTS = 1024
COMPARED = 24  # posts for the large model: it reads about ten a second
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def measure(folder: Path, posts: list[Post], *, number: int = POSTS, compared: int = COMPARED) -> dict[str, Any]:
    """Return posts/s and peak memory of a model folder on THREADS threads for posts of TOKENS tokens.

    `posts` lend their words: they are joined and cut to length. `compared` posts are also read by an encoder of the
    size of XLM-R base with random weights in a Transformers pipeline (0: none); its speed does not depend on them.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        found: dict[str, Any] = other.submit(_own, folder, posts, number).result()
    if compared:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            found["compared"] = other.submit(_compared, folder, posts, compared).result()
        found["times_as_fast"] = round(found["posts_per_second"] / found["compared"]["posts_per_second"], 1)
    return found | {"processor": processor()}


def processor() -> str:
    """Return the machine's kind of processor and those of its abilities that matter for speed."""
    file = Path("/proc/cpuinfo")
    words = set(file.read_text("utf-8").split()) if file.is_file() else set()
    return " ".join([platform.machine(), *(flag for flag in FLAGS if flag in words)])


def cut(tokenizer: Any, posts: list[Post], number: int, tokens: int) -> list[str]:  # noqa: ANN401
    """Return `number` texts of `tokens` tokens, special ones included: the posts' words one after another."""
    words = " ".join(" ".join(p.text.split()) for p in posts)
    # verbose: it would warn that nobody can read that many tokens at once; nobody does.
    encoded = tokenizer(words, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    offsets = encoded["offset_mapping"]
    room = tokens - tokenizer.num_special_tokens_to_add()
    starts = [(i * room) % max(1, len(offsets) - room) for i in range(number)]
    return [words[offsets[at][0] : offsets[min(at + room, len(offsets)) - 1][1]] for at in starts]


def _own(folder: Path, posts: list[Post], number: int) -> dict[str, Any]:
    from models.classifier import Classifier

    classifier = Classifier.load(folder, threads=THREADS)
    texts = cut(classifier.reader.tokenizer, posts, number, TOKENS)
    made = [replace(posts[0], id=str(n), title="", text=text, mentions=()) for n, text in enumerate(texts)]
    classifier.judge(made[:64])
    began = time.perf_counter()
    classifier.judge(made)
    seconds = time.perf_counter() - began
    return {
        "posts_per_second": round(number / seconds, 1),
        "peak_megabytes": peak(),
        "threads": THREADS,
        "tokens": TOKENS,
        "posts": number,
        "numbers": str(classifier.reader.dtype).removeprefix("torch."),
    }


def _compared(folder: Path, posts: list[Post], number: int) -> dict[str, Any]:
    import torch
    from transformers import AutoTokenizer, XLMRobertaConfig, XLMRobertaForSequenceClassification, pipeline
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    torch.set_num_threads(THREADS)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    # The shape of XLM-R base, whose settings in the library are its defaults but for the vocabulary and positions.
    config = XLMRobertaConfig(vocab_size=250_002, max_position_embeddings=514, num_labels=3)
    model = XLMRobertaForSequenceClassification(config).eval()
    read = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu", batch_size=8)
    texts = cut(tokenizer, posts, number, TOKENS)
    read(texts[:2], truncation=True, max_length=TOKENS)
    began = time.perf_counter()
    read(texts, truncation=True, max_length=TOKENS)
    seconds = time.perf_counter() - began
    return {"posts_per_second": round(number / seconds, 2), "peak_megabytes": peak(), "posts": number,
            "numbers": str(model.dtype).removeprefix("torch.")}  # fmt: skip


def peak() -> int:
    """Return the peak of this process's resident memory in megabytes.

    Not `ru_maxrss` where it can be helped: on Linux that of a child begins with what its parent held.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text("utf-8").partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
