"""Delete what is older than the settings let a workspace keep it."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from custseg.privacy.holdings import RECORD, lists, read_list
from custseg.privacy.receipt import RECEIPTS
from custseg.sources.lines.ends import months_before
from custseg.workspace.inside import own, read_own
from custseg.workspace.journal import in_one_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from custseg.settings import PrivacySettings
    from custseg.workspace.workspace import Workspace

_DATE: Final = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_CONTROL: Final = "-control"
"""Ends the name of a control group's file."""


def delete_expired(workspace: Workspace, settings: PrivacySettings, as_of: str) -> tuple[str, ...]:
    """Delete snapshots, lists, control groups, records and receipts that are too old.

    All of them go in one step that is done or not, also where the process dies. The caller holds
    the workspace.

    Parameters
    ----------
    as_of
        Of the run. A snapshot's age is by its as-of date; that of a file is by the last date in its
        name or in its list's record, else by when it was written.

    Returns
    -------
    tuple of str
        What was deleted, by its path in the workspace.

    Raises
    ------
    WorkspaceError
        A file is reached by a link, or cannot be deleted.
    """
    if settings.keep_months is None:
        return ()
    first = months_before(date.fromisoformat(as_of), settings.keep_months)
    snapshots = workspace.history.snapshots()
    gone = [one.folder for one in snapshots if date.fromisoformat(one.as_of) < first]
    files = [*_lists(workspace), *_receipts(workspace)]
    gone += [path for path in files if _day_of(path, workspace.root) < first]
    names = tuple(path.relative_to(workspace.root).as_posix() for path in gone)
    if names:
        in_one_step(workspace.root, workspace.scratch, {}, names)
    return names


def _lists(workspace: Workspace) -> Iterator[Path]:
    """Lists, control groups, scores and records; not what somebody else has put beside them."""
    yield from (path for path in lists(workspace) if read_list(path) is not None)
    if workspace.exports.is_dir():
        for path in sorted(workspace.exports.rglob(f"*{RECORD}")):
            yield own(path, workspace.root)


def _receipts(workspace: Workspace) -> list[Path]:
    folder = workspace.root / RECEIPTS
    if not folder.is_dir():
        return []
    return [own(path, workspace.root) for path in sorted(folder.glob("*.json"))]


def _day_of(path: Path, root: Path) -> date:
    """The day that a file is of."""
    stem = path.name.removesuffix(RECORD) if path.name.endswith(RECORD) else path.stem
    record = path.with_name(f"{stem.removesuffix(_CONTROL)}{RECORD}")
    try:
        return date.fromisoformat(json.loads(read_own(record, root))["as_of"])
    except (OSError, ValueError, TypeError, KeyError):
        pass
    for text in reversed(_DATE.findall(path.name)):
        try:
            return date.fromisoformat(text)
        except ValueError:
            continue
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
