"""What prices tell beside other columns: unit price or line's total, before a discount or after."""

from __future__ import annotations

import math
from collections import defaultdict
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from custseg.sources.columns.proposal.sampling import NEARLY_ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custseg.sources.columns.proposal.sampling import Sample

Numbers: TypeAlias = "Sequence[float | None]"
Pairs = list[tuple[float, float]]
_FEWER: Final = 1.5
"""How many times as many different values tell that the others are made of few."""
_FEWEST_ROWS: Final = 20
"""Rows of several quantities from which a price that is one's shows that it doesn't grow."""
_FEWEST_TOLD: Final = 3
"""Products at several discounts, or in several currencies, that have to agree."""
_FLAT: Final = 0.5
_SAME: Final = 0.02
"""By how much equal prices may differ: by rounding."""


class Price(Enum):
    """What a price beside a quantity is."""

    UNIT = "unit"
    LINE = "line"
    UNSETTLED = "unsettled"
    """The rows could tell, and contradict each other."""
    UNTOLD = "untold"
    """Too few rows have several quantities."""


def judge_price(
    price: Sample, quantity: Sample, items: Sequence[Sample], category: Sample | None
) -> Price:
    """Tell whether a price is one unit's or the whole line's, which grows with the quantity.

    Parameters
    ----------
    items
        Columns of products: ids, names.
    category
        Within which a shop may have few prices.
    """
    rows = list(zip(quantity.numbers, price.numbers, strict=True))
    groups = [(item.values, True) for item in items]
    groups += [(category.values, False)] if category else []
    everything: tuple[str | None, ...] = ("all",) * len(rows)
    for keys, of_products in (*groups, (everything, False)):
        lines: dict[str, Pairs] = defaultdict(list)
        for key, (units, paid) in zip(keys, rows, strict=True):
            if key and units and paid:
                lines[key].append((units, paid))
        told = [pairs for pairs in lines.values() if len({units for units, _ in pairs}) > 1]
        # Few rows of different things are in proportion by chance.
        many = sum(map(len, told)) >= _FEWEST_ROWS
        if told and (many or of_products) and (found := _by_equal_prices(told, cut=many)):
            return found
        if many and (found := _by_few_prices(told)):
            return found
    return _by_slope([(abs(u), abs(p)) for u, p in rows if u and p])


def _by_equal_prices(told: Sequence[Pairs], *, cut: bool) -> Price | None:
    """Each product has one price: of a unit, or of all units of a line, cut to whole numbers."""
    grows = sum(_spread(paid / units for units, paid in pairs) for pairs in told)
    stays = sum(_spread(paid for _, paid in pairs) for pairs in told)
    rounded = sum(_grows_rounded(pairs) for pairs in told) if cut else grows
    if rounded >= NEARLY_ALL * len(told) and stays < rounded / 2:
        return Price.LINE
    # A shop's prices change: what mostly stays the same is a unit's.
    if grows < stays / 2:
        return Price.UNIT
    return None


def _grows_rounded(pairs: Pairs) -> bool:
    """Whether prices are all but in proportion to units; whole ones may be rounded or cut."""
    cut = 1.0 if all(paid.is_integer() for _, paid in pairs) else 0.0
    least = max((abs(paid) - cut) / abs(units) for units, paid in pairs)
    most = min((abs(paid) + cut) / abs(units) for units, paid in pairs)
    return least <= most or _spread(paid / units for units, paid in pairs)


def _by_few_prices(told: Sequence[Pairs]) -> Price | None:
    """Units have few prices, and lines as many as there are quantities, or the other way round."""
    prices = sum(len({round(paid, 2) for _, paid in pairs}) for pairs in told)
    per_unit = sum(len({round(paid / units, 2) for units, paid in pairs}) for pairs in told)
    if prices >= _FEWER * per_unit:
        return Price.LINE
    return Price.UNIT if per_unit >= _FEWER * prices else None


def _by_slope(rows: Pairs) -> Price:
    """Prices that all differ: a unit's don't grow with the quantity, as far as many rows tell."""
    several = [units for units, _ in rows if units > 1]
    if len(several) < _FEWEST_ROWS or len({units for units, _ in rows}) < 2:  # noqa: PLR2004
        return Price.UNTOLD
    x, y = ([math.log(pair[i]) for pair in rows] for i in (0, 1))
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    spread = math.fsum((one - mean_x) ** 2 for one in x)
    slope = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
    return Price.UNIT if slope <= _FLAT else Price.UNSETTLED


def judge_rate(prices: Numbers, rates: Numbers, products: Sample | None) -> str | None:
    """Tell whether prices are "before" a discount rate or "after" it; None if nothing tells.

    A product's price before the discount is the same at every rate.

    Parameters
    ----------
    prices
        What one unit was, or cost.
    rates
        Parts of one.
    """
    found = _by_product(products, prices, rates)
    if len(found) < _FEWEST_TOLD:
        return None
    before = sum(_spread(price for price, _ in pairs) for pairs in found)
    after = sum(_spread(price / (1 - rate) for price, rate in pairs if rate < 1) for pairs in found)
    if before >= NEARLY_ALL * len(found) and after < before / 2:
        return "before"
    return "after" if after >= NEARLY_ALL * len(found) and before < after / 2 else None


def in_one_currency(prices: Numbers, currency: Sample, products: Sample | None) -> bool:
    """Whether a product costs the same number whatever the currency: that of the payment."""
    codes = sorted(currency.distinct)
    numbers: Numbers = [codes.index(code) + 1.0 if code else None for code in currency.values]
    found = _by_product(products, prices, numbers)
    same = sum(_spread(price for price, _ in pairs) for pairs in found)
    return len(found) >= _FEWEST_TOLD and same >= NEARLY_ALL * len(found)


def _by_product(products: Sample | None, prices: Numbers, others: Numbers) -> list[Pairs]:
    """Prices of each product that has several values of something else, with these."""
    lines: dict[str, Pairs] = defaultdict(list)
    for key, price, other in zip(products.values if products else (), prices, others, strict=False):
        if key and price and other is not None:
            lines[key].append((price, other))
    return [pairs for pairs in lines.values() if len({other for _, other in pairs}) > 1]


def _spread(prices: Iterable[float]) -> bool:
    """Whether prices are all but equal."""
    known = list(prices)
    return not known or max(known) - min(known) <= _SAME * abs(max(known, key=abs))
