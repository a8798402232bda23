"""What `custseg campaign` shows, and the workbook: how campaigns fare, and what an aim's tell."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts.campaigns import MEASURES
from custseg.report.summary.campaigns import aim_name, overlap_sentence, pool_sentence, sentence
from custseg.report.tables.definition import Definition
from custseg.report.tables.table import Column, Table, decimals, exact_money, money, pairs, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.report.tables.definition import Row
    from custseg.report.tables.disclosed import Disclosed
    from custseg.words.language import Wording

_POINTS: Final = decimals(1, signed=True)
_CAMPAIGNS: Final = Definition(
    "campaigns",
    (
        Column("campaign"),
        Column("aim", optional=True),
        Column("segments", optional=True),
        Column("sent"),
        Column("along"),
        Column("listed", format=whole),
        Column("control", format=whole),
        Column("points", format=_POINTS),
        Column("points_low", format=_POINTS),
        Column("points_high", format=_POINTS),
        Column("offer_cost", format=money, workbook=exact_money, optional=True),
        Column("gain", format=money, optional=True),
        Column("gain_low", format=money, optional=True),
        Column("gain_high", format=money, optional=True),
        Column("said"),
        Column("overlaps", optional=True),
    ),
    drops=frozenset({"terminal", "workbook"}),
    sheet_name="CampaignLedger",
)
_POOLS: Final = Definition(
    "campaign_pools",
    (
        Column("aim"),
        Column("tries", format=whole),
        Column("pooled", format=whole),
        Column("customers", format=whole, optional=True),
        Column("points", format=_POINTS),
        Column("points_low", format=_POINTS),
        Column("points_high", format=_POINTS),
        Column("margin_effect", format=money, optional=True),
        Column("margin_low", format=money, optional=True),
        Column("margin_high", format=money, optional=True),
        Column("verdict"),
    ),
    drops=frozenset({"terminal", "workbook"}),
)
_RESULT: Final = Definition(
    "measures",
    (
        Column("measure"),
        Column("list", format=exact_money),
        Column("control", format=exact_money),
        Column("effect", format=exact_money),
        Column("low", format=exact_money),
        Column("high", format=exact_money),
    ),
)
_HUNDRED: Final = 100


def ledger(found: Iterable[Row], wording: Wording) -> tuple[Definition, list[Row]]:
    """Return the table of all campaigns in a language, and its rows."""
    headed = _CAMPAIGNS.headed(wording.texts("campaign.columns"))
    return headed, [_row(row, wording) for row in found]


def pools(found: Iterable[Row], wording: Wording) -> tuple[Definition, list[Row]]:
    """Return the table of what each aim's campaigns tell together, and its rows."""
    headed = _POOLS.headed(wording.texts("campaign.pool_columns"))
    return headed, [_pool(row, wording) for row in found]


def told(found: Iterable[Row], wording: Wording) -> list[str]:
    """Say what each campaign brought, and whose lists share customers with it."""
    said = [(sentence(row, wording), overlap_sentence(row, wording)) for row in found]
    return [one for both in said for one in both if one]


def campaigns(workspace: Disclosed) -> list[Table]:
    """Every campaign, and what those of each aim tell together."""
    wording = workspace.wording

    def lay(title: str, table: tuple[Definition, list[Row]], notes: list[str]) -> Table:
        definition, rows = table
        title = wording.render(f"campaign.{title}")
        return definition.for_terminal(title, rows, notes, wording=wording)

    found, tried = workspace.rows("campaigns"), workspace.rows("campaign_pools")
    notes = told(found, wording) or [wording.render("campaign.register")]
    tables = [lay("title", ledger(found, wording), notes)]
    if tried:
        said = [pool_sentence(row, wording) for row in tried]
        tables.append(lay("pools", pools(tried, wording), said))
    return tables


def campaign_result(row: Row, wording: Wording) -> Table:
    """What a campaign brought, measure by measure."""
    rows = [
        _measure(row, measure, wording)
        for measure in MEASURES
        if row[f"{measure}_effect"] is not None
    ]
    notes = told([row], wording)
    if rows:
        notes.append(wording.render("campaign.interval"))
    if row["adjusted"]:
        shorter = row["narrower"] if row["narrower"] and row["narrower"] > 0 else None
        notes.append(wording.render("campaign.adjusted", {"shorter": shorter}))
    headed = _RESULT.headed(wording.texts("campaign.measure_columns"))
    return headed.for_terminal(_title(row, wording), rows, notes, wording=wording)


def campaign_facts(row: Row, wording: Wording) -> dict[str, Any]:
    """A campaign as JSON has it."""
    return dict(row) | {"sentence": " ".join(told([row], wording))}


def campaign_shown(row: Row, wording: Wording) -> Table:
    """How a campaign was registered."""
    consent, _, reason = row["consent"].partition(": ")
    sent, state = _day(row["sent"], wording), wording.texts("campaign.results")[row["state"]]
    facts: dict[str, object] = {
        "aim": aim_name(row["aim"], wording),
        "segments": row["segments"],
        "as_of": _day(row["as_of"], wording),
        "measured": wording.render(
            "campaign.told.measured", {"days": row["horizon_days"], "sent": sent}
        ),
        "state": wording.render("campaign.told.state", {"state": state, "day": row["day"]}),
        "listed": wording.number(row["listed"]),
        "control": wording.number(row["control"]),
        "compared": wording.render(f"campaign.compared.{row['control_kind']}"),
        "offer_cost": wording.money(row["offer_cost"]),
        "consent": wording.render(f"campaign.consent.{consent}", {"reason": reason}),
        "overlaps": row["overlaps"] or wording.render("campaign.told.nothing"),
    }
    names = wording.texts("campaign.facts")
    listed = [(names[key], value) for key, value in facts.items()]
    return pairs("facts", _title(row, wording), listed)


def _title(row: Row, wording: Wording) -> str:
    return wording.render("campaign.one", {"name": row["campaign"]})


def _measure(row: Row, measure: str, wording: Wording) -> Row:
    times = _HUNDRED if measure == "share" else 1
    name = wording.render(f"campaign.measures.{measure}", {"currency": wording.currency})
    return {"measure": name} | {
        part: None if (value := row[f"{measure}_{part}"]) is None else times * value
        for part in ("list", "control", "effect", "low", "high")
    }


def _row(row: Row, wording: Wording) -> Row:
    result = row["state"] if row["verdict"] == "none yet" else row["verdict"]
    along = {"day": row["day"], "days": row["horizon_days"]}
    return (
        row
        | _points(row, ("share_effect", "share_low", "share_high"))
        | {
            "aim": aim_name(row["aim"], wording),
            "sent": _day(row["sent"], wording),
            "along": wording.render("campaign.along", along),
            "said": wording.texts("campaign.results")[result],
            "overlaps": row["overlaps"] or None,
        }
    )


def _pool(row: Row, wording: Wording) -> Row:
    named = {
        "aim": aim_name(row["aim"], wording),
        "verdict": wording.texts("campaign.results")[row["verdict"]],
    }
    return row | _points(row, ("effect", "low", "high")) | named


def _points(row: Row, names: tuple[str, str, str]) -> Row:
    return {
        key: None if row[name] is None else _HUNDRED * row[name]
        for key, name in zip(("points", "points_low", "points_high"), names, strict=True)
    }


def _day(iso: str, wording: Wording) -> str:
    return wording.written_date(date.fromisoformat(iso), "chart")
