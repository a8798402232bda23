"""The search for the column of each field: names first, then sums, then values alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.candidates import (
    Candidate,
    candidates_of,
    find,
    say_the_same,
    says,
    weak_rivals,
)
from custseg.sources.columns.proposal.fitting import only_by_values, scales_with_quantity
from custseg.sources.columns.proposal.money import FIELDS as MONEY
from custseg.sources.columns.proposal.money import settle_money
from custseg.sources.columns.proposal.names import How, label
from custseg.sources.columns.proposal.result import FIELDS, Match, Proposal, Unclear, Unused
from custseg.sources.columns.proposal.sums import Lines, MoneyColumn
from custseg.sources.table import REQUIRED_FIELDS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from custseg.settings import CanonicalField
    from custseg.sources.columns.proposal.sampling import Sample

_BY_VALUES: Final = 0.4
_MOST_SILENT: Final = 50
"""Of more columns whose names say nothing, some look like anything by chance."""
_PLAIN: Final = (
    "order_id",
    "customer_id",
    "ordered_at",
    "product_id",
    "description",
    "quantity",
    "unit_price",
    "category",
    "country",
    "status",
    "cancelled_at",
    "currency",
)
"""Fields that need no sums to be settled; of two for the same column, the first takes it."""
_ANY_NAME: Final = ("description", How.WEAK)
"""A "name" can be a person's: it must be seen to be a product's."""
_SETTLES_MONEY: Final = frozenset({"amount", "unit_price", "order_total"})


class Search:
    """The state of one proposal while it is made.

    Parameters
    ----------
    columns
        The table's columns with their samples.
    given
        The mapping that holds already.
    """

    def __init__(
        self,
        columns: Sequence[Sample],
        given: Mapping[CanonicalField, str | tuple[str, ...]],
    ) -> None:
        self._columns = columns
        self._given: dict[str, list[Sample]] = {
            field: find(columns, named) for field, named in given.items()
        }
        taken = {sample.name for found in self._given.values() for sample in found}
        self._free = [sample for sample in columns if sample.name not in taken]
        self._candidates, self._unused = candidates_of(self._free, self._given, columns)
        self._matches: dict[str, Match] = {}
        self._unclear: dict[str, Unclear] = {}

    def run(self) -> Proposal:
        """Search, and tell what was found."""
        self._settle_plain()
        self._settle_name()
        self._add_time()
        if _SETTLES_MONEY & self._given.keys():
            for candidate in self._money():
                self._unused.setdefault(candidate.name, "your mapping says which money counts")
        else:
            self._settle_money()
        self._ask_values()
        return Proposal(
            tuple(self._matches[field] for field in FIELDS if field in self._matches),
            tuple(self._unclear[field] for field in FIELDS if field in self._unclear),
            tuple(field for field in REQUIRED_FIELDS if not self._settled(field)),
            tuple(
                Unused(sample.name, self._unused.get(sample.name, ""))
                for sample in self._free
                if sample.name not in self._taken()
            ),
        )

    def _settle_plain(self) -> None:
        """Give each field that needs no sums its best column, the likeliest first."""
        left: dict[str, list[Candidate]] = {
            field: [c for c in self._candidates[field] if (field, c.meaning.how) != _ANY_NAME]
            for field in _PLAIN
            if field in self._candidates
        }
        while left := {field: found for field, found in left.items() if found}:
            ranks = {field: min(c.rank for c in found) for field, found in left.items()}
            field = min(left, key=lambda name: (ranks[name], _PLAIN.index(name)))
            equals = self._different(field, [c for c in left[field] if c.rank == ranks[field]])
            rivals = weak_rivals(equals, left)
            for rival in rivals:
                self._doubt(rival, equals, "could be this, or another field")
            if not rivals and len(equals) > 1:
                self._doubt(field, equals, "each could be it")
            elif not rivals:
                self._match(field, equals[0])
                for other in left[field]:
                    told = f'{label(field)}, but "{equals[0].name}" tells more'
                    self._unused.setdefault(other.name, told)
            taken = {candidate.name for candidate in equals}
            left = {
                name: [candidate for candidate in found if candidate.name not in taken]
                for name, found in left.items()
                if name not in {field, *rivals}
            }

    def _different(self, field: str, equals: list[Candidate]) -> list[Candidate]:
        """Of columns that say the same in other words, such as an order's id and number, one."""
        kept: list[Candidate] = []
        for candidate in equals:
            same = next((one for one in kept if say_the_same(field, one, candidate)), None)
            if same:
                self._unused[candidate.name] = f'says the same as "{same.name}"'
            else:
                kept.append(candidate)
        return kept

    def _settle_name(self) -> None:
        """Take a "name" as the product's only where each product has one of its own."""
        product = self._sample("product_id")
        for candidate in self._candidates.get("description", []):
            free = candidate.name not in self._taken() and not self._settled("description")
            if free and product and not product.unique:
                pairs = set(zip(product.values, candidate.sample.values, strict=True))
                if len(pairs) == len(set(product.values)):
                    self._match("description", replace(candidate, said="one for each product id"))

    def _add_time(self) -> None:
        """Join a time of day that stands in a column of its own to the date."""
        date, times = self._matches.get("ordered_at"), self._candidates.get("time", [])
        if date is None or not isinstance(date.column, str) or len(times) != 1:
            return
        (time,) = times
        if time.sample.times and time.name != date.column and not self._sample_of(date).clock:
            reason = f'{date.reason}; "{time.name}" has the times of day'
            joined = replace(date, column=(date.column, time.name), reason=reason)
            self._matches["ordered_at"] = joined

    def _money(self) -> list[Candidate]:
        """Columns whose names say money, each once."""
        found = {
            candidate.name: candidate
            for field in reversed(MONEY)
            for candidate in self._candidates.get(field, [])
            if candidate.name not in self._taken()
        }
        return [found[sample.name] for sample in self._free if sample.name in found]

    def _settle_money(self) -> None:
        candidates = self._money()
        columns = [
            MoneyColumn(c.sample, c.meaning.field, (c.meaning.how, c.meaning.tier), says(c.meaning))
            for c in candidates
        ]
        confidence = {candidate.name: candidate.confidence for candidate in candidates}
        if line_total := self._price_of_the_line(columns):
            confidence[line_total.name] = self._matches.pop("unit_price").confidence
            columns.append(line_total)
        lines = Lines(self._sample("quantity"), self._sample("unit_price"), self._orders())
        settled = settle_money(columns, lines)
        for field, (column, said) in settled.matches.items():
            reason = "; ".join(part for part in (column.says, said) if part)
            self._matches[field] = Match(
                _canonical(field), column.name, reason, confidence[column.name]
            )
        for field, (unsettled, why) in settled.unclear.items():
            names = tuple(column.name for column in unsettled)
            self._unclear[field] = Unclear(_canonical(field), names, why)
        self._unused |= settled.unused

    def _price_of_the_line(self, columns: Sequence[MoneyColumn]) -> MoneyColumn | None:
        """The "price" as a line's total: it grows with the quantity, or has none beside it."""
        match, quantity = self._matches.get("unit_price"), self._sample("quantity")
        if match is None:
            return None
        price = self._sample_of(match)
        product = self._sample("product_id") or self._sample("description")
        if quantity is None:
            if any(column.field in {"amount", "total"} for column in columns):
                return None
            said = "no quantity beside it: taken as the line's total"
        elif scales_with_quantity(price, quantity, product):
            said = "grows with the quantity: the line's total"
        else:
            return None
        (found,) = [c for c in self._candidates["unit_price"] if c.name == price.name]
        rank = (found.meaning.how, found.meaning.tier)
        return MoneyColumn(price, "amount", rank, f"{says(found.meaning)}; {said}")

    def _ask_values(self) -> None:
        """Where names leave a field open, ask the values of columns that say nothing."""
        open_fields = [field for field in REQUIRED_FIELDS if not self._settled(field)]
        money_open = not any(self._settled(field) for field in _SETTLES_MONEY)
        named = {c.name for found in self._candidates.values() for c in found} | set(self._unused)
        silent = [sample for sample in self._free if sample.name not in named]
        if len(silent) > _MOST_SILENT:
            return
        nameless = not self._matches and not self._unclear and not self._given
        fields = [*open_fields, *(["quantity"] if nameless else ())]
        fields += ["amount"] if money_open else []
        for field, (samples, said) in only_by_values(silent, fields).items():
            names = tuple(sample.name for sample in samples)
            if len(names) == 1 and (nameless or field != "amount"):
                told = f"only by its values: {said}"
                self._matches[field] = Match(_canonical(field), names[0], told, _BY_VALUES)
            else:
                self._unclear[field] = Unclear(
                    _canonical(field), names, f"only values say so: {said}"
                )

    def _match(self, field: str, found: Candidate) -> None:
        self._matches[field] = Match(_canonical(field), found.name, found.reason, found.confidence)

    def _doubt(self, field: str, found: Sequence[Candidate], why: str) -> None:
        names = tuple(candidate.name for candidate in found)
        self._unclear[field] = Unclear(_canonical(field), names, why)

    def _settled(self, field: str) -> bool:
        return field in {*self._given, *self._matches, *self._unclear}

    def _taken(self) -> set[str]:
        """Columns that are matched, or that an open field may be."""
        matched = {name for match in self._matches.values() for name in match.columns}
        return matched | {name for entry in self._unclear.values() for name in entry.columns}

    def _sample(self, field: str) -> Sample | None:
        """The column of a field, given or matched."""
        if given := self._given.get(field):
            return given[0]
        match = self._matches.get(field)
        return self._sample_of(match) if match else None

    def _sample_of(self, match: Match) -> Sample:
        return find(self._columns, match.columns[0])[0]

    def _orders(self) -> list[Hashable] | None:
        """The order of each row: its id, or else the customer's moment."""
        if order := self._sample("order_id"):
            return list(order.values)
        customer, moment = self._sample("customer_id"), self._sample("ordered_at")
        product = self._sample("product_id") or self._sample("description")
        if customer and moment and product:
            return list(zip(customer.values, moment.values, strict=True))
        return None


def _canonical(field: str) -> CanonicalField:
    return next(known for known in FIELDS if known == field)
