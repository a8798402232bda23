"""Bundles: products that are ordered together more often than by chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.stats import poisson

from custseg.artifacts import ARTIFACTS
from custseg.offers.recommendations.baskets import read_baskets
from custseg.settings import BundleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from custseg.offers.recommendations.baskets import Baskets

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

COLUMNS: Final = tuple(ARTIFACTS["bundles"].column_names())
_NONE: Final = -1
"""In place of the second antecedent where there is one only."""
_PAIR: Final = 2


@dataclass(frozen=True)
class Bundles:
    """Today's bundles, and the sentence on how those of some time ago have held up."""

    bundles: pd.DataFrame
    bundles_note: str


def find_bundles(
    transactions: ir.Table, as_of: str, settings: BundleSettings | None = None
) -> Bundles:
    """Find association rules on orders: who orders the antecedent often adds the consequent.

    Parameters
    ----------
    transactions
        What cleaning gave.
    as_of
        ISO date at which the held-out days end.
    settings
        The `[bundles]` settings.

    Returns
    -------
    Bundles
        One rule per set of products, in its more confident direction. The note tests the rules
        found without the last `holdout_days` in these; only later returns, and which products are
        ordered most, are known to them. No rules where nothing passes, and the note says why.

    Notes
    -----
    Frequent sets by Apriori (Agrawal & Srikant 1994). The p value is the Poisson tail at the
    expected orders, which bounds the exact test stratified by order size (one-sided, given each
    stratum's counts): a sum of hypergeometric variables is one of independent Bernoulli variables
    (Vatutin & Mikhailov 1982), whose tail the Poisson tail exceeds (Hoeffding 1956; Anderson &
    Samuels 1967). Benjamini & Hochberg (1995) over every set that could have been found: those in
    too few orders count with a p value of 1.

    Examples
    --------
    >>> found = custseg.find_bundles(transactions, as_of)
    >>> found.bundles_note
    "No bundles: no two products come together in 30 orders of 10 customers, ..."
    """
    settings = settings or BundleSettings()
    end = date.fromisoformat(as_of)
    cut_off = end - timedelta(days=settings.holdout_days)
    baskets = read_baskets(transactions, settings, cut_off)
    early = baskets.ordered_at < np.datetime64(cut_off)
    earlier, later = baskets.where(early), baskets.where(~early)
    # A set in enough of the earlier orders is in as many of all: one search serves both.
    sets = _frequent(baskets, settings.least(len(earlier)), settings.max_length)
    rules = _rules(baskets, sets, settings)
    if rules.empty:
        return Bundles(pd.DataFrame(columns=list(COLUMNS)), _nothing(baskets, settings))
    known = (end - baskets.ordered_at.min().astype("datetime64[D]").item()).days
    if known < 2 * settings.holdout_days:
        before = rules.iloc[:0]
        test = (
            f"not tested on later orders: not enough history: {known:,} days, "
            f"{2 * settings.holdout_days:,} needed"
        )
    else:
        before = _rules(earlier, sets, settings)
        test = _test(before, _figures(later, before), settings, cut_off)
    table = _told(rules, baskets)
    since = _figures(later, rules)
    for name in ("orders", "confidence", "lift"):
        table[f"later_{name}"] = since[name].where(rules.index.isin(before.index))
    # Whole numbers stay whole where some are missing.
    table["later_orders"] = table["later_orders"].astype("Int64")
    table = table.sort_values("rank", ignore_index=True)[list(COLUMNS)]
    return Bundles(table, f"{len(table):,} bundle{'s' * (len(table) > 1)}; {test}")


def _frequent(baskets: Baskets, least: int, longest: int) -> list[Ints]:
    """Sets of two products, and of three if asked for, that so many orders hold; a row each.

    A set that enough orders hold is one of those with a product less, and one more (Agrawal &
    Srikant 1994).
    """
    sets = np.arange(baskets.contents.shape[1])[:, None]
    found = []
    for _ in range(_PAIR, longest + 1):
        sets = baskets.larger(sets, least)
        found.append(sets)
    return found


def _rules(baskets: Baskets, sets: list[Ints], settings: BundleSettings) -> pd.DataFrame:
    """Rules that pass, with their figures; the index tells their set among all of `sets`."""
    least = settings.least(len(baskets))
    directions = [_directions(baskets, some, least) for some in sets]
    rules = pd.concat(directions, keys=range(len(sets)), names=["length", "set"]).reset_index()
    rules = rules.join(_figures(baskets, rules))
    rules["p_value"] = poisson.sf(rules["orders"] - 1, rules["expected_orders"])
    considered = int((np.diff(baskets.contents.indptr) >= least).sum())
    lengths = range(_PAIR, settings.max_length + 1)
    tested = sum(length * comb(considered, length) for length in lengths)
    rules["q_value"] = adjusted(rules["p_value"].to_numpy(), tested)
    rules = rules[
        (rules["q_value"] <= settings.false_discovery_rate)
        & (rules["confidence"] >= settings.min_confidence)
        & (rules["lift"] >= settings.min_lift)
    ]
    # Of equally confident directions the first.
    rules = rules.sort_values("confidence", ascending=False, kind="stable")
    rules = rules.drop_duplicates(["length", "set"]).set_index(["length", "set"]).sort_index()
    buyers = [
        pd.Series(baskets.buyers(np.column_stack([antecedents, consequents])), index=index)
        for index, antecedents, consequents in _by_length(rules)
    ]
    rules = rules.assign(customers=pd.concat(buyers))
    return rules[rules["customers"] >= settings.min_customers]


