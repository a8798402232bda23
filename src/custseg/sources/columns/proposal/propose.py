"""Propose which column is which, from the names of a header and a sample of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.sources.columns.proposal.amounts import settle_money
from custseg.sources.columns.proposal.cents import minor_columns
from custseg.sources.columns.proposal.contacts import add_phone
from custseg.sources.columns.proposal.currency import settle_currency
from custseg.sources.columns.proposal.kinds import settle_kind
from custseg.sources.columns.proposal.open_fields import ask_values
from custseg.sources.columns.proposal.plain import add_time, settle_name, settle_plain
from custseg.sources.columns.proposal.sampling import Sample
from custseg.sources.columns.proposal.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custseg.settings import CanonicalField
    from custseg.sources.columns.proposal.result import Proposal


def propose(
    header: Sequence[str],
    sample: Sequence[Sequence[str | None]],
    given: Mapping[CanonicalField, str | tuple[str, ...]],
) -> Proposal:
    """Propose which column is which.

    Parameters
    ----------
    header
        The columns' names, each once.
    sample
        Some of the rows as text, a value per column; may be empty.
    given
        The mapping that holds already: its fields and columns are left alone.

    Returns
    -------
    Proposal
        Matches with their reasons, what is unclear, missing and unused. Names speak first, in
        several languages; values must fit, and the sums of the sample decide which money counts.
        Where names say nothing, values may propose; then it is never unambiguous.
    """
    minor = minor_columns(header, sample)
    columns = []
    for i, name in enumerate(header):
        values = [row[i] if i < len(row) else None for row in sample]
        # Sums and prices are compared in one unit.
        columns.append(Sample.of(name, _hundredths(values) if name in minor else values))
    state = State(columns, given)
    for settle in (
        settle_plain,
        settle_name,
        add_phone,
        add_time,
        settle_money,
        settle_kind,
        settle_currency,
        ask_values,
    ):
        settle(state)
    return state.proposal()


def _hundredths(values: Sequence[str | None]) -> list[str | None]:
    return [
        value and (f"{int(float(value)) / 100:.2f}" if value.strip() else value) for value in values
    ]
