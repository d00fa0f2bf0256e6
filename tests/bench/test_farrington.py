"""Our rules beside farringtonFlexible of the R package surveillance, on the same invented years and shifts.

Wants R with that package (Debian: r-cran-surveillance). The R law watches each cell by itself, with three years of
history; its bounds are those of the quiet year, which is exact: it leaves out the last 26 weeks, in which every shift
lies. SENIM_YEARS says how many years, else 1; an R year takes a minute and a half.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from monitor import settings
from monitor.replay import play
from monitor.simulation import World

SCRIPT = Path(__file__).with_name("farrington.R")
HISTORY = 162  # weeks: three years, and the half window before them
ALPHAS = (0.01, 0.005, 0.001)  # that of the package's papers, Noufaily's, and one for a hundred cells


def missing():
    """Say why R cannot be asked, or nothing."""
    if not shutil.which("Rscript"):
        return "needs Rscript"
    asked = subprocess.run(["Rscript", "-e", "library(surveillance)"], capture_output=True, check=False)
    return "needs the R package surveillance" if asked.returncode else ""


pytestmark = [pytest.mark.timeout(7200), pytest.mark.skipif(bool(MISSING := missing()), reason=MISSING)]


def flexible(alpha, folder):
    """Return farringtonFlexible at `alpha` as a method."""
    bounds = {}

    def ring(course, number, past):
        quiet = course.base or course
        keys, totals, _ = quiet.totals
        if id(quiet) not in bounds:
            counts, found = folder / f"{id(quiet)}.csv", folder / f"{id(quiet)}-{alpha}.csv"
            np.savetxt(counts, totals.T, fmt="%d", delimiter=",")
            subprocess.run(["Rscript", SCRIPT, counts, found, str(HISTORY + 1), str(alpha)], check=True)
            bounds[id(quiet)] = np.nan_to_num(np.genfromtxt(found, delimiter=","), nan=np.inf)
        now = course.totals[1][:, number]
        loud = now > bounds[id(quiet)][number - HISTORY]
        return {key for key, rings in zip(keys, loud, strict=True) if rings}, ()

    return ring


def test_beside_farrington_flexible(tmp_path, pytestconfig, capsys):
    years = int(os.environ.get("SENIM_YEARS", "1"))
    rules = settings.load(pytestconfig.rootpath).rules
    beside = {f"farringtonFlexible, alpha {alpha}": flexible(alpha, tmp_path) for alpha in ALPHAS}
    scores = play(World(history=HISTORY), rules, years=years, trials=60 * years, beside=beside)
    with capsys.disabled():
        sys.stdout.write(f"\n{years} years, {scores[0].cells} cells; shifts found by week 1 / 2 / 4\n")
        for score in scores:
            found = "  ".join(
                f"x{f.factor:g} {'>=' if f.large else '<'}10 {f.first:.2f}/{f.second:.2f}/{f.fourth:.2f}"
                for f in score.found
            )
            sys.stdout.write(f"{score.method:34}{score.a_week:6.2f} false a week  {found}\n")
    ours, *others = scores
    assert ours.a_week <= 1
    assert all(score.a_week >= ours.a_week for score in others if "0.01" in score.method)