def _directions(baskets: Baskets, sets: Ints, least: int) -> pd.DataFrame:
    """Every rule with one consequent of each set that enough orders hold: columns of the baskets.

    Indexed by the set's place.
    """
    kept = np.flatnonzero(baskets.orders(sets) >= least)
    sets = sets[kept]
    rules = []
    for part in reversed(range(sets.shape[1])):
        antecedents = np.delete(sets, part, axis=1)
        second = antecedents[:, 1] if antecedents.shape[1] > 1 else _NONE
        columns = {"first": antecedents[:, 0], "second": second, "then": sets[:, part]}
        rules.append(pd.DataFrame(columns, index=kept))
    return pd.concat(rules)


def _by_length(rules: pd.DataFrame) -> Iterator[tuple[pd.Index, Ints, Ints]]:
    """Index, antecedents and consequents of the rules of one antecedent, then of two."""
    single = rules["second"] == _NONE
    for some, columns in ((rules[single], ["first"]), (rules[~single], ["first", "second"])):
        yield some.index, some[columns].to_numpy(), some["then"].to_numpy()


def _figures(baskets: Baskets, rules: pd.DataFrame) -> pd.DataFrame:
    """How often each rule holds in these orders; ratios are missing where there is nothing."""
    pieces = [
        pd.DataFrame(
            {
                "orders": baskets.orders(np.column_stack([antecedents, consequents])),
                "antecedent_orders": baskets.orders(antecedents),
                "consequent_orders": baskets.orders(consequents[:, None]),
                "expected_orders": baskets.expected(antecedents, consequents),
            },
            index=index,
        )
        for index, antecedents, consequents in _by_length(rules)
    ]
    table = pd.concat(pieces).reindex(rules.index)
    table["confidence"] = table["orders"] / table["antecedent_orders"].replace(0, np.nan)
    table["lift"] = table["orders"] / table["expected_orders"].replace(0, np.nan)
    return table


def adjusted(p_values: Floats, tested: int) -> Floats:
    """Benjamini & Hochberg's (1995) q values where all other tests had a p value of 1.

    Parameters
    ----------
    p_values
        Those that are known.
    tested
        Number of tests, with the others.
    """
    order = np.argsort(p_values)
    steps = p_values[order] * tested / np.arange(1, len(order) + 1)
    values = np.empty(len(order))
    values[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return np.minimum(values, 1)


def _told(rules: pd.DataFrame, baskets: Baskets) -> pd.DataFrame:
    """The rules in words, in order: each product's strongest first."""
    table = rules.copy()
    names = baskets.products["description"].fillna(baskets.products["product_id"])
    for column, of in (("_id", baskets.products["product_id"]), ("", names)):
        table[f"antecedent{column}"] = table["first"].map(of)
        pair = table["second"] != _NONE
        table.loc[pair, f"antecedent{column}"] += " + " + table.loc[pair, "second"].map(of)
        table[f"consequent{column}"] = table["then"].map(of)
    table["raw_lift"] = table["confidence"] / (table["consequent_orders"] / len(baskets))
    table["support"] = table["orders"] / len(baskets)
    # Leverage (Piatetsky-Shapiro 1991): the orders beyond chance.
    beyond = table["orders"] - table["expected_orders"]
    strongest = table.assign(beyond=beyond).sort_values(
        ["beyond", "first", "second", "then"], ascending=[False, True, True, True]
    )
    turn = _turns(strongest[["first", "second", "then"]])
    ranked = strongest.index[np.argsort(turn, kind="stable")]
    return table.assign(rank=pd.Series(np.arange(1, len(table) + 1), index=ranked))


def _turns(parts: pd.DataFrame) -> Ints:
    """How many stronger bundles the product of each bundle that is in most of them is in.

    Products that come in many designs would otherwise fill the top of the list with all pairs.
    """
    products = parts.assign(place=np.arange(len(parts))).melt("place").sort_values("place")
    products = products[products["value"] != _NONE]
    stronger = products.groupby("value").cumcount()
    return np.asarray(stronger.groupby(products["place"]).max(), dtype=np.int64)


def _test(
    before: pd.DataFrame, since: pd.DataFrame, settings: BundleSettings, cut_off: date
) -> str:
    """How the rules found before the cut-off did after it."""
    if before.empty:
        return f"none was to be found before {cut_off}, so that none can be tested on later orders"
    sold = since["antecedent_orders"] > 0
    if not sold.any():
        return f"of {len(before):,} found before {cut_off}, none can be tested: nothing came after"
    more = since["orders"] > since["expected_orders"]
    p_values = poisson.sf(since["orders"] - 1, since["expected_orders"])
    surely = more & (adjusted(p_values, len(before)) <= settings.false_discovery_rate)
    then, now = before.loc[sold, "confidence"].mean(), since.loc[sold, "confidence"].mean()
    chance = (since["expected_orders"] / since["antecedent_orders"])[sold].mean()
    return (
        f"of {len(before):,} found before {cut_off}, {more.mean():.0%} came together more often "
        f"than by chance in the {settings.holdout_days} days after ({surely.mean():.0%} "
        f"significantly), and the confidence of those still sold went from {then:.0%} to {now:.0%} "
        f"on average, where chance gives {chance:.0%}"
    ).replace("%", " %")


def _nothing(baskets: Baskets, settings: BundleSettings) -> str:
    """Why there are no bundles."""
    least = settings.least(len(baskets))
    if not len(baskets):
        return "No bundles: no order names a product"
    if len(baskets) < least:
        return f"No bundles: {len(baskets):,} orders, {least} needed"
    if (np.diff(baskets.contents.indptr) >= least).sum() < _PAIR:
        return f"No bundles: fewer than two products are in {least:,} orders"
    return (
        f"No bundles: no two products come together in {least:,} orders of "
        f"{settings.min_customers} customers, in {settings.min_confidence:.0%} of the one's orders "
        f"and {settings.min_lift:g} times as often as by chance"
    ).replace("%", " %")
