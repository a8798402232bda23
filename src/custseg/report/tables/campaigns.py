"""What `custseg campaign` shows, and the report: how campaigns fare, and what an aim's tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts.campaigns import MEASURES, SEVERAL
from custseg.offers.campaigns.words import pool_sentence, sentence
from custseg.report.tables.definition import Definition, rows_of
from custseg.report.tables.table import Column, Table, decimals, exact_money, money, pairs, whole
from custseg.words.figures import TEXT, percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.report.summary.campaigns import CampaignOutcome, CampaignPool
    from custseg.report.tables.definition import Row
    from custseg.report.tables.disclosed import Disclosed

_POINTS: Final = decimals(1, signed=True)
CAMPAIGNS: Final = Definition(
    "campaigns",
    (
        Column("campaign", "campaign"),
        Column("aim", "aim", optional=True),
        Column("segments", "segments", optional=True, page=None),
        Column("sent", "sent"),
        Column("along", "day"),
        Column("listed", "list", whole),
        Column("control", "control", whole),
        Column("points", "points more ordered", _POINTS),
        Column("points_low", "from", _POINTS),
        Column("points_high", "to", _POINTS),
        Column("offer_cost", "offer's cost each", exact_money, optional=True, page=None),
        Column("gain", "margin less cost", money),
        Column("gain_low", "from", money, optional=True),
        Column("gain_high", "to", money, optional=True),
        Column("said", "result"),
        Column("overlaps", "overlaps with", optional=True, page=None),
    ),
    drops=frozenset({"terminal", "page", "workbook"}),
    sheet_name="CampaignLedger",
)
CAMPAIGN_POOLS: Final = Definition(
    "campaign_pools",
    (
        Column("aim", "aim"),
        Column("tries", "campaigns", whole),
        Column("pooled", "counted", whole),
        Column("customers", "customers", whole, optional=True),
        Column("points", "points more ordered", _POINTS),
        Column("points_low", "from", _POINTS),
        Column("points_high", "to", _POINTS),
        Column("margin_effect", "margin per customer", money),
        Column("margin_low", "from", money, optional=True),
        Column("margin_high", "to", money, optional=True),
        Column("verdict", "result"),
    ),
    drops=frozenset({"terminal", "page", "workbook"}),
)
CAMPAIGN_RESULT: Final = Definition(
    "measures",
    (
        Column("measure", "per customer"),
        Column("list", "list", money),
        Column("control", "control", money),
        Column("effect", "difference", money),
        Column("low", "from", money),
        Column("high", "to", money),
    ),
)
_MEANS: Final = {
    "share": "who ordered, per cent",
    "orders": "orders",
    "revenue": "revenue",
    "margin": "margin",
}
_HUNDRED: Final = 100


def campaign_rows(found: Iterable[CampaignOutcome]) -> list[Row]:
    """Campaigns as rows of `CAMPAIGNS`."""
    return [_row(row) for row in rows_of(found)]


def pool_rows(found: Iterable[CampaignPool]) -> list[Row]:
    """Aims as rows of `CAMPAIGN_POOLS`."""
    return [_pool(row) for row in rows_of(found)]


def campaigns(workspace: Disclosed) -> list[Table]:
    """Every campaign, and what those of each aim tell together."""
    rows = workspace.rows("campaigns")
    notes = [f"{row['campaign']}: {sentence(row)}" for row in rows]
    if not rows:
        notes.append(
            "No campaign is registered: custseg export --segment … --holdout 10% --campaign NAME"
        )
    tables = [CAMPAIGNS.for_terminal("Campaigns", [_row(row) for row in rows], notes)]
    if pools := workspace.rows("campaign_pools"):
        said = [f"{_words(row['aim'])}: {pool_sentence(row)}" for row in pools]
        title = "What the campaigns of each aim tell together"
        tables.append(CAMPAIGN_POOLS.for_terminal(title, [_pool(row) for row in pools], said))
    return tables


def campaign_result(row: Row) -> Table:
    """What a campaign brought, measure by measure."""
    rows = [_measure(row, measure) for measure in MEASURES if row[f"{measure}_effect"] is not None]
    notes = [sentence(row)]
    if rows:
        notes.append("from, to: the 95 % interval of the difference, by intention to treat")
    if row["adjusted"]:
        shorter = row["narrower"]
        by = f": interval {percent(shorter)} shorter" if shorter and shorter > 0 else ""
        notes.append(f"adjusted by what was known before the campaign{by}")
    return CAMPAIGN_RESULT.for_terminal(f"Campaign {row['campaign']}", rows, notes)


def campaign_facts(row: Row) -> dict[str, Any]:
    """A campaign as JSON has it."""
    return dict(row) | {"sentence": sentence(row)}


def campaign_shown(row: Row) -> Table:
    """How a campaign was registered."""
    told: list[tuple[str, object]] = [
        ("aim", _words(row["aim"])),
        ("segments", row["segments"]),
        ("list of", row["as_of"]),
        ("measured", f"{row['horizon_days']} days from {row['sent']}"),
        ("state", f"{row['state']}, day {row['day']}"),
        ("on the list", row["listed"]),
        ("left alone", row["control"]),
        ("compared with", _COMPARED[row["control_kind"]]),
        ("offer's cost", f"{TEXT.money(row['offer_cost'], '', 2)} for each customer on the list"),
        ("consent", row["consent"]),
        ("overlaps with", row["overlaps"] or "none"),
    ]
    return pairs("facts", f"Campaign {row['campaign']}", told)


_COMPARED: Final = {
    "own": "a control group of its own",
    "shop-wide": "customers held out of every list",
    "none": "nobody: it can't be measured",
}


def _measure(row: Row, measure: str) -> Row:
    times = _HUNDRED if measure == "share" else 1
    return {"measure": _MEANS[measure]} | {
        name: None if (value := row[f"{measure}_{name}"]) is None else times * value
        for name in ("list", "control", "effect", "low", "high")
    }


def _row(row: Row) -> Row:
    return (
        row
        | _points(row, ("share_effect", "share_low", "share_high"))
        | {
            "aim": _words(row["aim"]),
            "along": f"{row['day']} of {row['horizon_days']}",
            "said": row["state"] if row["verdict"] == "none yet" else row["verdict"],
            "overlaps": row["overlaps"] or None,
        }
    )


def _pool(row: Row) -> Row:
    return row | _points(row, ("effect", "low", "high")) | {"aim": _words(row["aim"])}


def _points(row: Row, names: tuple[str, str, str]) -> Row:
    return {
        key: None if row[name] is None else _HUNDRED * row[name]
        for key, name in zip(("points", "points_low", "points_high"), names, strict=True)
    }


def _words(aim: str) -> str:
    return "several aims" if aim == SEVERAL else aim.replace("_", " ")
