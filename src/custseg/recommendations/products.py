"""A segment's shelf: its best-sellers, and the products it buys more than others do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

if TYPE_CHECKING:
    from custseg.settings import RecommendSettings

BEST_SELLERS: Final = "best_sellers"
OVER_BUYS: Final = "over_buys"
_TINY: Final = 1e-6


def shelves(
    pairs: pd.DataFrame,
    sizes: pd.DataFrame,
    descriptions: pd.DataFrame,
    settings: RecommendSettings,
) -> pd.DataFrame:
    """Choose the products of each segment's shelf.

    Parameters
    ----------
    pairs
        Buyers (distinct customers) of each product in each segment.
    sizes
        Customers in each segment.
    descriptions
        The description of each product.
    settings
        The `[recommend]` settings.

    Returns
    -------
    DataFrame
        Up to `shelf_size` best-sellers (by buyers) and over-buys (by z) per segment. No over-buys
        where nothing passes the false-discovery gate: there the segment has no taste of its own.

    Notes
    -----
    Over-buying is the log-odds ratio against all other segments with an informative Dirichlet
    prior (Monroe, Colaresi & Quinn 2008, eq. 15-22), on distinct customer-product pairs, so that
    one wholesaler counts once. Benjamini & Hochberg (1995) over the products with enough buyers.
    """
    scored = _log_odds(pairs, settings.prior_strength).merge(sizes, on=["segment", "segment_name"])
    scored["buyer_share"] = scored["buyers"] / scored["customers"]
    scored = scored.merge(descriptions, on="product_id", how="left")
    fewest = np.maximum(settings.min_buyers, settings.min_buyer_share * scored["customers"])
    tested = scored["buyers"] >= fewest
    scored["q_value"] = np.nan
    for rows in scored[tested].groupby("segment").groups.values():
        p_values = norm.sf(scored.loc[rows, "z"])
        scored.loc[rows, "q_value"] = false_discovery_control(p_values)
    over = scored[scored["q_value"] <= settings.false_discovery_rate]
    lists = {
        BEST_SELLERS: scored.sort_values(["buyers", "product_id"], ascending=[False, True]),
        OVER_BUYS: over.sort_values(["z", "product_id"], ascending=[False, True]),
    }
    ranked = [
        products.assign(list=name, rank=products.groupby("segment").cumcount() + 1)
        for name, products in lists.items()
    ]
    shelf = pd.concat(ranked)
    return shelf[shelf["rank"] <= settings.shelf_size].drop(columns=["customers"])


def _log_odds(pairs: pd.DataFrame, prior_strength: float) -> pd.DataFrame:
    """Lift and z score of each product in each segment, against all other segments."""
    inside = pairs["buyers"].to_numpy(dtype=float)
    everywhere = pairs.groupby("product_id")["buyers"].transform("sum").to_numpy(dtype=float)
    size = pairs.groupby("segment")["buyers"].transform("sum").to_numpy(dtype=float)
    total = inside.sum()
    prior = prior_strength * everywhere / total
    outside, rest = everywhere - inside, total - size

    def log_odds(count: np.ndarray, of: np.ndarray) -> np.ndarray:
        others = of + prior_strength - count - prior
        # A shop of one product has no odds: there nobody over-buys.
        odds = np.divide(count + prior, others, out=np.ones_like(count), where=others > _TINY)
        logs: np.ndarray = np.log(odds)
        return logs

    difference = log_odds(inside, size) - log_odds(outside, rest)
    spread = np.sqrt(1 / (inside + prior) + 1 / (outside + prior))
    return pairs.assign(lift=(inside / size) / (everywhere / total), z=difference / spread)
