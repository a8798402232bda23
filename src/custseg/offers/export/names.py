"""What a campaign is called, and its files."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from custseg.errors import UsageError
from custseg.offers.export.selection import slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.offers.export.selection import Segment

_LONGEST_CAMPAIGN: Final = 80
"""Characters: its slug is part of a file's name, and a tag."""
_LONGEST_STEM: Final = 200
"""Bytes of a campaign in a file's name; a disk takes 255, with all that is added to it."""


def campaign_name(
    given: str | None,
    chosen: Sequence[Segment],
    as_of: str,
    origins: Sequence[Segment] = (),
) -> str:
    """The name that is given, else one of segments and as-of date.

    Raises
    ------
    UsageError
        It is too long, or has neither letters nor digits.
    """
    if given is None:
        both = [own for own in (chosen, origins) if own]
        named = "-from-".join("-".join(segment.slug for segment in own) for own in both)
        if len(named) + len(as_of) >= _LONGEST_CAMPAIGN:
            numbers = "-from-".join("-".join(str(one.number) for one in own) for own in both)
            named = f"segments-{numbers}"
        return f"{named}-{as_of}"
    name = given.strip()
    if not slug(name) or not name.isprintable() or len(name) > _LONGEST_CAMPAIGN:
        raise UsageError(
            f"--campaign: has to be a name of letters or digits, up to {_LONGEST_CAMPAIGN} long."
        )
    return name


def stem(campaign: str) -> str:
    """A campaign in a file's name; of a long one the beginning, and a digest to tell it by."""
    name = slug(campaign)
    if len(name.encode()) <= _LONGEST_STEM:
        return name
    digest = sha256(name.encode()).hexdigest()[:8]
    cut = name.encode()[: _LONGEST_STEM - len(digest) - 1].decode(errors="ignore")
    return f"{cut.rstrip('-')}-{digest}"
