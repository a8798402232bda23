"""The record of a list with contacts: what was made of whom in counts, and why it may be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from custseg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.offers.export.advice import Advice
    from custseg.offers.export.audience import Audience
    from custseg.offers.export.contacts import Contacts

_LONGEST_REASON: Final = 300
_BY_COLUMN: Final = "by the contacts' column"


def check_consent(*, given: bool, asks_consent: bool, reason: str | None) -> str | None:
    """Return why no consent is needed; None where consents decide, or there are no contacts.

    Parameters
    ----------
    given
        Whether there are contacts.
    asks_consent
        Whether they have a column of consents.
    reason
        Why none is needed, as the user says.

    Raises
    ------
    UsageError
        There are contacts without consents and without a reason, or a reason that is none, or one
        where nothing asks for it.
    """
    option = "--consent-not-needed"
    if reason is None:
        if given and not asks_consent:
            raise UsageError(
                "The contacts have no column consent, so nobody knows who agreed to be written to.",
                f'Add the column, or say why none is needed: {option} "reason"',
            )
        return None
    if not given or asks_consent:
        why = "the contacts' column consent decides who is listed" if given else "no contacts"
        raise UsageError(f"{option}: {why}.", f"Leave {option} out.")
    reason = reason.strip()
    if not any(map(str.isalpha, reason)) or not reason.isprintable():
        raise UsageError(f'{option}: has to say why, in words, such as "service message".')
    if len(reason) > _LONGEST_REASON:
        raise UsageError(f"{option}: is longer than {_LONGEST_REASON} characters.")
    return reason


def basis(reason: str | None, contacts: Contacts | None) -> str:
    """What the consent to write to customers rests on, in words."""
    if contacts is None:
        return "not known: the list has no contacts"
    return _BY_COLUMN if reason is None else f"not needed: {reason}"


def record_of(
    told: Mapping[str, Any],
    audience: Audience,
    advice: Advice,
    contacts: Contacts,
    reason: str | None,
) -> str:
    """Return a list's record as JSON. No customer is in it.

    Parameters
    ----------
    told
        What list it is.
    reason
        Why no consent is needed; None: the contacts' column decided.
    """
    content = dict(told) | {
        "chosen": audience.chosen,
        "left_out": {out.rule.name: out.customers for out in audience.left_out},
        "sent": advice.sent,
        "control": advice.control,
        "contacts": sorted(contacts.identifiers),
        "consent": _BY_COLUMN if reason is None else "not needed",
        "consent_not_needed": reason,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
