"""A summary without figures of few customers: what is taken out of it, and why that is enough."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from custseg.privacy.disclosure import (
    is_shown,
    is_small,
    rounded,
    suppress,
    suppress_list,
)
from custseg.report.summary.segment import Slipping
from custseg.report.summary.silence import Silence, withheld_because
from custseg.report.summary.streams import shown_flows
from custseg.report.summary.whole import shop_months
from custseg.words.figures import counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from custseg.report.summary.segment import CountryShare, Product, SegmentSummary
    from custseg.report.summary.studies import Window
    from custseg.report.summary.whole import LedgerStep, Month, Summary

_NOBODY: Final = Slipping(0, 0, Decimal(0), Decimal(0), None)
_EMPTY: Final[dict[str, Any]] = {
    "rows_in": 0,
    "rows_kept": 0,
    "revenue": Decimal(0),
    "customers": 0,
    "orders": 0,
    "products": 0,
    "k": 1,
    "k_reason": "",
    "structure": "",
    "silhouette": 0.0,
    "explained_variance": 0.0,
    "verdicts": {},
    "eligibility": "",
    "outlook_note": "",
    "outlook_arrow": None,
    "model_reason": "",
    "movement": None,
    "year_before": None,
    "slipping": _NOBODY,
    "slipping_test": None,
    "once": None,
    "forecast_off": None,
    "revenue_tree": None,
} | dict.fromkeys(
    (
        "segments",
        "ledger",
        "statuses",
        "k_scores",
        "k_flows",
        "variances",
        "loadings",
        "points",
        "density",
        "recency_frequency",
        "months",
        "validation",
        "forecast_test",
        "list_test",
        "units_test",
        "bundles",
        "windows",
        "cohorts",
        "segment_cohorts",
        "lately",
        "leaving",
        "campaigns",
        "campaign_pools",
        "drift",
    ),
    (),
)


def disclosed(
    summary: Summary,
    silence: Silence,
    members: pd.DataFrame,
    buyers: Mapping[tuple[int, str], int],
) -> Summary:
    """Leave out of a summary what tells of too few customers, or lets it be worked out.

    Parameters
    ----------
    summary
        Its account of what moved, points and cells are without such figures already.
    silence
        What was decided of its segments.
    members
        Everyone's segment and features.
    buyers
        Customers who ordered or sent back, by segment and month.
    """
    least = silence.least
    if least <= 1:
        return summary
    if silence.everything:
        return replace(
            summary,
            **_EMPTY,
            warnings=(),
            withheld=withheld_because(least),
            smallest_group=least,
        )
    slipping = _slipping(summary, silence)
    told = [one for one in summary.segments if one.segment not in silence.withheld]
    regulars = None not in slipping.values()
    months, whole_months = _months(summary, silence, buyers) if summary.months else ((), ())
    hidden_rules = _rules(summary, least)
    return replace(
        summary,
        smallest_group=least,
        warnings=(*summary.warnings, *_notes(summary, silence)),
        segments=tuple(
            _segment(one, silence, members, slipping.get(one.segment), hidden_rules) for one in told
        ),
        ledger=_ledger(summary.ledger, least),
        k_scores=tuple(
            replace(score, smallest_share=None)
            if is_small(round(score.smallest_share * summary.customers), least)
            else score
            for score in summary.k_scores
            if score.smallest_share is not None
        ),
        k_flows=shown_flows(
            summary.k_flows, least, summary.chosen_k if summary.fitted_now else None
        ),
        months=months,
        whole_months=whole_months,
        validation=tuple(one for one in summary.validation if one.customers >= least),
        forecast_test=tuple(
            one
            for one in summary.forecast_test
            if one.decile == 0 or all(own.customers >= least for own in summary.forecast_test)
        ),
        list_test=tuple(one for one in summary.list_test if one.customers >= least),
        bundles=tuple(one for one in summary.bundles if one.customers >= least),
        windows=tuple(one for one in summary.windows if one.customers >= least),
        revenue_tree=summary.revenue_tree
        if summary.revenue_tree
        and min(summary.revenue_tree.before.customers, summary.revenue_tree.now.customers) >= least
        else None,
        lately=_lately(summary.lately, least),
        year_before=summary.year_before
        if summary.year_before and summary.year_before.customers >= least
        else None,
        slipping=slipping[0] or _NOBODY,
        slipping_test=summary.slipping_test if regulars and _tested(summary, least) else None,
        leaving=tuple(
            one
            for one in summary.leaving
            if slipping[0] and is_shown(one.slipping, one.regulars, least)
        ),
    )


def _lately(windows: tuple[Window, ...], least: int) -> tuple[Window, ...]:
    """Days with enough customers; their first orders where these, and the others, are enough."""
    told = []
    for one in windows:
        if one.customers < least:
            break
        shown = one.newcomers is not None and is_shown(one.newcomers, one.customers, least)
        told.append(one if shown else replace(one, newcomers=None))
    return tuple(told)


def _notes(summary: Summary, silence: Silence) -> list[str]:
    names = {one.segment: one.segment_name for one in summary.segments}
    notes = []
    if silence.withheld:
        gone = listed([names[number] for number in sorted(silence.withheld)])
        notes.append(
            f"{counted(len(silence.withheld), 'segment is', 'segments are')} left out for that "
            f"reason: {gone}."
        )
    if silence.dominated - silence.withheld:
        told = listed([names[number] for number in sorted(silence.dominated - silence.withheld)])
        notes.append(f"Money of {told} is rounded: one customer has most of it in one of them.")
    return notes


def _segment(
    one: SegmentSummary,
    silence: Silence,
    members: pd.DataFrame,
    slipping: Slipping | None,
    hidden_rules: set[tuple[int, str]],
) -> SegmentSummary:
    least, size = silence.least, one.customers
    own = members[members["segment"] == one.segment]
    few = {
        name for name in own.columns if is_small(int(own[name].notna().sum()), least)
    }  # medians of features that few have a value of
    closed = one.segment in silence.dominated
    past = one.past

    def shown(share: float | None) -> float | None:
        told = share is not None and is_shown(round(share * size), size, least)
        return share if told else None

    def products(those: tuple[Product, ...]) -> tuple[Product, ...]:
        kept = (
            product
            if is_shown(product.buyers, size, least)
            else replace(product, buyers=None, buyer_share=None)
            for product in those
            if product.buyers is not None and not is_small(product.buyers, least)
        )
        return tuple(
            replace(product, units=None, revenue=None) if closed else product for product in kept
        )

    revenue: dict[str, Any] = {}
    if closed:
        share = one.revenue_share
        revenue = {
            "revenue": Decimal(str(rounded(float(one.revenue)))),
            "revenue_share": None if share is None else rounded(share),
        }
    return replace(
        one,
        **revenue,
        misfits=one.misfits if one.misfits is None or is_shown(one.misfits, size, least) else None,
        returning_share=shown(one.returning_share),
        ambiguous_share=shown(one.ambiguous_share),
        features=tuple(figure for figure in one.features if figure.feature not in few),
        top_products=products(one.top_products),
        best_sellers=products(one.best_sellers),
        over_buys=products(one.over_buys),
        over_bought_groups=products(one.over_bought_groups),
        countries=_countries(one.countries, size, least),
        rules=tuple(
            replace(rule, precision=None, coverage=None)
            if (one.segment, rule.text) in hidden_rules
            else rule
            for rule in one.rules
            if rule.customers >= least
        ),
        past=past
        if past
        and is_shown(round(past.buying_rate * past.customers), past.customers, least)
        and past.customers >= least
        else None,
        slipping=slipping,
    )


def _countries(
    countries: tuple[CountryShare, ...], size: int, least: int
) -> tuple[CountryShare, ...]:
    """Those of whom enough live there; the others of the segment are elsewhere, or unknown."""
    rest = size - sum(country.customers for country in countries)
    hidden = suppress_list([*(country.customers for country in countries), rest], least)
    return tuple(country for country, gone in zip(countries, hidden[:-1], strict=True) if not gone)


def _rules(summary: Summary, least: int) -> set[tuple[int, str]]:
    """Rules of which it can't be told how often they are right: all of them together are known."""
    rules = [(one.segment, rule) for one in summary.segments for rule in one.rules]
    right = np.array([round((rule.precision or 0.0) * rule.customers) for _, rule in rules])
    wrong = np.array([rule.customers for _, rule in rules]) - right
    hidden = suppress_list(right, least) | suppress_list(wrong, least)
    return {
        (segment, rule.text) for (segment, rule), gone in zip(rules, hidden, strict=True) if gone
    }


