"""Whether the lists would have named what customers bought next, and what simpler ones would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.errors import DataError, ModelError
from custseg.offers.backtest.trial import FIGURES, compare, describe
from custseg.offers.backtest.verdict import not_tested, verdict
from custseg.offers.recommendations.histories import bought_between, histories
from custseg.outlook.past import cut_offs, known_at
from custseg.segments.model.fit import fit
from custseg.settings import (
    BacktestSettings,
    CleanSettings,
    FeatureSettings,
    ModelSettings,
    RecommendSettings,
    SegmentSettings,
)

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    from numpy.typing import NDArray
    from scipy import sparse

    from custseg.offers.recommendations.histories import Histories

COLUMNS: Final = (
    "date",
    "task",
    "segment",
    "customer_group",
    "method",
    "customers",
    *(name for figure in FIGURES for name in (figure, f"{figure}_se")),
)
_FEWEST: Final = 30
"""Customers who bought afterwards that a date needs: fewer tell nothing."""


@dataclass(frozen=True)
class Backtested:
    """How good each method's lists were at past dates, and the sentence on it."""

    backtest: pd.DataFrame
    backtest_verdict: str


def backtest_lists(  # noqa: PLR0913, PLR0917  (a stage's parameters are what it declares)
    raw: ir.Table,
    transactions: ir.Table,
    preset: str,
    as_of: str,
    k: int,
    settings: BacktestSettings | None = None,
    clean_settings: CleanSettings | None = None,
    features_settings: FeatureSettings | None = None,
    model_settings: ModelSettings | None = None,
    segments_settings: SegmentSettings | None = None,
    recommend_settings: RecommendSettings | None = None,
) -> Backtested:
    """Make the lists of past dates without look-ahead, and compare with what was bought next.

    Parameters
    ----------
    raw
        Canonical order lines: at each date they are cleaned as they were known then.
    transactions
        What counts of them today: what was bought after a date, and kept.
    preset, as_of, k
        Name of the code patterns; ISO date at which the data end; number of segments.
    settings
        The `[backtest]` settings; without dates the one cut-off `horizon_days` before the end.
    clean_settings, features_settings, model_settings, segments_settings, recommend_settings
        The settings of the stages whose work is done again at each date.

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
    SettingsError
        A date asked for has no order before it, or its days are not over.
    DataError, ModelError
        Too few customers were there, or bought, at a date asked for.
    """
    settings = settings or BacktestSettings()
    model_settings = model_settings or ModelSettings()
    recommend_settings = recommend_settings or RecommendSettings()
    tables = []
    try:
        for cut_off in cut_offs(raw, as_of, settings, "backtest"):
            known = known_at(raw, preset, cut_off, clean_settings, features_settings)
            past = histories(
                known.transactions, known.removed, cut_off, recommend_settings.popular_days
            )
            _refuse_few_products(past, cut_off, recommend_settings.size)
            end = cut_off + timedelta(days=settings.horizon_days)
            bought = bought_between(transactions, past, cut_off, end)
            rows = _tested(bought, cut_off, settings.customers, model_settings.seed)
            segments = fit(known.features, k, model_settings, segments_settings).segments
            customers = describe(past, known.features, segments)
            table = compare(past, customers, bought, rows, recommend_settings, model_settings.seed)
            tables.append(table.assign(date=cut_off.isoformat()))
    except (DataError, ModelError) as error:
        if settings.dates:
            raise
        return Backtested(pd.DataFrame(columns=list(COLUMNS)), not_tested(error.message))
    backtest = pd.concat(tables, ignore_index=True)[list(COLUMNS)]
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
