"""Customers known by an e-mail address or else a telephone number."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.names import plain_name
from custseg.sources.columns.proposal.sampling import NEARLY_ALL

if TYPE_CHECKING:
    from custseg.sources.columns.proposal.sampling import Sample
    from custseg.sources.columns.proposal.state import State

_MOST_LACKING: Final = 0.01
"""Part of the rows that may lack an e-mail address without anyone else being asked for."""
_SAYS_PHONE: Final = re.compile("phone|tel[eé]f|mobile|handy|movil|celular|电话|手机|電話")
_NUMBER: Final = re.compile(r"'?\+?(?=(\D*\d){6})[\d\s()./-]+")


def add_phone(state: State) -> None:
    """Where many rows lack the customer's e-mail, take the telephone number that they have."""
    match = state.matches.get("customer_id")
    if match is None or not isinstance(match.column, str):
        return
    email = state.sample_of(match)
    lacking = [i for i, value in enumerate(email.values) if value is None]
    if not email.emails or len(lacking) <= _MOST_LACKING * len(email.values):
        return
    phones = [
        sample
        for sample in state.free
        if sample.name not in state.taken()
        and _is_phone(sample)
        and sum(sample.values[i] is not None for i in lacking) >= NEARLY_ALL * len(lacking)
    ]
    if phones:
        reason = f'{match.reason}; where it is empty, "{phones[0].name}", kept as a keyed hash too'
        state.matches["customer_id"] = replace(
            match, column=(email.name, phones[0].name), reason=reason
        )


def _is_phone(sample: Sample) -> bool:
    return bool(_SAYS_PHONE.search(plain_name(sample.name))) and sample.nearly_all(
        _NUMBER.fullmatch
    )
