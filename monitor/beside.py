"""Says what stands beside a balance: the corrected one, other weights, the share of all, and what is missing."""

from __future__ import annotations

from monitor.records import Cell
from monitor.wording import Wording

FULL = 0.95  # of the usual sources: below it a week is marked


def lines(cell: Cell | None, wording: Wording) -> list[str]:
    """Return sentences about a cell that is shown, in order; none where nothing more is known."""
    if cell is None or cell.net is None:
        return []
    found = []
    if cell.corrected is not None and cell.corrected_low is not None and cell.corrected_high is not None:
        ends = {"low": wording.signed(cell.corrected_low), "high": wording.signed(cell.corrected_high)}
        found.append(wording.say("corrected_line", net=wording.signed(cell.corrected), **ends))
    if cell.net_stories is not None and cell.net_sources is not None:
        sources = wording.count("sources_n", cell.independent)
        nets = {"stories": wording.signed(cell.net_stories), "own": wording.signed(cell.net_sources)}
        found.append(wording.say("weights_line", sources=sources, **nets))
    if cell.collected is not None:
        found.append(wording.say("collected_line", share=wording.percent(cell.collected, 1)))
    if cell.coverage is not None and cell.coverage < FULL:
        found.append(wording.say("coverage_line", share=wording.percent(cell.coverage)))
    return found
