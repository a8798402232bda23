"""One summary of a finished run: plain numbers that every renderer takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from custseg.stages import FINDERS

if TYPE_CHECKING:
    from decimal import Decimal

    from custseg.manifest import Manifest
    from custseg.workspace import Workspace

_STUDIES: Final = {
    "rules": "fidelity_note",
    "validation": "validation_verdict",
    "expected": "value_note",
    "lists": "backtest_verdict",
    "inventory": "inventory_note",
    "bundles": "bundles_note",
}
"""The fact with each study's sentence."""


@dataclass(frozen=True)
class SegmentSummary:
    """One segment in a line."""

    segment: int
    segment_name: str
    customers: int
    customer_share: float
    revenue: Decimal
    revenue_share: float
    recency_days: float
    """Median, as are the next two."""
    frequency: float
    monetary: float
    objective: str


@dataclass(frozen=True)
class Summary:
    """What a run found."""

    source: str
    as_of: str
    rows_in: int
    rows_kept: int
    revenue: Decimal
    customers: int
    orders: int
    k: int
    k_reason: str
    structure: str
    warnings: tuple[str, ...]
    silhouette: float
    components: int
    explained_variance: float
    segments: tuple[SegmentSummary, ...]
    verdicts: dict[str, str]
    """What studies of this very result found, a sentence each, by what was studied."""
    folder: str


def summarise(workspace: Workspace) -> Summary:
    """Summarise the artifacts of a workspace whose every stage has run."""
    manifest = workspace.manifest()
    facts = manifest.facts()
    ledger = rows_of(workspace, "ledger")
    chosen = next(row for row in rows_of(workspace, "k_scores") if row["chosen"])
    kept = [row for row in rows_of(workspace, "explained_variance") if row["kept"]]
    assert manifest.source is not None
    return Summary(
        source=manifest.source.location,
        as_of=facts["as_of"],
        rows_in=ledger[0]["rows_left"],
        rows_kept=ledger[-1]["rows_left"],
        revenue=ledger[-1]["value_left"],
        customers=ledger[-1]["customers_left"],
        orders=ledger[-1]["orders_left"],
        k=facts["k"],
        k_reason=facts["k_reason"],
        structure=facts["structure"],
        warnings=tuple(facts["warnings"]),
        silhouette=chosen["silhouette"],
        components=len(kept),
        explained_variance=kept[-1]["cumulative_share"],
        segments=_segments(workspace),
        verdicts=_verdicts(manifest),
        folder=str(workspace.root),
    )


def _verdicts(manifest: Manifest) -> dict[str, str]:
    """A study left out of this run may be of an older result, and then says nothing of this."""
    facts = manifest.facts()
    return {
        study: facts[fact]
        for study, fact in _STUDIES.items()
        if fact in facts and not manifest.changed_input(FINDERS[fact])
    }


def rows_of(workspace: Workspace, artifact: str) -> list[dict[str, Any]]:
    """Read a small artifact as plain values."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(
        workspace.path(artifact), partitioning=None
    ).to_pylist()
    return rows


def _segments(workspace: Workspace) -> tuple[SegmentSummary, ...]:
    medians = {
        (row["segment"], row["feature"]): row["median"]
        for row in rows_of(workspace, "profile_features")
    }
    objectives = {row["segment"]: row["objective"] for row in rows_of(workspace, "plans")}
    return tuple(
        SegmentSummary(
            row["segment"],
            row["segment_name"],
            row["customers"],
            row["customer_share"],
            row["revenue"],
            row["revenue_share"],
            medians[row["segment"], "recency_days"],
            medians[row["segment"], "frequency"],
            medians[row["segment"], "monetary"],
            objectives[row["segment"]],
        )
        for row in rows_of(workspace, "profiles")
    )
