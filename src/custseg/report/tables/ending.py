"""The end of a run: the segments, what to do first, and where to read on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from custseg.report.summary.front import front
from custseg.report.tables.segments import ending_segments
from custseg.report.tables.table import Table, pairs
from custseg.words.language import words_in

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary


def actions(summary: Summary) -> list[dict[str, Any]]:
    """The actions of page one in figures, for JSON."""
    if summary.withheld:
        return []
    wording = words_in(summary.method.plan_language, summary.currency)
    return [
        {
            "action": one.title(wording),
            "segment": one.segment.segment,
            "aim": one.segment.plan.aim,
            "customers": one.segment.plan.listed,
            "send_on": one.segment.plan.send_on,
            "gain_low": one.segment.plan.gain_low,
            "gain_high": one.segment.plan.gain_high,
            "command": one.command,
        }
        for one in front(summary).first
    ]


def ending(summary: Summary, page: str, workspace: str) -> list[Table]:
    """Lay out what a run ends with.

    Parameters
    ----------
    summary
        What it found.
    page
        Where the report's page is.
    workspace
        The option that names the workspace, for commands to copy; empty for the usual one.
    """
    told = front(summary)
    wording = words_in(summary.method.plan_language, summary.currency)
    option = f" {workspace}" if workspace else ""
    lines: list[tuple[str, object]] = [
        (f"{place}. {one.title(wording)}", one.command + option)
        for place, one in enumerate(told.first, 1)
    ]
    headers = wording.render("terminal.action"), wording.render("terminal.command")
    table = pairs("actions", wording.render("page.actions"), lines, headers)
    read_on = wording.render("terminal.open", {"page": page})
    return [ending_segments(summary, wording), replace(table, commands=True, notes=[read_on])]
