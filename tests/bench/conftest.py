"""Shows the table of measurements when all are made."""

from __future__ import annotations

from bench_table import TABLE


def pytest_configure(config):
    config.stash[TABLE] = []


def pytest_terminal_summary(terminalreporter, config):
    if not config.stash[TABLE]:
        return
    terminalreporter.section("measured")
    head = ("what", "number", "", "seconds", "per second", "peak MB")
    terminalreporter.write_line("{:<44}{:>8} {:<8}{:>9}{:>12}{:>9}".format(*head))
    for what, number, unit, seconds, megabytes in config.stash[TABLE]:
        speed = f"{number / seconds:.1f}"
        terminalreporter.write_line(f"{what:<44}{number:>8} {unit:<8}{seconds:>9.1f}{speed:>12}{megabytes:>9.0f}")
