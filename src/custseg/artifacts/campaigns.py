"""Campaigns: who was on the list and who was not, and what the difference was."""

from __future__ import annotations

from typing import Final

from custseg.artifacts.table import ID, MONEY, SEGMENT, Artifact, Column, Kind

MEMBERS: Final = Artifact(
    "campaign_customers",
    "Customers of a registered campaign, and what was known of them before it",
    (
        ID,
        Column("group", "string", "list (to be contacted) or control (left alone)"),
        *SEGMENT,
        Column(
            "buying_probability",
            "double",
            "Probability of an order within [value] horizon_days as forecast then; null without",
        ),
        Column(
            "orders_before",
            "int64",
            "Orders in as many days before as the campaign is measured for; null where orders stay "
            "in another engine",
        ),
        Column("spend_before", "double", "Net spend in these days; null likewise", "money"),
    ),
    ("customer_id",),
)
"""A file of the workspace that `export` writes, and no stage."""
SEVERAL: Final = "several"
"""Aim of a campaign whose segments have plans of different aims."""
_MEASURES: Final[dict[str, tuple[str, Kind]]] = {
    "share": ("share of customers who ordered", "share"),
    "orders": ("orders per customer", "number"),
    "revenue": ("net spend per customer", "money"),
    "margin": ("margin per customer, by [playbook] gross_margin", "money"),
}
MEASURES: Final = tuple(_MEASURES)
"""What list and control group are compared by."""


def _measured() -> tuple[Column, ...]:
    columns: list[Column] = []
    for name, (meaning, kind) in _MEASURES.items():
        given: Kind = "money" if kind == "money" else "number"
        mean: Kind = "share" if kind == "share" else given
        columns += [
            Column(f"{name}_list", "double", f"List: {meaning}", mean),
            Column(f"{name}_control", "double", f"Control group: {meaning}", mean),
            Column(
                f"{name}_effect", "double", f"Difference by intention to treat: {meaning}", given
            ),
            Column(f"{name}_low", "double", "Lower end of its 95 % interval", given),
            Column(f"{name}_high", "double", "Upper end of its 95 % interval", given),
        ]
    return tuple(columns)


ARTIFACTS: Final = (
    Artifact(
        "campaigns",
        "Every registered campaign: how far along it is and, once its days are over, what it "
        "brought; figures are null before",
        (
            Column("number", "int64", "In the order in which they were registered", "id"),
            Column("campaign", "string", "Its name"),
            Column(
                "aim", "string", "Aim of its segments' plans, as in plans; several if they differ"
            ),
            Column("segments", "string", "Names of its segments then"),
            Column("as_of", "string", "As-of date of the list (ISO)", "time"),
            Column("sent", "string", "Midnight from which it is measured (ISO)", "time"),
            Column("horizon_days", "int64", "Days that it is measured for"),
            Column("day", "int64", "Days of them that are over"),
            Column(
                "state",
                "string",
                "planned, running, finished, closed (its figures are kept, its customers not) or "
                "stopped (closed before its end)",
            ),
            Column("control_kind", "string", "Whom it is compared with: own, shop-wide or none"),
            Column("consent", "string", "What the consent to write to its customers rests on"),
            Column("listed", "int64", "Customers on the list who are counted"),
            Column("control", "int64", "Customers of the control group who are counted"),
            Column("buyers_listed", "int64", "Those of the list who ordered"),
            Column("buyers_control", "int64", "Those of the control group who ordered"),
            *_measured(),
            Column("share_se", "double", "Standard error of share_effect"),
            Column("margin_se", "double", "Standard error of margin_effect", "money"),
            Column("adjusted", "bool", "Whether it is adjusted by what was known before"),
            Column(
                "narrower",
                "double",
                "By what part this made the interval of share_effect shorter; below 0: longer",
                "share",
            ),
            Column("offer_cost", MONEY, "Cost of the offer per customer on the list", "money"),
            Column(
                "gain",
                "double",
                "Margin that the whole list brought more, less the offer's cost",
                "money",
            ),
            Column("gain_low", "double", "Lower end of its 95 % interval", "money"),
            Column("gain_high", "double", "Upper end of its 95 % interval", "money"),
            Column(
                "overlaps",
                "string",
                "Campaigns in the same days whose lists share customers with its own; else empty",
            ),
            Column(
                "shared",
                "int64",
                "Customers of the list who were on one of theirs too; null where not known",
            ),
            Column(
                "verdict",
                "string",
                "effect (the interval is above 0), harm (below), no effect shown, not measurable, "
                "not kept (its orders have been deleted), or none yet",
            ),
        ),
        ("number",),
    ),
    Artifact(
        "campaign_pools",
        "What the measured campaigns of one aim tell together",
        (
            Column("aim", "string", "Aim of the plans, as in plans"),
            Column("tries", "int64", "Campaigns with a result"),
            Column("pooled", "int64", "Those that are counted: they share no customers"),
            Column("customers", "int64", "Their customers, control groups included"),
            Column("effect", "double", "Share of customers who ordered: difference, as a fraction"),
            Column("low", "double", "Lower end of its 95 % interval"),
            Column("high", "double", "Upper end of its 95 % interval"),
            Column("margin_effect", "double", "Margin per customer: difference", "money"),
            Column("margin_low", "double", "Lower end of its 95 % interval", "money"),
            Column("margin_high", "double", "Upper end of its 95 % interval", "money"),
            Column(
                "verdict",
                "string",
                "effect (the interval is above 0), harm (below), no effect twice (two campaigns or "
                "more, and none shown), or open",
            ),
        ),
        ("aim",),
    ),
)
