"""What `custseg inventory` shows."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.definition import Definition
from custseg.report.tables.table import Column, Table, decimals, mark, percent, whole

if TYPE_CHECKING:
    from custseg.workspace.workspace import Workspace

_TOP: Final = 5
UNITS_TEST: Final = Definition(
    "inventory_backtest",
    (
        Column("cut_off", "as of"),
        Column("method", "method"),
        Column("chosen", "used", mark),
        Column("rows", "products", whole, page=None, workbook=None),
        Column("units_expected", "units expected", whole),
        Column("units_came", "came", whole),
        Column("wape", "off by", percent),
        Column("bias", "total", percent, page=None, workbook=None),
        Column("held", "bands held", percent, page=None, workbook=None),
    ),
    first={
        "page": ("cut_off", "method", "units_expected", "units_came", "wape"),
        "workbook": ("method",),
    },
    sheet_name="UnitsTest",
)


def units_needed(*, season: bool = False) -> Definition:
    """Define the table of units that segments are likely to need."""
    return Definition(
        "inventory",
        (
            Column("segment_name", "segment"),
            Column("product_id", "product"),
            Column("description", "description"),
            Column("days", "days ahead", whole, terminal=False, page=None),
            Column("units_recent", "lately", whole),
            *[Column("season_factor", "season", decimals(2), None, None, optional=True)] * season,
            Column("units_expected", "expected", whole),
            Column("units_low", "from", whole),
            Column("units_high", "to", whole),
        ),
        drops=frozenset({"page"}),
        keeps=frozenset({"description"}),
        sheet_name="UnitsNeeded",
    )


def inventory(workspace: Workspace) -> list[Table]:
    """The first products of each segment with the units they need, and the back-test."""
    rows = workspace.rows("inventory")
    season = any(row["season_factor"] is not None for row in rows)
    days = rows[0]["days"] if rows else 0
    about = (
        f"of each segment's shelf the {_TOP} products of which it is likely to need most units in "
        f"{days} days; lately: in the {days} days before; from, to: an 80 % band"
    )
    every = f"all {len(rows):,} products of shelves are in inventory.parquet"
    anonymous = "orders without a customer are not in it: the shop needs more than its segments do"
    sentence = workspace.manifest().facts()["inventory_note"]
    tables = [
        units_needed(season=season).for_terminal(
            "Units likely to be needed",
            [row for segment in _by_segment(rows) for row in segment[:_TOP]],
            [about, every, anonymous, sentence] if rows else [sentence],
        )
    ]
    tested = workspace.rows("inventory_backtest")
    if tested:
        about = (
            "off by: per product, of the units that came (WAPE); total: expected / came - 1; bands "
            "held: share of outcomes in the 80 % band that the other dates' errors give"
        )
        tables.append(UNITS_TEST.for_terminal("Back-test", tested, [about]))
    return tables


def _by_segment(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Each segment's products, that of which most units are expected first."""
    return [
        sorted(segment, key=lambda row: (-row["units_expected"], row["product_id"]))
        for _, segment in groupby(rows, itemgetter("segment"))
    ]
