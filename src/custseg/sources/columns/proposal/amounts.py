"""Which columns of money count, and whether a price is one unit's or a whole line's."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.by_values import few_units
from custseg.sources.columns.proposal.candidates import Candidate, says
from custseg.sources.columns.proposal.money import FIELDS as MONEY
from custseg.sources.columns.proposal.money import settle_money as settle_columns
from custseg.sources.columns.proposal.names import How, meanings
from custseg.sources.columns.proposal.relations import Price, judge_price
from custseg.sources.columns.proposal.result import Match
from custseg.sources.columns.proposal.sampling import NEARLY_ALL
from custseg.sources.columns.proposal.state import canonical
from custseg.sources.columns.proposal.sums import Lines, MoneyColumn
from custseg.sources.table import MONEY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from custseg.sources.columns.proposal.sampling import Sample
    from custseg.sources.columns.proposal.state import State

_QUANTITY_BY_PRICE: Final = 0.7
_SAYS_AMOUNT: Final = frozenset({"amount"})
"""A name that means money and, in some shops, units."""
_FAR_BELOW: Final = 0.5
"""Part of a unit's price below which no discount brings a line's total."""
_FEW_UNITS: Final = 5
_FEWEST_ROWS: Final = 10
"""Amounts that are small by chance on fewer rows."""
_DECLINED: Final = "your mapping says that there is none"


def _money(state: State) -> list[Candidate]:
    """Columns whose names say money, each once."""
    found = {
        candidate.name: candidate
        for field in reversed(MONEY)
        for candidate in state.candidates.get(field, [])
        if candidate.name not in state.taken()
    }
    return [found[sample.name] for sample in state.free if sample.name in found]


def settle_money(state: State) -> None:
    """Find the columns of money that count, unless the user's mapping names one."""
    candidates = _money(state)
    if any(state.given.get(field) for field in MONEY_FIELDS):
        for candidate in candidates:
            state.unused.setdefault(candidate.name, "your mapping says which money counts")
        return
    columns = [
        MoneyColumn(c.sample, c.meaning.field, (c.meaning.how, c.meaning.tier), says(c.meaning))
        for c in candidates
    ]
    confidence = {candidate.name: candidate.confidence for candidate in candidates}
    columns = [column for column in columns if not _is_quantity(state, column)]
    if line_total := _price_of_the_line(state, columns):
        confidence[line_total.name] = state.matches.pop("unit_price").confidence
        columns.append(line_total)
    lines = Lines(
        state.sample("quantity"), state.sample("unit_price"), state.orders(), state.item()
    )
    settled = settle_columns(columns, lines)
    state.zero = settled.zero
    for field, (column, said) in settled.matches.items():
        if field in state.given:
            state.unused.setdefault(column.name, _DECLINED)
            continue
        reason = "; ".join(part for part in (column.says, said) if part)
        state.matches[field] = Match(canonical(field), column.name, reason, confidence[column.name])
    for field, (unsettled, why) in settled.unclear.items():
        if field in state.given:
            state.unused |= {column.name: _DECLINED for column in unsettled}
        else:
            state.doubt(field, [column.name for column in unsettled], why)
    state.unused |= settled.unused
    _doubt_units(state)


def _is_quantity(state: State, column: MoneyColumn) -> bool:
    """Take an "amount" that is few units beside a higher price as the quantity."""
    price = state.sample("unit_price")
    if price is None or state.settled("quantity") or column.field not in {"amount", "total"}:
        return False
    pairs = zip(column.sample.numbers, price.numbers, strict=True)
    known = [units < paid for units, paid in pairs if units is not None and paid]
    if not few_units(column.sample) or sum(known) < max(1, NEARLY_ALL * len(known)):
        return False
    said = f'{column.says}, but whole numbers below "{price.name}": the quantity'
    state.matches["quantity"] = Match("quantity", column.name, said, _QUANTITY_BY_PRICE)
    return True


