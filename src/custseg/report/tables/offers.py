"""What the commands about products and plans show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.definition import Definition
from custseg.report.tables.table import (
    Column,
    Table,
    decimals,
    exact_units,
    money,
    percent,
    text,
    whole,
)

if TYPE_CHECKING:
    from custseg.workspace.workspace import Workspace

_BUNDLES_SHOWN: Final = 20
LIST_TEST: Final = Definition(
    "backtest",
    (
        Column("date", "date"),
        Column("task", "task"),
        Column("method", "list"),
        Column("customers", "customers", whole, optional=True),
        Column("hit_rate", "hit", percent),
        Column("hit_rate_se", "± s.e.", percent),
        Column("ndcg", "NDCG", decimals(3), page=None),
        Column("ndcg_se", "± s.e.", decimals(3), page=None, workbook=None),
        Column("precision", "precision", percent, optional=True, page=None, workbook=None),
        Column("recall", "recall", percent, optional=True, page=None, workbook=None),
        Column("coverage", "of the catalogue", percent, optional=True, page=None, workbook=None),
    ),
    first={"page": ("date", "method"), "workbook": ("method", "date")},
    sheet_name="ListTest",
)
SHELVES: Final = Definition(
    "shelves",
    (
        Column("segment_name", "segment"),
        Column("list", "list"),
        Column("rank", "rank", whole),
        Column("product_id", "product"),
        Column("description", "description"),
        Column("buyers", "buyers", whole),
        Column("lift", "lift", decimals(2)),
    ),
)
PRODUCTS: Final = Definition(
    "products",
    (
        Column("segment_name", "segment"),
        Column("list", "list"),
        Column("rank", "no.", whole),
        Column("product_id", "code"),
        Column("description", "product"),
        Column("buyers", "buyers", whole),
        Column("buyer_share", "of the segment", percent),
        Column("lift", "times the share of all", decimals(1, times=True)),
        Column("revenue", "spend", money),
        Column("units", "units", exact_units),
    ),
    drops=frozenset({"workbook"}),
    sheet_name="Products",
)
"""In the workbook, those that segments spend most on and their shelves in one list."""
BUNDLES: Final = Definition(
    "bundles",
    (
        Column("rank", "rank", whole, page=None, workbook=None),
        Column("antecedent", "who orders"),
        Column("consequent", "also orders"),
        Column("confidence", "in", percent),
        Column("orders", "orders", whole),
        Column("customers", "customers", whole, optional=True),
        Column(
            "lift",
            "times chance",
            decimals(1),
            workbook=decimals(1, times=True),
        ),
        Column(
            "later_confidence",
            "lately in",
            percent,
            optional=True,
        ),
    ),
    first={
        "page": ("antecedent", "consequent", "orders", "customers"),
        "workbook": ("antecedent", "consequent", "orders", "customers"),
    },
    drops=frozenset({"page"}),
    sheet_name="Bundles",
)
PLANS: Final = Definition(
    "plans",
    (
        Column("segment_name", "segment"),
        Column("objective", "objective"),
        Column("because", "because"),
        Column("who", "who"),
        Column("message", "message"),
        Column("channel", "channel"),
        Column("offer", "offer"),
        Column("products", "products"),
        Column("timing", "timing"),
        Column("measure", "measure"),
    ),
)
"""On the page and in the workbook they are said in the shop's language."""


