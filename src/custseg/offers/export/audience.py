"""Who of the customers chosen may be listed: the one place that decides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import pandas as pd

    from custseg.offers.export.contacts import Contacts

_ABSENT: Final[dict[str, str | bool]] = {
    "email": "",
    "phone": "",
    "contradictory": False,
    "shared": False,
    "bad_email": False,
    "bad_phone": False,
}
"""What is known of a customer who is not in the contacts."""


@dataclass(frozen=True)
class Rule:
    """A reason to leave a customer out."""

    name: str
    meaning: str
    """Ends the sentence "left out: …"."""
    bars: Callable[[pd.DataFrame], pd.Series[bool]]
    """Whom it leaves out, of candidates that `_candidates` describes."""


OBJECTED: Final = Rule(
    "objected", "they object ([privacy] objections names them)", lambda c: c["objects"]
)
"""Tried before RULES where that file is set; who objects by an id is in no segment."""
RULES: Final = (
    Rule("no_contact", "not in the contacts", lambda c: ~c["in_contacts"] & c["to_be_reached"]),
    Rule("contradictory", "contacts that contradict each other", lambda c: c["contradictory"]),
    Rule("consent", "consent is not a clear yes", lambda c: ~c["consent"]),
    Rule("shared", "e-mail or phone is another customer's too", lambda c: c["shared"]),
    Rule("unreachable", "no e-mail or phone that can be used", lambda c: ~c["reachable"]),
)
"""Tried in this order: whom one leaves out, the next ones don't count."""
MISFIT: Final = Rule(
    "misfit",
    "the segment's name is not true of them (--all-members lists them)",
    lambda c: ~c["fits_name"],
)
"""Tried before the others."""


@dataclass(frozen=True)
class LeftOut:
    """How many customers a rule left out."""

    rule: Rule
    customers: int


@dataclass(frozen=True)
class Audience:
    """Who is listed, and how many are not."""

    listed: pd.DataFrame
    """Their customer_id, segment, segment_name and, where the contacts have them, email and phone,
    by segment and customer."""
    chosen: int
    """Customers of the segments chosen."""
    left_out: tuple[LeftOut, ...]
    """By rule; without contacts there is at most the one about the name."""
    bad_emails: int = 0
    """Listed customers whose e-mail can't be used (and is left empty)."""
    bad_phones: int = 0
    without_contact: int = 0
    """Listed customers with neither e-mail nor phone."""


def find_audience(
    members: pd.DataFrame,
    contacts: Contacts | None,
    reached_by: frozenset[str] = frozenset(),
    *,
    least: int = 1,
    all_members: bool = False,
    objecting: Collection[str] = (),
) -> Audience:
    """Apply the rules to the customers chosen.

    Parameters
    ----------
    members
        customer_id, segment, segment_name and fits_name of the customers of the segments chosen.
    contacts
        How to reach customers; None: nobody is left out for want of it.
    reached_by
        The list is of use only where a customer has one of these (email, phone); empty: always.
    least
        Fewest customers that may be listed.
    all_members
        Whether also those are listed of whom the segment's name is not true.
    objecting
        E-mail addresses and telephone numbers of people who object to it.

    Raises
    ------
    DataError
        Fewer than `least` may be, or no contact is of a customer chosen.
    """
    members = members.sort_values(["segment", "customer_id"], ignore_index=True)
    left_out: list[LeftOut] = []
    chosen = len(members)
    if not all_members:
        misfits = MISFIT.bars(members)
        left_out.append(LeftOut(MISFIT, int(misfits.sum())))
        members = members[~misfits].reset_index(drop=True)
    members = members.drop(columns="fits_name")
    listed = members
    if contacts is not None:
        listed = _candidates(members, contacts, reached_by, _normal(objecting))
        if len(members) and not listed["in_contacts"].any():
            raise DataError(
                f"No contact is of one of the {len(members):,} customers chosen.",
                "customer_id has to be written as in the orders: check for zeros that a "
                "spreadsheet dropped, and for prefixes.",
            )
        for rule in (OBJECTED, *RULES) if objecting else RULES:
            barred = rule.bars(listed)
            left_out.append(LeftOut(rule, int(barred.sum())))
            listed = listed[~barred]
    if len(listed) < max(least, 1):
        told = "".join(
            f"; {out.rule.meaning}: {out.customers:,}" for out in left_out if out.customers
        )
        raise DataError(
            f"Of {chosen:,} customers chosen, {len(listed):,} may be listed, fewer than "
            f"{max(least, 1):,}{told}.",
            "Choose more segments, mend the contacts, or change [export] least_customers.",
        )
    listed = listed.reset_index(drop=True)
    if contacts is None:
        return Audience(listed, chosen, tuple(left_out))
    return Audience(
        listed[[*members.columns, *sorted(contacts.identifiers)]],
        chosen,
        tuple(left_out),
        int(listed["bad_email"].sum()),
        int(listed["bad_phone"].sum()),
        int(((listed["email"] == "") & (listed["phone"] == "")).sum()),
    )


def _normal(objecting: Collection[str]) -> frozenset[str]:
    """Addresses and numbers as contacts have them."""
    import pandas as pd

    from custseg.offers.export.contacts import normalised

    typed = pd.Series(sorted(objecting), dtype="str")
    table = normalised(pd.DataFrame({"customer_id": typed, "email": typed, "phone": typed})).table
    return frozenset({*table["email"], *table["phone"]}) - {""}


def _candidates(
    members: pd.DataFrame,
    contacts: Contacts,
    reached_by: frozenset[str],
    objecting: frozenset[str],
) -> pd.DataFrame:
    """The members with their contacts (`Contacts.table`), and what rules ask of both."""
    joined = members.merge(contacts.table, on="customer_id", how="left", indicator=True)
    # Who was never asked has not consented; where nobody is asked, that is no reason.
    absent = _ABSENT | {"consent": not contacts.asks_consent}
    for column, value in absent.items():
        filled = joined[column].where(joined["_merge"] == "both", value)
        joined[column] = filled.astype(bool if isinstance(value, bool) else "str")
    joined["in_contacts"] = joined["_merge"] == "both"
    joined["objects"] = joined["email"].isin(objecting) | joined["phone"].isin(objecting)
    joined["to_be_reached"] = bool(reached_by)
    joined["reachable"] = not reached_by
    for identifier in sorted(reached_by):
        joined["reachable"] |= joined[identifier] != ""
    return joined.drop(columns="_merge")
