"""What `custseg verify` shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from custseg.report.tables.table import Column, Table
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.workspace.verifying import Checked, FileState

_MEANINGS: dict[FileState, str] = {
    "altered": "not as the run left it",
    "gone": "a record or a published file is missing",
    "to be made": "missing; the next run makes it",
    "unsigned": "without a signature; the next run signs what an older version wrote",
    "another key": "signed with another key than this machine's",
    "damaged": "a record that cannot be read",
    "not proven": "as its record says, whose signature does not hold",
    "not recorded": "files of your own, lists and downloads: no run vouches for them",
}


def integrity(checked: Sequence[Checked]) -> Table:
    """Every file and its state."""
    counts = Counter(one.state for one in checked)
    notes = [
        f"{state}: {counted(counts[state], 'file', 'files')}; {meaning}"
        for state, meaning in _MEANINGS.items()
        if counts[state]
    ]
    columns = (Column("file", "file"), Column("state", "state"))
    return Table("files", "Files", columns, [asdict(one) for one in checked], notes)


def integrity_facts(checked: Sequence[Checked], adopted: Sequence[str]) -> dict[str, Any]:
    """The same in short, as JSON has it."""
    return {"adopted": list(adopted), "states": dict(Counter(one.state for one in checked))}