def _ledger(ledger: tuple[LedgerStep, ...], least: int) -> tuple[LedgerStep, ...]:
    """Customers after each rule, but where the next that is told differs by too few."""
    found: list[LedgerStep] = []
    after: int | None = None
    for step in reversed(ledger):
        left = step.customers_left
        if left is not None and after is not None and is_small(left - after, least):
            found.append(replace(step, customers_left=None))
            continue
        after = left
        found.append(step)
    return tuple(reversed(found))


def _months(
    summary: Summary, silence: Silence, buyers: Mapping[tuple[int, str], int]
) -> tuple[tuple[Month, ...], tuple[Month, ...]]:
    """Each segment's months with enough customers, and the whole shop's."""
    cells = summary.months
    customers = np.array([buyers.get((cell.segment, cell.month), 0) for cell in cells])
    quiet = silence.withheld | silence.dominated
    rows, fixed, withheld = [], [], []

    def add(held: list[bool], *, known: bool = False, gone: bool = False) -> None:
        rows.append(np.array(held, dtype=float))
        fixed.append(known)
        withheld.append(gone)

    for place, cell in enumerate(cells):
        few = is_small(int(customers[place]), silence.least)
        add([one is cell for one in cells], gone=few or cell.segment in quiet)
    for number in sorted({cell.segment for cell in cells}):
        own = [cell.segment == number for cell in cells]
        add(own, known=number not in quiet, gone=number in quiet)
    whole = shop_months(cells)
    for month in whole:
        own = [cell.month == month.month for cell in cells]
        add(own, gone=is_small(int(customers[own].sum()), silence.least))
    add([True] * len(cells), known=True)
    # What holds for orders holds for their money, which adds up alike. A month may have money of
    # a return and no order; it counts as one.
    orders = np.maximum([cell.orders for cell in cells], customers > 0)
    hidden = suppress(orders, np.array(rows), silence.least, fixed=fixed, withheld=withheld)
    totals = hidden[-len(whole) - 1 : -1]
    told = tuple(month for month, gone in zip(whole, totals, strict=True) if not gone)
    # A part is drawn within its month.
    drawn = {month.month for month in told}
    shown = zip(cells, hidden[: len(cells)], strict=True)
    return tuple(cell for cell, gone in shown if not gone and cell.month in drawn), told


