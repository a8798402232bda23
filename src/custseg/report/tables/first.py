"""The segments as soon as they are known: what no study can change any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.engine.parquet import read_frame
from custseg.privacy.disclosure import rounded
from custseg.report.summary.silence import Silence
from custseg.report.tables.segments import definition, medians, on_terminal

if TYPE_CHECKING:
    from custseg.report.tables.disclosed import Disclosed
    from custseg.report.tables.table import Table

_MEDIANS: Final = ("recency_days", "frequency", "monetary")
_LATER: Final = ("orders", "measure_share", "buying_probability", "expected", "objective")
"""What the table has at the end of the run only: objectives rest on a forecast that is tested."""


def first_segments(workspace: Disclosed) -> list[Table]:
    """Lay out the segments from what `profile` gave; nothing where all customers are in one."""
    profiles = workspace.rows("profiles")
    if len(profiles) < 2:  # noqa: PLR2004  (one is no segment)
        return []
    figures = {
        (row["segment"], row["feature"]): row["median"]
        for row in workspace.rows("profile_features")
    }
    silence = _silence(workspace)
    rows = [
        _rounded(row, silence)
        | {name: figures.get((row["segment"], name)) for name in _MEDIANS}
        | dict.fromkeys(_LATER)
        for row in profiles
    ]
    money = any(row["monetary"] is not None for row in rows)
    laid_out = definition(rows, money=money, forecast=False)
    wording = workspace.wording
    title = wording.render("terminal.first", {"segments": len(rows)})
    notes = [medians(wording, money=money)]
    words = {"days": "", "measure": ""}
    return [on_terminal(laid_out, title, rows, notes, wording, words)]


def _silence(workspace: Disclosed) -> Silence:
    spend = read_frame(workspace.path("features"), ["customer_id", "monetary"])
    members = read_frame(workspace.path("segments"), ["customer_id", "segment"])
    return Silence.of(members.merge(spend, on="customer_id"), workspace.least)


def _rounded(row: dict[str, Any], silence: Silence) -> dict[str, Any]:
    """A segment's shares as the summary will have them: rounded where one customer has most."""
    share = row["revenue_share"]
    if row["segment"] in silence.dominated and share is not None:
        return row | {"revenue_share": rounded(share)}
    return row
