"""What each segment is like: size, value, features, products, countries, times, rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from custseg.artifacts import ARTIFACTS
from custseg.engine import fetch_frame
from custseg.profiles.figures import feature_figures, sizes
from custseg.profiles.grouping import product_groups
from custseg.profiles.lines import (
    SEGMENT,
    most_frequent,
    product_descriptions,
    purchases,
)
from custseg.profiles.rankings import group_figures, top_countries, top_products
from custseg.profiles.rules import segment_rules
from custseg.profiles.seasons import months, times
from custseg.settings import ModelSettings, ProfileSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["SEGMENT", "Profiled", "product_descriptions", "profile", "purchases"]


@dataclass(frozen=True)
class Profiled:
    """Profiles of all segments, one aspect a table, and how faithful the rules are."""

    profiles: ir.Table
    profile_features: pd.DataFrame
    profile_products: ir.Table
    product_groups: pd.DataFrame
    profile_groups: ir.Table
    profile_countries: ir.Table
    profile_times: ir.Table
    profile_months: ir.Table
    segment_rules: pd.DataFrame
    fidelity: float
    """Share of held-out customers whom the rules put into their segment."""
    fidelity_note: str


def profile(
    features: ir.Table,
    segments: ir.Table,
    transactions: ir.Table,
    settings: ProfileSettings | None = None,
    model_settings: ModelSettings | None = None,
) -> Profiled:
    """Describe the segments.

    Parameters
    ----------
    features, segments, transactions
        What the stages of those names gave.
    settings
        The `[profile]` settings.
    model_settings
        The `[model]` settings: its features are those of the rules.

    Returns
    -------
    Profiled
        Revenue is exact; means, medians and quartiles leave missing values out.

    Raises
    ------
    ModelError
        A feature of the model has missing values, or is the same for every customer.
    """
    settings = settings or ProfileSettings()
    members = features.inner_join(segments, "customer_id")
    everyone = fetch_frame(members.order_by("customer_id"))
    bought = purchases(transactions, segments)
    described = product_descriptions(bought).join(most_frequent(bought, "category"), "product_id")
    groups = product_groups(fetch_frame(described.order_by("product_id")), settings)
    rules = segment_rules(everyone, settings, model_settings or ModelSettings())
    return Profiled(
        profiles=sizes(members),
        profile_features=feature_figures(everyone),
        profile_products=top_products(bought, settings.top),
        product_groups=groups,
        profile_groups=group_figures(bought, _table(groups)),
        profile_countries=top_countries(members, settings.top),
        profile_times=times(transactions, segments),
        profile_months=months(transactions, segments),
        segment_rules=rules.table,
        fidelity=rules.fidelity,
        fidelity_note=rules.note,
    )


def _table(groups: pd.DataFrame) -> ir.Table:
    """Product groups as a table of the engine, typed even where there are none."""
    schema = ARTIFACTS["product_groups"].schema()
    return ibis.memtable(pa.Table.from_pandas(groups, schema=schema, preserve_index=False))
