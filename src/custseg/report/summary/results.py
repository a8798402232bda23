"""All that a summary is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Results:
    """What a run found: its artifacts and facts, those of side studies None where left out."""

    ledger: ir.Table
    transactions: ir.Table
    features: ir.Table
    components: ir.Table
    loadings: ir.Table
    explained_variance: ir.Table
    k_scores: ir.Table
    k_flows: ir.Table
    segments: ir.Table
    segment_names: ir.Table
    segment_identity: ir.Table
    drift: ir.Table
    migration: ir.Table
    profiles: ir.Table
    profile_features: ir.Table
    profile_products: ir.Table
    profile_groups: ir.Table
    profile_countries: ir.Table
    profile_times: ir.Table
    profile_months: ir.Table
    shelves: ir.Table
    plans: ir.Table
    statuses: ir.Table
    campaigns: ir.Table
    campaign_pools: ir.Table
    k_criteria: ir.Table | None
    segment_rules: ir.Table | None
    value: ir.Table | None
    segment_value: ir.Table | None
    value_backtest: ir.Table | None
    validation: ir.Table | None
    validation_segments: ir.Table | None
    backtest: ir.Table | None
    inventory: ir.Table | None
    inventory_backtest: ir.Table | None
    bundles: ir.Table | None
    source_name: str
    as_of: str
    k: int
    k_reason: str
    structure: str
    outlook_note: str
    warnings: list[str]
    cleaning_notes: list[str]
    eligibility: str
    money: bool
    currency: str
    model_of: str
    model_reason: str
    names_note: str
    movement_note: str
    compared_with: str | None
    k_reason_studied: str | None
    structure_studied: str | None
    fidelity_note: str | None
    validation_verdict: str | None
    value_note: str | None
    value_season: bool | None
    value_off: float | None
    backtest_verdict: str | None
    inventory_note: str | None
    bundles_note: str | None
