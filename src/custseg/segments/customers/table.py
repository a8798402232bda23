"""The wide table of customers: what is known of each in one row."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from custseg.artifacts import ARTIFACTS

if TYPE_CHECKING:
    import ibis.expr.types as ir


def customer_table(
    features: ir.Table,
    segments: ir.Table,
    rfm: ir.Table,
    value: ir.Table | None,
    as_of: str,
) -> ir.Table:
    """Put what is known of each customer into one row.

    Parameters
    ----------
    features, segments, rfm
        What the stages of those names found; each has one row per customer.
    value
        What each customer is expected to order; without it these columns are null.
    as_of
        ISO date of the midnight that all of it is as of.

    Returns
    -------
    ibis Table
        The artifact `customers`, a row per customer by customer_id. Amounts are exact decimals.

    Examples
    --------
    >>> wide = custseg.customer_table(features, segments, rfm, value, as_of)
    >>> len(wide.columns)
    44
    """
    joined = features.join(segments, "customer_id").join(rfm, "customer_id")
    if value is not None:
        joined = joined.left_join(value, "customer_id")
    artifact = ARTIFACTS["customers"]
    found = {
        column.name: joined[column.name]
        if column.name in joined.columns
        else ibis.null(ibis.dtype("float64"))
        for column in artifact.columns
        if column.name != "as_of"
    }
    told = joined.select(**found | {"as_of": ibis.literal(date.fromisoformat(as_of))})
    return told.select(artifact.column_names()).order_by("customer_id")
