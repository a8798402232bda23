"""What is read of a workspace for a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq

from custseg.engine.parquet import require_table
from custseg.offers.export.facts import products

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from custseg.settings import Settings
    from custseg.workspace.workspace import Workspace


def read(workspace: Workspace, artifact: str, columns: Sequence[str]) -> pd.DataFrame:
    """Some columns of an artifact; money to the penny, as floats."""
    path = require_table(workspace.path(artifact))
    table = pq.read_table(path, columns=list(columns), partitioning=None)
    for i, name in enumerate(table.column_names):
        if str(table.schema.field(name).type).startswith("decimal"):
            pennies = pc.round(table[name], 2, round_mode="half_towards_infinity")
            table = table.set_column(i, name, pennies.cast("float64"))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def described_products(
    workspace: Workspace, settings: Settings, customer_ids: pd.Series[str]
) -> pd.DataFrame:
    """The first products of each customer's lists, by the customers' order."""
    from custseg.engine.base import fetch_frame
    from custseg.orders.lines import product_descriptions, products_bought

    places = settings.export.products
    table = pq.read_table(
        require_table(workspace.path("recommendations")),
        columns=["customer_id", "list", "rank", "product_id"],
        filters=[("rank", "<=", places)],
        partitioning=None,
    )
    found = lines(workspace, settings)
    assert found is not None, "stages that take lines into Python need them here"
    bought = products_bought(found)
    described = fetch_frame(product_descriptions(bought)).set_index("product_id")["description"]
    return products(customer_ids, table.to_pandas(), described, places)


def lines(workspace: Workspace, settings: Settings) -> ir.Table | None:
    """The order lines that count; None where they stay in another engine."""
    from custseg.engine.duckdb import connect, scan

    path = workspace.path("transactions")
    if not path.exists():
        return None
    return scan(connect(settings.engine, workspace.scratch), path, "transactions")
