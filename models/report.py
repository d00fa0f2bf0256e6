"""Writes REPORT.md from what `senim evaluate` found: every table says what it counts, of how many, and how sure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from models import explanations as said
from models.intervals import FEW
from models.pictures import METHODS, Picture, pictures

Draw = Callable[[Picture], str]  # -> SVG
Found = Mapping[str, Any]
MAIN = ("about_f1", "stance_macro_f1", "reasons_micro_f1")
NAMES = {
    "about_f1": "about law enforcement, F1",
    "about_accuracy": "about law enforcement, accuracy",
    "stance_macro_f1": "stance, macro-F1 of three classes",
    "stance_accuracy": "stance, accuracy",
    "reasons_micro_f1": "reasons, micro-F1",
    "reasons_macro_f1": "reasons, macro-F1",
    "evidence_character_f1": "evidence, character F1, where the reason was right",
    "evidence_token_f1": "evidence, word F1, where the reason was right",
    "evidence_token_f1_of_all": "evidence, word F1, a missed reason counted as 0",
}


def write(file: Path, found: Found, draw: Draw) -> list[Path]:
    """Write the report and, beside it, its pictures as NAME-PICTURE.svg; returns the files.

    `found` is what the command prints; parts that were not measured (speed, baselines, public tests) are left out.
    """
    drawn = [(p, file.with_name(f"{file.stem.lower()}-{p.name}.svg")) for p in pictures(found)]
    for picture, path in drawn:
        path.write_text(draw(picture), "utf-8")
    shown = {p.name: f"![{p.title}: {p.note}]({path.name})\n" for p, path in drawn}
    parts = [_opening(found), _parts(found), _difficulties(found), _noise(found, shown), _certainty(found, shown)]
    parts += [_mistakes(found), _baselines(found, shown), _public(found), _speed(found)]
    file.write_text("\n".join(p for p in parts if p), "utf-8")
    return [file, *(path for _, path in drawn)]


def _opening(found: Found) -> str:
    own, everything = found["own_test"], found["all"]
    figures = _table(("figure", "n", "value", "90 %"), (
        (NAMES[name], v["n"], *_value(v)) for name, v in everything.items()
    ))  # fmt: skip
    by_language = found["reasons_by_language"]
    languages = sorted({lang for row in by_language.values() for lang in row})
    reasons = _table(("reason", "n", "precision", "recall", "F1", *(f"F1 {lang} (n)" for lang in languages)), (
        (f"`{code}`", v["n"], _two(v["precision"]), _two(v["recall"]), _two(v["f1"]),
         *(_counted(by_language[code][lang]) for lang in languages))
        for code, v in own["reasons"].items()
    ))  # fmt: skip
    return _fill(said.OPENING, name=found["model"], posts=own["posts"], abstained=own["abstained"],
                 figures=figures, reasons=reasons)  # fmt: skip


def _parts(found: Found) -> str:
    header = ("", "posts", "about F1", "stance macro-F1", "reasons micro-F1", "reasons macro-F1", "evidence word F1")
    columns = (*MAIN, "reasons_macro_f1", "evidence_token_f1")
    tables = []
    for group, parts in found["parts"].items():
        shown = {name: v for name, v in parts.items() if v["posts"] >= FEW or group in said.ALL_PARTS}
        rows = ((name, v["posts"], *(_with_ends(v[c]) for c in columns)) for name, v in shown.items())
        hidden = "" if len(shown) == len(parts) else f" (those of {FEW} posts and more; the others are in the JSON)"
        tables.append(f"By {group}{hidden}:\n\n{_table((group, *header[1:]), rows)}")
    return _fill(said.PARTS, tables="\n".join(tables))


def _difficulties(found: Found) -> str:
    columns = ("about_accuracy", "stance_accuracy", "stance_macro_f1", "reasons_micro_f1")
    header = ("difficulty", "posts", "about accuracy", "stance accuracy", "stance macro-F1", "reasons micro-F1")
    table = _table(header, (
        (name.replace("_", " "), v["posts"], *(_with_ends(v[c]) for c in columns))
        for name, v in found["slices"].items()
    ))  # fmt: skip
    pairs = found["pairs"]
    kinds = ", ".join(f"{k.replace('_', ' ')} {v['right']} of {v['pairs']}" for k, v in pairs["by_kind"].items())
    text = _fill(said.DIFFICULTIES, table=table)
    if pairs["stance"]["n"]:
        text += _fill(said.PAIRS, n=pairs["stance"]["n"], stance=_with_ends(pairs["stance"]),
                      wholly=_with_ends(pairs["wholly"]), kinds=kinds)  # fmt: skip
    return text


def _noise(found: Found, shown: Mapping[str, str]) -> str:
    rows = (
        (kind.replace("_", " "), v["posts"], *(cell for c in MAIN for cell in _moved(v[c])))
        for kind, v in found["robustness"].items()
    )
    header = ("typed", "posts", "about F1", "difference", "stance macro-F1", "difference", "reasons micro-F1",
              "difference")  # fmt: skip
    return _fill(said.NOISE, table=_table(header, rows), picture=shown.get("robustness", ""))


def _certainty(found: Found, shown: Mapping[str, str]) -> str:
    c, curve = found["calibration"], found["calibration"]["risk_coverage"]
    if not curve["n"]:
        return ""
    rows = [("stance", c["stance"]), *((f"stance, {k}", v) for k, v in c["stance_by_language"].items()),
            ("about", c["about"])]  # fmt: skip
    table = _table(("answer", "n", "calibration error", "by chance alone"), (
        (name, f"{v['n']}{_few(v)}", f"{v['ece']:.3f}", f"{v['ece_by_chance']:.3f}") for name, v in rows
    ))  # fmt: skip
    at = {round(share, 1): min(curve["curve"], key=lambda p: abs(p["coverage"] - share)) for share in (0.5, 0.8, 1.0)}
    risks = ", ".join(f"{p['risk']:.1%} of the surest {share:.0%}" for share, p in at.items())
    return _fill(said.CERTAINTY, table=table, n=curve["n"], aurc=f"{curve['aurc']:.3f}", risks=risks,
                 best=f"{curve['aurc_of_perfect_order']:.3f}", abstained=curve["abstained"],
                 pictures=shown.get("reliability", "") + shown.get("risk", ""))  # fmt: skip


def _mistakes(found: Found) -> str:
    matrix = found["stance_matrix"]
    columns = list(next(iter(matrix.values())))
    table = _table(("labelled \\ answered", *columns), ((row, *counts.values()) for row, counts in matrix.items()))
    confused = _table(("labelled and missed", "answered and not labelled", "posts"), (
        (f"`{p['labelled']}`", f"`{p['said']}`", p["posts"]) for p in found["reasons_confused"]
    ))  # fmt: skip
    return _fill(said.MISTAKES, table=table, confused=confused)


def _baselines(found: Found, shown: Mapping[str, str]) -> str:
    if not found.get("baselines"):
        return ""
    columns = (*MAIN, "reasons_macro_f1")
    methods = {found["model"]: found["all"] | {"what": "this model"}} | found["baselines"]
    table = _table(("method", "what it is", "about F1", "stance macro-F1", "reasons micro-F1", "reasons macro-F1"), (
        (METHODS.get(name, name), v["what"], *(_with_ends(v[c]) for c in columns)) for name, v in methods.items()
    ))  # fmt: skip
    return _fill(said.BASELINES, table=table, picture=shown.get("baselines", ""))


def _public(found: Found) -> str:
    if "public" not in found:
        return ""
    simple = found.get("public_baselines", {})
    rows = []
    for name, v in found["public"].items():
        if name == "threshold":
            continue
        metric, _, anchor = v["anchor"].partition("; ")
        also = ", ".join(f"{k} {_three(x)}" for k, x in v["also"].items())
        cell = (_three(simple[name]),) if name in simple else ("",)
        rows.append((name, v["n"], metric, f"{_three(v['value'])} ({_three(v['low'])}–{_three(v['high'])})",
                     also, *(cell if simple else ()), anchor))  # fmt: skip
    columns = ("TF-IDF + regression",) if simple else ()
    header = ("test", "n", "metric", "value (90 %)", "also", *columns, "published")
    return _fill(said.PUBLIC, table=_table(header, rows), threshold=_two(found["public"]["threshold"]["value"]))


def _speed(found: Found) -> str:
    if "speed" not in found:
        return ""
    v = found["speed"]
    text = _fill(said.SPEED, **{k: v[k] for k in ("posts_per_second", "peak_megabytes", "threads", "tokens", "posts",
                                                 "numbers", "processor")})  # fmt: skip
    if "compared" in v:
        text += _fill(said.COMPARED, times=v["times_as_fast"], slow=v["compared"]["posts_per_second"],
                      memory=v["compared"]["peak_megabytes"], numbers=v["compared"]["numbers"])  # fmt: skip
    return text


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _fill(text: str, **values: Any) -> str:  # noqa: ANN401 - whatever can be written
    return Template(text).substitute(values)


def _few(v: Found) -> str:
    return " †" if v.get("few") else ""


def _value(v: Found) -> tuple[str, str]:
    return (f"{_two(v['value'])}{_few(v)}", f"{_two(v['low'])}–{_two(v['high'])}") if "value" in v else ("–", "–")


def _with_ends(v: Found) -> str:
    """Return "0.71 (0.62–0.80; 53)" or, with few, the same marked by a dagger."""
    return f"{_two(v['value'])} ({_two(v['low'])}–{_two(v['high'])}; {v['n']}){_few(v)}" if "value" in v else "–"


def _moved(v: Found) -> tuple[str, str]:
    if "value" not in v:
        return "–", "–"
    value, low, high = (f"{round(100 * v[k]):+d}" if round(100 * v[k]) else "0" for k in ("value", "low", "high"))
    return f"{_two(v['before'])} → {_two(v['after'])}", f"{value} ({low} … {high}){_few(v)}"


def _counted(v: Found) -> str:
    return f"{_two(v['f1'])} ({v['n']}){'' if v['n'] >= FEW else ' †'}" if v["n"] else "–"


def _two(value: float) -> str:
    return f"{value:.2f}"


def _three(value: float) -> str:
    return f"{value:.3f}"
