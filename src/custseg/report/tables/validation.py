"""What `custseg rfm` and `custseg validate` show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.definition import Definition
from custseg.report.tables.table import (
    Column,
    Table,
    decimals,
    money,
    percent,
    whole,
)

if TYPE_CHECKING:
    from custseg.workspace.workspace import Workspace


VALIDATION: Final = Definition(
    "validation",
    (
        Column("date", "date"),
        Column("method", "told apart by"),
        Column("segments", "groups", whole, page=None),
        Column("customers", "customers", whole, optional=True),
        Column("r2", "R²", decimals(3), percent),
        Column("r2_se", "± s.e.", decimals(3), percent),
        Column("auc", "AUC", decimals(3)),
        Column("auc_se", "± s.e.", decimals(3), optional=True),
        Column("share_of_ceiling", "of the ceiling", percent, page=None, workbook=None),
        Column("lead", "segments' lead", decimals(3), page=None, workbook=None),
        Column("lead_se", "± s.e.", decimals(3), page=None, workbook=None),
    ),
    first={"workbook": ("method",)},
    sheet_name="Validation",
)
VALIDATION_SEGMENTS: Final = Definition(
    "validation_segments",
    (
        Column("date", "date"),
        Column("segment", "no.", whole, optional=True),
        Column("segment_name", "segment"),
        Column("customers", "customers", whole),
        Column("buying_rate", "bought", percent),
        Column("buying_rate_low", "from", percent),
        Column("buying_rate_high", "to", percent),
        Column("expected_rate", "expected then", percent, optional=True),
        Column("recency_days", "days since order", whole, optional=True),
        Column("mean_spend", "mean spend", money),
        Column("mean_spend_low", "from", money, optional=True),
        Column("mean_spend_high", "to", money, optional=True),
    ),
    drops=frozenset({"terminal"}),
)
RFM_RULES: Final = Definition(
    "rfm_rules",
    (
        Column("rfm_segment", "RFM segment"),
        Column("meaning", "meaning", optional=True),
        Column("rule", "rule"),
        Column("customers", "customers", whole),
        Column("customer_share", "share", percent),
        Column("revenue", "revenue", money, optional=True),
        Column("revenue_share", "of revenue", percent),
    ),
    drops=frozenset({"terminal"}),
)
RFM_SCORES: Final = Definition(
    "rfm_scores",
    (
        Column("feature", "feature"),
        Column("score", "score", whole),
        Column("above", "above", money),
        Column("up_to", "up to", money),
        Column("customers", "customers", whole),
    ),
)


def rfm(workspace: Workspace) -> list[Table]:
    """The classical RFM segments, the limits of their scores, and how they meet the segments."""
    rules = workspace.rows("rfm_rules")
    crosstab = workspace.rows("rfm_crosstab")
    names = {row["segment"]: row["segment_name"] for row in crosstab}
    met: dict[str, dict[str, Any]] = {
        row["rfm_segment"]: {"rfm_segment": row["rfm_segment"]}
        | {f"segment_{number}": 0 for number in names}
        for row in rules
    }
    for row in crosstab:
        met[row["rfm_segment"]][f"segment_{row['segment']}"] = row["customers"]
    scores = "R: recency score (days since the last order); "
    scores += (
        "FM: mean of the other two scores"
        if workspace.manifest().facts()["money"]
        else "F: frequency score; there is no monetary score, as the orders have no amounts"
    )
    columns = (
        Column("rfm_segment", "RFM segment"),
        *(Column(f"segment_{number}", name, whole) for number, name in names.items()),
    )
    title = "Customers by RFM segment and segment"
    return [
        RFM_RULES.for_terminal("Classical RFM segments", rules, [scores]),
        RFM_SCORES.for_terminal("Limits of the scores", workspace.rows("rfm_scores")),
        Table("rfm_crosstab", title, columns, list(met.values())),
    ]


def validate(workspace: Workspace) -> list[Table]:
    """The power of each method, and what each segment did."""
    methods = sorted(workspace.rows("validation"), key=lambda row: (row["date"], -row["r2"]))
    sentence = workspace.manifest().facts()["validation_verdict"]
    segments = workspace.rows("validation_segments")
    notes = ["numbers and names are those of segments made at that date, not today's"]
    money_known = workspace.manifest().facts()["money"]
    notes.append(
        "from, to: 95 % intervals"
        + ("; spend: per customer, whether they bought or not" if money_known else "")
    )
    return [
        VALIDATION.for_terminal("What foretold the days after", methods, [sentence]),
        VALIDATION_SEGMENTS.for_terminal(
            "What the segments did in the days after", segments, notes
        ),
    ]