def _doubt_units(state: State) -> None:
    """Ask whether the only money is money: an "amount" of 1, 2, 3 may count units."""
    match, price = state.matches.get("amount"), state.sample("unit_price")
    if match is None or state.settled("quantity"):
        return
    sample = state.sample_of(match)
    if price:
        pairs = zip(sample.numbers, price.numbers, strict=True)
        parts = [paid / one for paid, one in pairs if paid is not None and one]
        if parts and median(parts) < _FAR_BELOW:
            state.doubt("amount", [sample.name], f'far below "{price.name}": money, or units')
            del state.matches["amount"]
        return
    known = [c for c in state.candidates.get("amount", []) if c.name == match.column]
    says_little = known and known[0].meaning.found in _SAYS_AMOUNT
    seen = len(sample.filled) >= _FEWEST_ROWS
    if says_little and seen and few_units(sample, _FEW_UNITS):
        for field in ("amount", "quantity"):
            state.doubt(field, [sample.name], "small whole numbers: money, or units")
        del state.matches["amount"]


def _price_of_the_line(state: State, columns: Sequence[MoneyColumn]) -> MoneyColumn | None:
    """The "price" as a line's total: it grows with the quantity, or has none beside it."""
    match, quantity = state.matches.get("unit_price"), state.sample("quantity")
    if match is None:
        return None
    price = state.sample_of(match)
    (found,) = [c for c in state.candidates["unit_price"] if c.name == price.name]
    if quantity is None:
        if any(column.field in {"amount", "total"} for column in columns):
            return None
        if not state.settled("quantity") and (units := _may_count_units(state, found)):
            why = f'whole numbers beside "{price.name}", of which nothing says what they count'
            state.doubt("quantity", [sample.name for sample in units], why)
            return None
        said = "no quantity beside it: taken as the line's total"
    else:
        items = [state.sample(field) for field in ("product_id", "description")]
        told = judge_price(
            price, quantity, [item for item in items if item], state.sample("category")
        )
        named = "quantity" in state.given or any(
            candidate.name == quantity.name for candidate in state.candidates.get("quantity", [])
        )
        unsure = told is Price.UNSETTLED or (told is Price.UNTOLD and not named)
        if unsure and found.meaning.tier:
            # "Unit price" says which it is, "Price" does not.
            for field in ("unit_price", "amount"):
                why = "the price of one unit, or of the whole line: the rows don't tell"
                state.doubt(field, [price.name], why)
            del state.matches["unit_price"]
        if told is not Price.LINE:
            return None
        said = "grows with the quantity: the line's total"
    rank = (found.meaning.how, found.meaning.tier)
    return MoneyColumn(price, "amount", rank, f"{says(found.meaning)}; {said}")


def _may_count_units(state: State, price: Candidate) -> list[Sample]:
    """Columns that may be the quantity of a price beside which no name says so."""
    says_unit = not price.meaning.tier
    found = []
    for sample in state.free:
        fields = [meaning.field for meaning in meanings(sample.name)]
        silent = not fields or "quantity" in fields
        weak = all(meaning.how is How.WEAK for meaning in meanings(sample.name))
        counts = few_units(sample) and len(sample.distinct) > 1 and not sample.unique
        # A name that says nothing, and 1, 2, 3 within each order: the lines' numbers.
        numbers = sample.counts_up and not says_unit and "quantity" not in fields
        free = sample.name not in state.taken() and (silent or weak)
        if free and counts and not numbers and not _of_orders(state, sample):
            found.append(sample)
    return found


def _of_orders(state: State, sample: Sample) -> bool:
    """Whether a column never differs within an order, as that of its store does."""
    rows: dict[Hashable, list[str | None]] = defaultdict(list)
    for order, value in zip(state.orders() or (), sample.values, strict=False):
        rows[order].append(value)
    several = [set(values) for values in rows.values() if len(values) > 1]
    values = {value for found in several for value in found}
    same = all(len(found) == 1 for found in several)
    return len(several) >= _FEWEST_ROWS and same and len(values) > 1
