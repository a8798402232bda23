"""Who is left out of a workspace's segments: the forgotten, and those who object."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.workspace.left_out import FILE, LeftOut, read_left_out

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd

    from custseg.settings import PrivacySettings, Settings
    from custseg.workspace.workspace import Workspace

INPUT: Final = "left_out"
"""As the manifest names the register among what `download` reads."""
FORMS: Final = 3
"""In how many forms `possible_ids` has each customer."""


def asked_of_reading(workspace: Workspace, settings: PrivacySettings) -> dict[str, str]:
    """What of `[privacy]` decides on how a source is read, as the manifest names it.

    The section's other keys make nothing to be read again.
    """
    return {
        INPUT: register_digest(workspace, settings),
        "customer_ids": settings.customer_ids,
        "keep_months": str(settings.keep_months or ""),
    }


def register_digest(workspace: Workspace, settings: PrivacySettings) -> str:
    """Tell the register as it is now from others; empty where nobody is left out."""
    return digest_of(read_left_out(workspace.root), settings)


def digest_of(stored: LeftOut, settings: PrivacySettings) -> str:
    """Likewise, with the workspace's own part as given."""
    own = stored.digest()
    if not settings.objections:
        return own
    path = Path(settings.objections)
    listed = sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
    return sha256(f"{own} {listed}".encode()).hexdigest()


def register_of(workspace: Workspace) -> LeftOut:
    """Read a workspace's own register, of which each mark can be told with the key at hand.

    Raises
    ------
    DataError
        The marks were made with another key.
    WorkspaceError
        It is damaged.
    """
    stored = read_left_out(workspace.root)
    if stored:
        from custseg.sources.values.marks import require_key

        require_key(stored)
    return stored


def left_out_of(workspace: Workspace, settings: PrivacySettings) -> LeftOut:
    """Return everybody who is left out, by mark.

    Raises
    ------
    DataError
        The file of objections cannot be read, or the marks were made with another key.
    WorkspaceError
        The workspace's register is damaged.
    """
    stored = register_of(workspace)
    if not settings.objections:
        return stored
    return with_people(stored, objected=possible_ids(listed_in(Path(settings.objections))))


def objecting(settings: PrivacySettings) -> list[str]:
    """Return the texts of the file of objections, each of which may be a contact's address.

    Raises
    ------
    DataError
        It cannot be read.
    """
    return listed_in(Path(settings.objections)) if settings.objections else []


def with_people(
    stored: LeftOut,
    *,
    forgotten: pd.Series[str] | None = None,
    objected: pd.Series[str] | None = None,
) -> LeftOut:
    """Return a register with more customers in it, given by their ids in the workspace."""
    from custseg.workspace.key import customer_key, key_check

    gone, out = (frozenset() if ids is None else _marks(ids) for ids in (forgotten, objected))
    return stored | LeftOut(gone, out, key_check(customer_key()))


def possible_ids(typed: Iterable[str]) -> pd.Series[str]:
    """Return what a workspace may call the customers whom somebody names as the orders do.

    All as they are, then all as each keyed hash that may stand for them: FORMS times as many.
    """
    import pandas as pd

    from custseg.sources.values.identities import forms_of
    from custseg.sources.values.people import plain_ids
    from custseg.workspace.key import customer_key

    plain = plain_ids(pd.Series(list(typed), dtype="str"))
    return pd.concat(forms_of(plain[plain != ""], customer_key()), ignore_index=True)


def are_among(entries: pd.Series[str], ids: Collection[str]) -> pd.Series[bool]:
    """Whether entries of a list are some customers, by their `possible_ids`.

    A list with the shop's own ids may write an address otherwise than somebody does.
    """
    from custseg.sources.values.identities import forms_of
    from custseg.sources.values.people import plain_ids
    from custseg.workspace.key import customer_key

    hashed = forms_of(plain_ids(entries), customer_key())[1]
    return entries.isin(ids) | hashed.isin(ids)


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file that are not empty.

    Raises
    ------
    DataError
        It cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.", "Check the path.") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: is not UTF-8.", "Save it as text or csv in UTF-8.") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def listed_in(path: Path) -> list[str]:
    """Return the texts of a file that may each name a customer: its lines, and a csv's cells.

    Raises
    ------
    DataError
        It cannot be read.
    """
    lines = lines_of(path)
    cells = [cell.strip(' "') for line in lines for cell in re.split("[,;\t]", line)]
    return [found for found in dict.fromkeys(lines + cells) if found]


def withdraw_objections(workspace: Workspace, settings: Settings, typed: Sequence[str]) -> int:
    """Take customers off the workspace's own register of objections; returns how many were on it.

    Raises
    ------
    DataError
        One of them is not on it, and perhaps on the file of `[privacy] objections`.
    WorkspaceError
        The register is damaged or cannot be written.
    """
    from custseg.sources.values.marks import marks_of

    with workspace.writing(settings.run.lock_timeout, runs="object"):
        stored = register_of(workspace)
        marks = marks_of(possible_ids(typed))
        count = len(marks) // FORMS
        missing = len(typed) - sum(
            not stored.objected.isdisjoint(marks.iloc[n::count]) for n in range(count)
        )
        if missing:
            raise DataError(
                f"{missing:,} of {len(typed):,} customers have no objection here. Nothing was "
                "changed.",
                "Objections of the file that [privacy] objections names are withdrawn in it.",
            )
        kept = stored.without_objections(frozenset(marks))
        with workspace.replacing(workspace.root / FILE) as stream:
            stream.write(kept.stored())
    return len(typed)


def _marks(ids: pd.Series[str]) -> frozenset[str]:
    from custseg.sources.values.marks import marks_of

    return frozenset(map(str, marks_of(ids)))
