"""Whether the lists would have named what customers bought next, and what simpler ones would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.artifacts import ARTIFACTS
from custseg.errors import DataError
from custseg.offers.backtest.trial import compare, describe
from custseg.offers.backtest.verdict import not_tested, verdict
from custseg.offers.recommendations.histories import bought_between, histories
from custseg.orders.lines import before
from custseg.outlook.hindsight import each_date, lines_before
from custseg.settings import BacktestSettings, ModelSettings, RecommendSettings

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    from numpy.typing import NDArray
    from scipy import sparse

    from custseg.offers.recommendations.histories import Histories

_FEWEST: Final = 30
"""Customers who bought afterwards that a date needs: fewer tell nothing."""


@dataclass(frozen=True)
class Backtested:
    """How good each method's lists were at past dates, and the sentence on it."""

    backtest: pd.DataFrame
    backtest_verdict: str


def backtest_lists(  # noqa: PLR0913, PLR0917  (a stage's parameters are what it declares)
    past_backtest: ir.Table,
    past_backtest_lines: ir.Table,
    transactions: ir.Table,
    removed: ir.Table,
    not_backtested_because: str,
    settings: BacktestSettings | None = None,
    model_settings: ModelSettings | None = None,
    recommend_settings: RecommendSettings | None = None,
) -> Backtested:
    """Make the lists of past dates without look-ahead, and compare with what was bought next.

    Parameters
    ----------
    past_backtest, past_backtest_lines, not_backtested_because
        The customers known at those dates in segments made then, and the lines that counted
        otherwise, as `prepare_past` gave them, or why there are none.
    transactions, removed
        What counts today, and what doesn't.
    settings
        The `[backtest]` settings that the dates were prepared by.
    model_settings, recommend_settings
        The `[model]` settings, for the seed; the `[recommend]` settings, for the lists.

    Returns
    -------
    Backtested
        A row per date, task, group of customers and method. A customer counts who was known at the
        date and bought in the days after: any product, or one that they had never bought before.
        Errors are bootstrap standard errors over customers; leads are over the shop's best-sellers
        of the last 90 days, on the same resamples. Where no date was asked for and the shop is too
        young or small, the table is empty and the sentence says why.

    Raises
    ------
    DataError
        Too few customers bought after a date asked for.

    Examples
    --------
    >>> tested = custseg.backtest_lists(
    ...     past_backtest, past_backtest_lines, transactions, removed, not_backtested_because
    ... )
    >>> tested.backtest_verdict
    "Of 39 customers who bought something new to them in the 90 days after 2023-10-03, ..."
    """
    settings = settings or BacktestSettings()
    model_settings = model_settings or ModelSettings()
    recommend_settings = recommend_settings or RecommendSettings()
    tables, reason = [], not_backtested_because
    try:
        for known in each_date(past_backtest):
            cut_off = known.cut_off
            lines = lines_before(cut_off, transactions, past_backtest_lines)
            # Lines given back by then are among those given back by today. The others of these
            # still counted then: they are in `lines`, which decides as much.
            undone = before(removed, cut_off)
            past = histories(lines, undone, cut_off, recommend_settings.popular_days)
            _refuse_few_products(past, cut_off, recommend_settings.size)
            end = cut_off + timedelta(days=settings.horizon_days)
            bought = bought_between(transactions, past, cut_off, end)
            rows = _tested(bought, cut_off, settings.customers, model_settings.seed)
            if not reason:
                customers = describe(past, known.customers)
                seed = model_settings.seed
                table = compare(past, customers, bought, rows, recommend_settings, seed)
                tables.append(table.assign(date=cut_off.isoformat()))
    except DataError as error:
        if settings.dates:
            raise
        reason = error.message
    if reason:
        return Backtested(ARTIFACTS["backtest"].empty(), not_tested(reason))
    backtest = pd.concat(tables, ignore_index=True)[ARTIFACTS["backtest"].column_names()]
    return Backtested(backtest, verdict(backtest, settings.horizon_days, recommend_settings.size))


def _refuse_few_products(past: Histories, cut_off: date, size: int) -> None:
    if not len(past.products):
        raise DataError(
            f"no order before {cut_off} names a product",
            'Say which column holds the product in custseg.toml: [source.columns] product_id = "…"',
        )
    if len(past.products) <= size:
        raise DataError(
            f"{len(past.products):,} products had been bought by {cut_off}; a list of {size} holds "
            "them all.",
            "Lower [recommend] size.",
        )


def _tested(bought: sparse.csr_array, cut_off: date, most: int, seed: int) -> NDArray[np.int64]:
    """The customers who bought something afterwards; of very many so many, drawn at random."""
    rows = np.flatnonzero(np.diff(bought.indptr))
    if len(rows) < _FEWEST:
        raise DataError(
            f"{len(rows):,} customers known on {cut_off} bought a product in the days after; it "
            f"takes {_FEWEST}, to tell which lists are better.",
            "Choose another date, or another [backtest] horizon_days.",
        )
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    return rows
