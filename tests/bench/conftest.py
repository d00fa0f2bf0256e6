"""Shows the table of measurements when all are made."""

from __future__ import annotations

from bench_table import COVERAGE, GROWTH, TABLE


def pytest_configure(config):
    config.stash[TABLE], config.stash[COVERAGE], config.stash[GROWTH] = [], [], []


def pytest_terminal_summary(terminalreporter, config):
    _coverage(terminalreporter, config.stash[COVERAGE])
    _growth(terminalreporter, config.stash[GROWTH])
    if not config.stash[TABLE]:
        return
    terminalreporter.section("measured")
    head = ("what", "number", "", "seconds", "per second", "peak MB")
    terminalreporter.write_line("{:<44}{:>8} {:<8}{:>9}{:>12}{:>9}".format(*head))
    for what, number, unit, seconds, megabytes in config.stash[TABLE]:
        speed = f"{number / seconds:.1f}"
        terminalreporter.write_line(f"{what:<44}{number:>8} {unit:<8}{seconds:>9.1f}{speed:>12}{megabytes:>9.0f}")


def _coverage(terminalreporter, rows):
    if not rows:
        return
    terminalreporter.section("intervals of 90 %")
    terminalreporter.write_line(f"{'':<24}{'cells':>8}{'hold the truth':>20}{'mean width':>12}{'error':>8}")
    for name, kept in rows:
        held = f"{kept.held:.1%} ± {1.645 * kept.doubt:.1%}"
        terminalreporter.write_line(f"{name:<24}{kept.cells:>8}{held:>20}{kept.width:>12.2f}{kept.error:>8.2f}")


def _growth(terminalreporter, rows):
    if not rows:
        return
    terminalreporter.section("growth: seconds of the clock (of the processor)")
    for name in rows[0]:
        shown = (f"{v[0]:.2f} ({v[1]:.2f})" if isinstance(v, tuple) else f"{v:,.0f}" for v in (r[name] for r in rows))
        terminalreporter.write_line(f"{name:<20}" + "".join(f"{value:>20}" for value in shown))
