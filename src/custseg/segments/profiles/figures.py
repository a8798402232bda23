"""Sizes, value and feature figures of the segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from custseg.artifacts import NUMERIC_FEATURES
from custseg.engine.base import fetch
from custseg.orders.lines import SEGMENT
from custseg.segments.model.pipeline import z_scores

if TYPE_CHECKING:
    import ibis.expr.types as ir


def sizes(members: ir.Table) -> ir.Table:
    """Customers, orders, revenue and returns of each segment.

    Returns
    -------
    ibis Table
        The columns of the artifact `profiles`. The return rate is the mean over customers of the
        share of what each bought, by value, that went back; customers who returned everything are
        no customers any more and don't count.
    """
    total = fetch(members.aggregate(n=members.count(), revenue=members.monetary.sum()))[0]
    # Of nothing, or of net refunds, nobody has a share.
    whole = max(float(total["revenue"] or 0), 0.0)
    table = members.group_by(SEGMENT).agg(
        customers=members.count(),
        orders=members.frequency.sum(),
        revenue=members.monetary.sum(),
        returners=(members.return_rate > 0).sum(),
        misfits=(~members.fits_name).sum(),
        # A sum of floats would depend on the order of its terms.
        returned=members.return_rate.cast("decimal(38,12)").sum().cast("float64"),
    )
    return table.select(
        *SEGMENT,
        "customers",
        "orders",
        "revenue",
        customer_share=table.customers / total["n"],
        revenue_share=table.revenue.cast("float64") / ibis.literal(whole).nullif(0),
        return_rate=table.returned / table.customers,
        returning_share=table.returners / table.customers,
        misfits=table.misfits,
    )


def feature_figures(members: pd.DataFrame) -> pd.DataFrame:
    """Mean, quartiles and standardised difference of every numeric feature in every segment.

    Parameters
    ----------
    members
        Features and segment of every customer, sorted by customer_id.

    Returns
    -------
    DataFrame
        The columns of the artifact `profile_features`. Missing values are left out.
    """
    values = members[list(NUMERIC_FEATURES)].astype(float)
    segments = [members[name] for name in SEGMENT]
    groups = values.groupby(segments)
    figures = {
        "mean": groups.mean(),
        "q25": groups.quantile(0.25),
        "median": groups.median(),
        "q75": groups.quantile(0.75),
        "standardised_difference": _standardised(values).groupby(segments).mean(),
    }
    stacked = {name: table.stack(future_stack=True) for name, table in figures.items()}  # noqa: PD013  (melt loses the index)
    long = pd.DataFrame(stacked).rename_axis([*SEGMENT, "feature"]).reset_index()
    long["overall_mean"] = long["feature"].map(values.mean())
    long["overall_median"] = long["feature"].map(values.median())
    return long


def _standardised(values: pd.DataFrame) -> pd.DataFrame:
    """Z scores, of log1p values where no value is negative; 0 where all are the same.

    On the logarithm one huge customer does not set the scale of a heavy-tailed feature.
    """
    counted = values.columns[~(values.min() < 0)]
    scaled = values.copy()
    scaled[counted] = np.log1p(values[counted])
    return z_scores(scaled)