def _slipping(summary: Summary, silence: Silence) -> dict[int, Slipping | None]:
    """Regulars who slip, by segment and (0) of the shop; None where they can't be told."""
    segments = [one for one in summary.segments if one.slipping is not None]
    groups = [
        (own.customers, own.regulars - own.customers, one.customers - own.regulars)
        for one in segments
        for own in (one.slipping,)
        if own is not None
    ]
    width = 3 * len(segments)
    rows, tied, fixed, withheld = [], [], [], []
    for place in range(len(segments) + 1):
        everybody = place == len(segments)
        for parts in ((0,), (1,), (2,), (0, 1), (0, 1, 2)):
            row = np.zeros(width)
            for part in parts:
                row[part::3] = 1
            if not everybody:
                row[: 3 * place] = row[3 * place + 3 :] = 0
            every = len(parts) == 3  # noqa: PLR2004  (all of its customers)
            number = None if everybody else segments[place].segment
            gone = number in silence.withheld
            rows.append(row)
            fixed.append(every and not gone)
            tied.append(place)
            withheld.append(gone or (not every and number in silence.dominated))
    hidden = suppress(
        np.ravel(groups), np.array(rows), silence.least, fixed=fixed, tied=tied, withheld=withheld
    )
    found: dict[int, Slipping | None] = {
        one.segment: None if hidden[5 * place] else one.slipping
        for place, one in enumerate(segments)
    }
    found[0] = None if hidden[5 * len(segments)] else summary.slipping
    if found[0] is None:
        return dict.fromkeys(found)
    return found


def _tested(summary: Summary, least: int) -> bool:
    test = summary.slipping_test
    return test is not None and all(
        not is_small(count, least)
        for count in (
            test.came_back,
            test.slipping - test.came_back,
            test.others_came_back,
            test.others - test.others_came_back,
        )
    )
