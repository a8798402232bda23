"""Whether a column of currencies is that of the amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.sources.columns.proposal.names import currency_named
from custseg.sources.columns.proposal.relations import in_one_currency
from custseg.sources.columns.proposal.result import Match

if TYPE_CHECKING:
    from custseg.sources.columns.proposal.sampling import Sample
    from custseg.sources.columns.proposal.state import State


def settle_currency(state: State) -> None:
    """Leave a currency out that is not that of the amounts, which say theirs."""
    entry = state.matches.get("currency") or state.unclear.get("currency")
    priced = [state.sample(field) for field in ("unit_price", "amount", "order_total")]
    money = [sample for sample in priced if sample]
    if entry is None or not money:
        return
    named = [currency_named(sample.name) or sample.currency for sample in money]
    why = ""
    if all(named):
        why = f'the amounts\' own is {named[0]}: "{money[0].name}"'
    elif isinstance(entry, Match) and _is_of_payments(state, entry, money[0]):
        why = "a product costs the same in each: the currency of the payment"
    if why:
        state.matches.pop("currency", None)
        state.unclear.pop("currency", None)
        state.unused |= dict.fromkeys(entry.columns, why)


def _is_of_payments(state: State, currency: Match, price: Sample) -> bool:
    (found,) = [c for c in state.candidates["currency"] if c.name == currency.column]
    if not found.meaning.tier:
        return False
    quantity = state.sample("quantity")
    prices = price.numbers
    if quantity and not state.sample("unit_price"):
        pairs = zip(prices, quantity.numbers, strict=True)
        prices = [paid / units if paid and units else None for paid, units in pairs]
    return in_one_currency(prices, found.sample, state.item())
