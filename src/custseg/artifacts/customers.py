"""The one wide table of customers, for notebooks and for whoever draws charts of them elsewhere."""

from __future__ import annotations

from typing import Final

from custseg.artifacts import model, outlook, profiles
from custseg.artifacts.table import ID, Artifact, Column

_OF: Final = {
    artifact.name: artifact
    for artifact in (*model.ARTIFACTS, *profiles.ARTIFACTS, *outlook.ARTIFACTS)
}


def _columns(artifact: str) -> tuple[Column, ...]:
    """All columns of an artifact but the customer."""
    return tuple(column for column in _OF[artifact].columns if column != ID)


ARTIFACTS: Final = (
    Artifact(
        "customers",
        "One wide row per customer: segment, what to expect, features and RFM scores",
        (
            ID,
            Column("as_of", "date", "The midnight that all of it is as of"),
            *_columns("segments"),
            *_columns("value"),
            *_columns("rfm"),
            *_columns("features"),
        ),
        ("customer_id",),
        in_order=True,
    ),
)
