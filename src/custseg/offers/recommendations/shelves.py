"""A segment's shelf: its best-sellers, and what it buys more than others do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch, fetch_frame
from custseg.orders.lines import (
    SEGMENT,
    bought_pairs,
    numbered,
    product_descriptions,
    products_bought,
)
from custseg.settings import ShelfSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

BEST_SELLERS: Final = "best_sellers"
OVER_BUYS: Final = "over_buys"
GROUPS: Final = "groups"
COLUMNS: Final = tuple(ARTIFACTS["shelves"].column_names())
_TINY: Final = 1e-6


def fill_shelves(
    segments: ir.Table,
    transactions: ir.Table,
    product_groups: ir.Table,
    settings: ShelfSettings | None = None,
) -> pd.DataFrame:
    """Choose the products and product groups of each segment's shelf.

    Parameters
    ----------
    segments, transactions, product_groups
        What the stages of those names gave.
    settings
        The `[shelves]` settings.

    Returns
    -------
    DataFrame
        The columns of the artifact `shelves`: up to `size` best-sellers (by buyers), over-buys and
        over-bought product groups (by z) per segment. No over-buys where nothing passes the
        false-discovery gate: there the segment has no taste of its own.

    Notes
    -----
    Over-buying is the log-odds ratio against all other segments with an informative Dirichlet
    prior (Monroe, Colaresi & Quinn 2008, eq. 15-22), on distinct customer-product pairs, so that
    one wholesaler counts once. Its variance is theirs plus that of the segment's share of all pairs
    if customers were drawn into it at random: without, segments drawn at random over-buy. Benjamini
    & Hochberg (1995) over the products of all segments that enough of a segment bought.

    Examples
    --------
    >>> shelves = custseg.fill_shelves(segments, transactions, product_groups)
    >>> sorted(shelves["segment"].unique().tolist())
    [1, 2, 3]
    """
    settings = settings or ShelfSettings()
    bought = products_bought(transactions)
    sizes = fetch_frame(segments.group_by("segment").agg(customers=segments.count()))
    pairs, members, products = bought_pairs(bought, segments)
    described = products.inner_join(product_descriptions(bought), "product_id")
    shelf_of = _scored(pairs, "product", "product_id", members, described, sizes, settings)
    named = numbered(product_groups, "group_name", "group_number")
    group_of = product_groups.inner_join(products, "product_id").inner_join(named, "group_name")
    of_groups = pairs.inner_join(group_of, "product")
    of_groups = of_groups.group_by(["customer", "group_number"]).agg(lines=of_groups.lines.sum())
    groups = _scored(
        of_groups.cache(), "group_number", "group_name", members, named, sizes, settings
    ).assign(product_id=None)
    rate = settings.false_discovery_rate
    lists = {
        BEST_SELLERS: shelf_of.sort_values(["buyers", "product_id"], ascending=[False, True]),
        OVER_BUYS: shelf_of[shelf_of["q_value"] <= rate].sort_values(
            ["z", "product_id"], ascending=[False, True]
        ),
        GROUPS: groups[groups["q_value"] <= rate]
        .rename(columns={"group_name": "description"})
        .sort_values(["z", "description"], ascending=[False, True]),
    }
    ranked = [
        chosen.assign(list=name, rank=chosen.groupby("segment").cumcount() + 1)
        for name, chosen in lists.items()
        if len(chosen)
    ]
    shelf = pd.concat(ranked) if ranked else pd.DataFrame(columns=list(COLUMNS))
    return shelf.loc[shelf["rank"] <= settings.size, list(COLUMNS)]


def _scored(
    pairs: ir.Table,
    number: str,
    what: str,
    members: ir.Table,
    kinds: ir.Table,
    sizes: pd.DataFrame,
    settings: ShelfSettings,
) -> pd.DataFrame:
    """How surely, and by how much, each segment over-buys each product, or group.

    Parameters
    ----------
    pairs
        The lines of each customer and product, or group, by their numbers.
    number, what
        Which of both it is: the column of its number, and of its name in `kinds`.
    members, kinds
        The customers by number, with their segments; products or groups likewise.
    sizes
        Customers of each segment.

    Returns
    -------
    DataFrame
        q_value is missing where too few of the segment bought it to be tested.
    """
    owned = pairs.inner_join(members.select("customer", "segment"), "customer")
    counts = owned.group_by(["segment", number]).agg(buyers=owned.count(), lines=owned.lines.sum())
    names = members.select(*SEGMENT).distinct()
    counts = counts.inner_join(kinds, number).inner_join(names, "segment").drop(number)
    table = fetch_frame(counts.order_by("segment", what)).merge(sizes, on="segment")
    table["z"] = _z_scores(table, what, settings.prior_strength, _unevenness(pairs))
    lines, of_segment = table["lines"], table.groupby("segment")["lines"].transform("sum")
    everywhere = table.groupby(what)["lines"].transform("sum") / lines.sum()
    table["lift"] = (lines / of_segment) / everywhere
    table["buyer_share"] = table["buyers"] / table["customers"]
    fewest = np.maximum(settings.min_buyers, settings.min_buyer_share * table["customers"])
    tested = table["buyers"] >= fewest
    table["q_value"] = np.nan
    table.loc[tested, "q_value"] = false_discovery_control(norm.sf(table.loc[tested, "z"]))
    return table


def _unevenness(pairs: ir.Table) -> float:
    """Squared coefficient of variation of how many different products a customer buys."""
    per_customer = pairs.group_by("customer").agg(n=pairs.count())
    n = per_customer.n
    # Of whole numbers, as sums of floats depend on the number of threads.
    (row,) = fetch(per_customer.agg(count=n.count(), total=n.sum(), squares=(n * n).sum()))
    total = int(row["total"] or 0)
    return row["count"] * int(row["squares"]) / total**2 - 1 if total else 0.0


def _z_scores(
    table: pd.DataFrame, what: str, prior_strength: float, unevenness: float
) -> NDArray[np.float64]:
    """Standardised log-odds ratio of each item in each segment against all other segments."""
    inside = table["buyers"].to_numpy(dtype=float)
    everywhere = table.groupby(what)["buyers"].transform("sum").to_numpy(dtype=float)
    size = table.groupby("segment")["buyers"].transform("sum").to_numpy(dtype=float)
    total = inside.sum()
    prior = prior_strength * everywhere / total
    outside, rest = everywhere - inside, total - size

    def log_odds(count: NDArray[np.float64], of: NDArray[np.float64]) -> NDArray[np.float64]:
        others = of + prior_strength - count - prior
        # A shop of one product has no odds: there nobody over-buys.
        odds = np.divide(count + prior, others, out=np.ones_like(count), where=others > _TINY)
        return np.asarray(np.log(odds))

    difference = log_odds(inside, size) - log_odds(outside, rest)
    members = table["customers"].to_numpy(dtype=float)
    customers = table.drop_duplicates("segment")["customers"].sum()
    others = np.maximum(customers - members, _TINY)
    of_share = unevenness * customers / (members * others)
    variance = 1 / (inside + prior) + 1 / (outside + prior) + of_share
    return np.asarray(difference / np.sqrt(variance))