def recommend(workspace: Workspace) -> list[Table]:
    """How many have lists, and of what; never whose lists they are."""
    import pyarrow.parquet as pq

    from custseg.engine.parquet import require_table

    path = require_table(workspace.path("recommendations"))
    lists = pq.read_table(path, partitioning=None)
    counted = lists.group_by("list").aggregate(
        [
            ("customer_id", "count_distinct"),
            ("rank", "count"),
            ("product_id", "count_distinct"),
            ("because", "count"),
        ]
    )
    rows = [
        {
            "list": row["list"],
            "customers": row["customer_id_count_distinct"],
            "places": row["rank_count"],
            "products": row["product_id_count_distinct"],
            "popular": 1 - row["because_count"] / row["rank_count"],
        }
        for row in counted.sort_by("list").to_pylist()
    ]
    columns = (
        Column("list", "list"),
        Column("customers", "customers", whole),
        Column("places", "products listed", whole),
        Column("products", "of them different", whole),
        Column("popular", "filled by popularity", percent),
    )
    note = "the lists themselves, with reasons, are in recommendations.parquet"
    return [Table("recommendations", "Lists of products", columns, rows, [note])]


def backtest(workspace: Workspace) -> list[Table]:
    """How good each method's lists were, for everyone and by group."""
    from custseg.offers.backtest.methods import BUY_AGAIN, NEW_FOR_YOU, RECENT, SEGMENT

    rows = workspace.rows("backtest")
    everyone = [row for row in rows if row["segment"] == 0]
    everyone.sort(key=lambda row: (row["date"], row["task"], -row["ndcg"]))
    shown = {RECENT: "best-sellers", SEGMENT: "segment's", NEW_FOR_YOU: "new", BUY_AGAIN: "again"}
    groups: dict[tuple[str, str, int], dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault((row["date"], row["task"], row["segment"]), row | {})
        group[row["method"]] = row["hit_rate"]
    about = (
        "hits of recent best-sellers of the shop and of the segment, and of own lists, new for you "
        "and buy again; segments are those made at that date, not today's"
    )
    return [
        LIST_TEST.for_terminal(
            "What lists would have named of what customers bought next",
            everyone,
            [
                workspace.manifest().facts()["backtest_verdict"],
                "hit: share of customers who bought at least one product of their list",
                "for any product, lists may hold what was bought before",
            ],
        ),
        Table(
            "backtest_groups",
            "Hits by group of customers",
            (
                Column("date", "date", optional=True),
                Column("task", "task"),
                Column("customer_group", "customers", text),
                Column("customers", "number", whole, optional=True),
                *(Column(name, header, percent) for name, header in shown.items()),
            ),
            list(groups.values()),
            [about],
        ),
    ]


def shelves(workspace: Workspace) -> list[Table]:
    """The products of each segment's shelf."""
    rows = workspace.rows("shelves")
    distinctive = {row["segment"] for row in rows if row["list"] == "over_buys"}
    others = {row["segment"]: row["segment_name"] for row in rows}
    plain = [name for segment, name in others.items() if segment not in distinctive]
    notes = ["over_buys: more than other segments do, and more than chance explains"]
    if plain:
        notes.append(f"nothing distinctive is bought by: {', '.join(plain)}")
    return [SHELVES.for_terminal("Products", rows, notes if rows else ["no products known"])]


def playbook(workspace: Workspace) -> list[Table]:
    """The plan of each segment, and what all of them assume."""
    assumed = workspace.manifest().stages["playbook"].settings["playbook"]
    keys = ("gross_margin", "extra_orders", "letter_cost", "call_cost")
    assumptions = ", ".join(f"{key} {assumed[key]:g}" for key in keys)
    note = f"Assumed in [playbook] of custseg.toml: {assumptions}"
    return [PLANS.for_terminal("Plans", workspace.rows("plans"), [note])]


def bundles(workspace: Workspace) -> list[Table]:
    """The first bundles, and how those of some time ago have held up."""
    found = workspace.rows("bundles")
    about = (
        "in: share of the first's orders that hold the second; lately: in the last days, if found "
        "before them; times chance: among orders of the same size"
    )
    notes = [about, workspace.manifest().facts()["bundles_note"]]
    if len(found) > _BUNDLES_SHOWN:
        notes.append(f"the first {_BUNDLES_SHOWN} of {len(found):,}; all are in bundles.parquet")
    return [BUNDLES.for_terminal("Bundles", found[:_BUNDLES_SHOWN], notes)]
