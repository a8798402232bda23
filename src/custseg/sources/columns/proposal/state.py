"""What is known of a table's columns while a proposal for it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.sources.columns.proposal.candidates import candidates_of, find
from custseg.sources.columns.proposal.result import FIELDS, Match, Proposal, Unclear, Unused
from custseg.sources.table import REQUIRED_FIELDS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from custseg.settings import CanonicalField
    from custseg.sources.columns.proposal.candidates import Candidate
    from custseg.sources.columns.proposal.sampling import Sample


class State:
    """Columns, the fields that they are taken for, and what is still open.

    Parameters
    ----------
    columns
        The table's columns with their samples.
    given
        The mapping that holds already; a field of no column is one that the table lacks.
    """

    def __init__(
        self,
        columns: Sequence[Sample],
        given: Mapping[CanonicalField, str | tuple[str, ...]],
    ) -> None:
        self.columns = columns
        self.given: dict[str, list[Sample]] = {
            field: find(columns, named) for field, named in given.items()
        }
        taken = {sample.name for found in self.given.values() for sample in found}
        self.free = [sample for sample in columns if sample.name not in taken]
        self.candidates, self.unused = candidates_of(self.free, self.given, columns)
        self.matches: dict[str, Match] = {}
        self.unclear: dict[str, Unclear] = {}
        self.zero: list[str] = []

    def proposal(self) -> Proposal:
        """What was found."""
        return Proposal(
            tuple(self.matches[field] for field in FIELDS if field in self.matches),
            tuple(self.unclear[field] for field in FIELDS if field in self.unclear),
            tuple(field for field in REQUIRED_FIELDS if not self.settled(field)),
            tuple(
                Unused(sample.name, self.unused.get(sample.name, ""))
                for sample in self.free
                if sample.name not in self.taken()
            ),
            tuple(self.zero),
        )

    def match(self, field: str, found: Candidate) -> None:
        """Take a column for a field."""
        self.matches[field] = Match(canonical(field), found.name, found.reason, found.confidence)

    def doubt(self, field: str, names: Sequence[str], why: str) -> None:
        """Leave a field open that some columns may be."""
        self.unclear[field] = Unclear(canonical(field), tuple(names), why)

    def settled(self, field: str) -> bool:
        """Whether a field is given, matched or left open."""
        return field in {*self.given, *self.matches, *self.unclear}

    def taken(self) -> set[str]:
        """Columns that are matched, or that an open field may be."""
        matched = {name for match in self.matches.values() for name in match.columns}
        return matched | {name for entry in self.unclear.values() for name in entry.columns}

    def sample(self, field: str) -> Sample | None:
        """The column of a field, given or matched."""
        if given := self.given.get(field):
            return given[0]
        match = self.matches.get(field)
        return self.sample_of(match) if match else None

    def sample_of(self, match: Match) -> Sample:
        """The first column of a match."""
        return find(self.columns, match.columns[0])[0]

    def item(self) -> Sample | None:
        """What was bought."""
        return self.sample("product_id") or self.sample("description")

    def orders(self) -> list[Hashable] | None:
        """The order of each row: its id, or else the customer's moment."""
        if order := self.sample("order_id"):
            return list(order.values)
        customer, moment = self.sample("customer_id"), self.sample("ordered_at")
        if customer and moment and self.item():
            return list(zip(customer.values, moment.values, strict=True))
        return None


def canonical(field: str) -> CanonicalField:
    """Return a field of the lexicon that is one of ours as such."""
    return next(known for known in FIELDS if known == field)
