"""What became of customers since the snapshot before."""

from __future__ import annotations

from typing import Final

from custseg.artifacts.table import ID, MONEY, Artifact, Column

_WAY: Final = (
    Column("from_segment", "int64", "Segment in the snapshot before; 0: was no customer then"),
    Column(
        "by_old_model",
        "int64",
        "Segment now by the model of the snapshot before; 0: not in both months",
    ),
    Column("to_segment", "int64", "Segment now; 0: is no customer any more"),
    Column(
        "cause",
        "string",
        "stayed, behaviour (moved by what they did), model (by the new model), both, cancelled "
        "(stayed, as the new model undid what they did), new, returning (had ordered before, and "
        "was no customer in that snapshot), lost",
    ),
)

ARTIFACTS: Final = (
    Artifact(
        "migration",
        "How many customers went which way since the snapshot before; empty where there is none",
        (
            *_WAY,
            Column("from_name", "string", "Name of the segment they were in"),
            Column("to_name", "string", "Name of the segment they are in"),
            Column("customers", "int64", "Customers"),
            Column(
                "revenue_before",
                MONEY,
                "Their net spend then; null of who was no customer",
                "money",
            ),
            Column(
                "revenue",
                MONEY,
                "Their net spend now; null of who is no customer any more",
                "money",
            ),
        ),
        ("from_segment", "by_old_model", "to_segment", "cause"),
    ),
    Artifact(
        "movers",
        "Every customer of this month or the snapshot before, and why they are where they are",
        (ID, *_WAY),
        ("customer_id",),
    ),
)
