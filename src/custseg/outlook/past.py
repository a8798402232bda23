"""The shop as it was known at past dates, prepared once for every study that looks back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from custseg.artifacts.past import ARTIFACTS
from custseg.engine.base import fetch, register
from custseg.errors import DataError, ModelError, SettingsError
from custseg.orders.cleaning import clean_before
from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.orders.lines import before, first_day, outcomes_from
from custseg.orders.money import has_money
from custseg.outlook.hindsight import changed_lines
from custseg.outlook.lifetime.season import season_dates
from custseg.segments.model.fit import fit
from custseg.segments.model.outlook_axis import learn_from
from custseg.settings import (
    BacktestSettings,
    CleanSettings,
    FeatureSettings,
    InventorySettings,
    ModelSettings,
    SegmentSettings,
    ValidationSettings,
    ValueSettings,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

    from custseg.settings import PastDates


@dataclass(frozen=True)
class PreparedPast:
    """What each study looks back on, by the section of its settings."""

    past_value: ir.Table
    past_validation: ir.Table
    past_backtest: ir.Table
    past_backtest_lines: ir.Table
    past_inventory: ir.Table
    past_inventory_lines: ir.Table
    not_validated_because: str
    """Why there are no segments to validate; empty where there are."""
    not_backtested_because: str
    """Likewise for the lists."""


def prepare_past(  # noqa: PLR0913, PLR0917  (a stage's parameters are what it declares)
    raw: ir.Table,
    transactions: ir.Table,
    preset: str,
    as_of: str,
    k: int,
    value_settings: ValueSettings | None = None,
    validation_settings: ValidationSettings | None = None,
    backtest_settings: BacktestSettings | None = None,
    inventory_settings: InventorySettings | None = None,
    clean_settings: CleanSettings | None = None,
    features_settings: FeatureSettings | None = None,
    model_settings: ModelSettings | None = None,
    segments_settings: SegmentSettings | None = None,
) -> PreparedPast:
    """Clean, measure and segment the shop at each past date that a study looks back from.

    Parameters
    ----------
    raw
        Canonical order lines: at each date they are cleaned as they were known then.
    transactions
        What counts of them today.
    preset, as_of, k
        Name of the code patterns; ISO date at which the data end; number of segments (the one
        thing that today's customers decide).
    value_settings, validation_settings, backtest_settings, inventory_settings
        The settings of the studies, which name the dates.
    clean_settings, features_settings, model_settings, segments_settings
        The settings of the stages whose work is done again at each date.

    Returns
    -------
    PreparedPast
        The artifacts of the same names. A date that was not asked for is left out where no order
        was known, and has no segments where too few customers were.

    Raises
    ------
    SettingsError
        A date asked for has no order before it, or its days are not over.
    DataError, ModelError
        At a date asked for no order counted, or too few customers were known.

    Examples
    --------
    >>> past = custseg.prepare_past(raw, transactions, preset, as_of, k)
    >>> past.not_validated_because  # nothing: there is enough of a past
    ''
    """
    ahead = value_settings or ValueSettings()
    validation = validation_settings or ValidationSettings()
    backtest = backtest_settings or BacktestSettings()
    inventory = inventory_settings or InventorySettings()
    today = date.fromisoformat(as_of)
    dates = {
        "value": [
            *season_dates(today, first_day(transactions), ahead.horizon_days),
            today - timedelta(days=ahead.horizon_days),
        ],
        "inventory": _test_dates(transactions, as_of, inventory),
    }
    lacking: dict[str, str] = {}
    for section, settings in (("validation", validation), ("backtest", backtest)):
        dates[section], lacking[section] = _cut_offs(raw, as_of, settings, section)
    days_after = {"value": ahead.horizon_days, "validation": validation.horizon_days}
    judged = judge(raw, preset, clean_settings, many_dates=True)
    found: dict[str, list[ir.Table]] = {artifact.name: [] for artifact in ARTIFACTS}
    for cut_off in sorted({day for chosen in dates.values() for day in chosen}):
        sections = {section for section, chosen in dates.items() if cut_off in chosen}
        known, segments = None, None
        try:
            known = known_at(judged, cut_off, features_settings)
            learned = learn_from(
                judged,
                known.transactions,
                known.measured,
                cut_off.isoformat(),
                model_settings,
                features_settings,
            )
            segments = fit(
                known.features, k, model_settings, segments_settings, learned.outlook_axis
            ).segments
        except (DataError, ModelError) as error:
            if cut_off in {*validation.dates, *backtest.dates}:
                raise
            lacking |= dict.fromkeys(sections, error.message)
        if known is None:
            continue
        day, money = ibis.literal(cut_off.isoformat()), has_money(known.features)
        customers = _with_segments(known.measured, segments).mutate(date=day)
        for section in sections & days_after.keys():
            end = cut_off + timedelta(days=days_after[section])
            kept = transactions
            if end.isoformat() != as_of:
                kept, _ = clean_before(judged, end)
            outcomes = _with_outcomes(customers, kept, cut_off, money=money)
            found[f"past_{section}"].append(outcomes)
        # A forecast is tested on segments only; lists are also judged by who was known at all.
        of_lines = sections & ({"backtest"} if segments is None else {"backtest", "inventory"})
        if of_lines:
            changed = changed_lines(known.transactions, before(transactions, cut_off))
            changed = changed.mutate(date=day).cache()
        for section in of_lines:
            found[f"past_{section}"].append(customers)
            found[f"past_{section}_lines"].append(changed)
    return PreparedPast(
        **{one.name: _joined(found[one.name], one.schema(), transactions) for one in ARTIFACTS},
        not_validated_because=lacking["validation"],
        not_backtested_because=lacking["backtest"],
    )


def _test_dates(transactions: ir.Table, as_of: str, settings: InventorySettings) -> list[date]:
    """A horizon apart, the last one a horizon ago, with enough days of orders before each."""
    first, end = first_day(transactions), date.fromisoformat(as_of)
    days = [end - timedelta(days=settings.horizon_days * (i + 1)) for i in range(settings.tests)]
    return [day for day in days if (day - first).days >= settings.min_history_days]


def _cut_offs(
    raw: ir.Table, as_of: str, settings: PastDates, section: str
) -> tuple[list[date], str]:
    """The dates asked for, or the one `horizon_days` before the end; why there are none."""
    end = date.fromisoformat(as_of)
    known = before(raw.filter(raw.customer_id.notnull()), end)
    ends = fetch(known.aggregate(first=known.ordered_at.min(), last=known.ordered_at.max()))[0]
    first = end
    if ends["first"] is not None:
        first, end = ends["first"].date(), min(end, ends["last"].date() + timedelta(days=1))
    latest = end - timedelta(days=settings.horizon_days)
    if not settings.dates:
        history, needed = (end - first).days, settings.min_history_days
        needed = max(needed, 2 * settings.horizon_days)
        if history < needed:
            return [], f"not enough history: {history:,} days, {needed:,} needed"
        return [latest], ""
    for cut_off in settings.dates:
        if cut_off <= first:
            raise SettingsError(
                f"{section}.dates: nothing was ordered before {cut_off}; the first order is on "
                f"{first}.",
                f"Choose a date after it, up to {latest}.",
            )
        if cut_off > latest:
            raise SettingsError(
                f"{section}.dates: the {settings.horizon_days} days after {cut_off} end on "
                f"{cut_off + timedelta(days=settings.horizon_days)}, but orders are known up to "
                f"{end} only.",
                f"Choose a date up to {latest}, or lower [{section}] horizon_days.",
            )
    return sorted(settings.dates), ""


def _with_segments(measured: ir.Table, segments: pd.DataFrame | None) -> ir.Table:
    if segments is None:
        return measured.mutate(segment=ibis.null("int64"), segment_name=ibis.null("string"))
    members = register(segments[["customer_id", "segment", "segment_name"]], measured)
    return measured.inner_join(members, "customer_id")


def _with_outcomes(
    customers: ir.Table, transactions: ir.Table, cut_off: date, *, money: bool
) -> ir.Table:
    """Add what each customer ordered and spent from a date on, of what counts at the days' end."""
    sums = outcomes_from(transactions, cut_off)
    joined = customers.left_join(sums.cache(), "customer_id")
    return joined.mutate(
        orders_after=joined.orders_after.fill_null(0),
        spend_after=joined.spend_after.fill_null(0) if money else joined.spend_after,
    )


def _joined(tables: list[ir.Table], schema: pa.Schema, beside: ir.Table) -> ir.Table:
    if not tables:
        return register(schema.empty_table(), beside)
    return ibis.union(*(table.select(*schema.names) for table in tables))
