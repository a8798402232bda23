"""Take customers out of all that a workspace holds, in one step that is done or not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.errors import DataError, WorkspaceError
from custseg.privacy.holdings import Holding, holdings, lists, read_list, write_list
from custseg.privacy.receipt import OUT_OF_REACH, RECEIPTS, Change, Receipt, advice
from custseg.privacy.register import (
    FORMS,
    INPUT,
    are_among,
    digest_of,
    possible_ids,
    register_of,
    with_people,
)
from custseg.words.figures import counted
from custseg.workspace.campaigns import FILE as CAMPAIGNS
from custseg.workspace.campaigns import read_register
from custseg.workspace.files import replacing, sha256
from custseg.workspace.journal import in_one_step
from custseg.workspace.left_out import FILE, LeftOut
from custseg.workspace.manifest import Manifest, Output
from custseg.workspace.snapshot import RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

    import pandas as pd
    import pyarrow as pa

    from custseg.privacy.receipt import Kind
    from custseg.settings import Settings
    from custseg.workspace.lock import Waiting
    from custseg.workspace.workspace import Workspace

_FOR_CLEAN: Final = ("raw", "transactions", "removed")
"""What keeps the orders of those who object: `clean` removes these by a rule."""
_RENDERED: Final = ("summary", "report", "workbook", "charts")
"""Artifacts with points of single customers; the next run makes them anew."""


@dataclass
class _Step:
    """The files that a step replaces and deletes, gathered one by one."""

    workspace: Workspace
    ids: pa.Array
    contents: dict[str, Path | bytes] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def name(self, path: Path) -> str:
        return path.relative_to(self.workspace.root).as_posix()

    def put(self, path: Path, done: str, rows: int, write: Callable[[BinaryIO], object]) -> Output:
        """Write what will take a file's place."""
        name = self.name(path)
        content = self.workspace.scratch / f"content-{len(self.contents):06}"
        with replacing(content, content.with_suffix(".unfinished")) as sink:
            left = write(sink)
        after = sha256(content)
        self.changes.append(Change(name, done, rows, sha256(path), after))
        self.contents[name] = content
        return Output(after, content.stat().st_size, left if isinstance(left, int) else None)

    def delete(self, path: Path) -> None:
        self.changes.append(Change(self.name(path), "deleted", None, sha256(path), ""))
        self.deleted.append(self.name(path))


def leave_out_people(
    workspace: Workspace,
    settings: Settings,
    typed: Sequence[str],
    kind: Kind,
    *,
    waiting: Waiting | None = None,
) -> Receipt:
    """Erase customers from a workspace, or take those who object out of its segments.

    Parameters
    ----------
    typed
        The customers as the orders name them.
    kind
        `forget`: every row of theirs goes, and their orders are not read again. `object`: what is
        made of their orders goes, and `clean` removes these from now on.

    Returns
    -------
    Receipt
        What was done; it is kept in the workspace too, unless they were left out already.

    Raises
    ------
    DataError
        Some of them are not in the workspace; nothing is changed.
    WorkspaceError
        The workspace is damaged or cannot be written; nothing is changed.
    """
    if not workspace.manifest_path.exists():
        raise WorkspaceError(f"{workspace.root}: there is no workspace.", "Run: custseg run-all")
    with workspace.writing(settings.run.lock_timeout, runs=kind, waiting=waiting):
        stored = register_of(workspace)
        ids = _require_known(workspace, stored, typed, kind)
        register = with_people(
            stored,
            forgotten=ids if kind == "forget" else None,
            objected=ids if kind == "object" else None,
        )
        step = _Step(workspace, _arrow(ids))
        model = _share_of_model(workspace, step.ids)
        outputs = _tables(step, kind)
        unread = _lists(step)
        if anything := bool(step.changes) or register != stored:
            _rendered(step)
        receipt = Receipt(
            kind,
            datetime.now(UTC).isoformat(timespec="seconds"),
            len(typed),
            tuple(step.changes),
            (*OUT_OF_REACH, *unread),
            advice(*model),
        )
        if anything:
            _records(step, outputs, register, settings, receipt)
            in_one_step(workspace.root, workspace.scratch, step.contents, step.deleted)
    return receipt


def _require_known(
    workspace: Workspace, stored: LeftOut, typed: Sequence[str], kind: Kind
) -> pd.Series[str]:
    """The ids that the workspace may have of some customers, of whom each has to be in it."""
    from custseg.sources.values.marks import are_marked

    ids = possible_ids(typed)
    asked = _arrow(ids)
    known: set[str] = set()
    for holding in holdings(workspace):
        known |= holding.known(asked)
    marked = stored.forgotten if kind == "forget" else stored.marks
    there = ids.isin(known) | (are_marked(ids, marked) if marked else False)
    # Each customer is there in every form.
    count = len(ids) // FORMS
    missing = [n for n in range(count) if not there.iloc[n::count].any()]
    if missing or count < len(typed):
        places = ", ".join(f"{n + 1}" for n in missing[:5])
        raise DataError(
            f"Of {counted(count, 'customer', 'customers')} given, {len(missing):,} "
            f"{'is' if len(missing) == 1 else 'are'} not in this workspace (by place: {places}). "
            "Nothing was changed.",
            "Write each as in the orders, with zeros and prefixes.",
        )
    return ids


def _tables(step: _Step, kind: Kind) -> dict[Path, Output]:
    """Take the customers out of every table; what each is then, by its path."""
    import pyarrow.compute as pc

    def erase(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.fill_null(pc.invert(_theirs(rows, step.ids)), True))

    def mark(rows: pa.Table) -> pa.Table:
        place = rows.schema.get_field_index("objected")
        objected = pc.or_(
            pc.fill_null(rows["objected"], False), pc.fill_null(_theirs(rows, step.ids), False)
        )
        return rows.set_column(place, rows.schema.field(place), objected)

    outputs = {}
    for holding in holdings(step.workspace):
        own = holding.snapshot is None
        marks = kind == "object" and own and holding.artifact.name == "raw"
        if kind == "object" and own and holding.artifact.name in _FOR_CLEAN and not marks:
            continue
        rows = holding.count(step.ids)
        if not rows:
            continue
        change = mark if marks else erase
        outputs[holding.path] = step.put(
            holding.path,
            "rows marked" if marks else "rows erased",
            rows,
            partial(holding.rewrite, change),
        )
    return outputs


def _theirs(rows: pa.Table, ids: pa.Array) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.is_in(rows["customer_id"], ids)


def _lists(step: _Step) -> list[str]:
    """Take the customers out of lists; returns what cannot be read."""
    unread, ids = [], set(step.ids.to_pylist())
    for path in lists(step.workspace):
        found = read_list(path)
        if found is None:
            unread.append(f"{step.name(path)}: not a list that tells its customers")
            continue
        frame, customers = found
        left = ~are_among(customers, ids)
        if left.all():
            continue
        step.put(path, "rows erased", int((~left).sum()), partial(write_list, path, frame, left))
    return unread


def _rendered(step: _Step) -> None:
    """Delete what shows points of single customers, and copies of the source."""
    for name in _RENDERED:
        path = step.workspace.path(name)
        if path.exists():
            step.delete(path)
    if step.workspace.downloads.is_dir():
        for path in sorted(step.workspace.downloads.iterdir()):
            step.delete(path)


def _records(
    step: _Step,
    outputs: dict[Path, Output],
    register: LeftOut,
    settings: Settings,
    receipt: Receipt,
) -> None:
    """Write down what the files are now: manifest, snapshots' records, register and receipt."""
    workspace = step.workspace
    texts = {
        workspace.manifest_path: _manifest(
            workspace, outputs, digest_of(register, settings.privacy), receipt
        ).stored()
    }
    for snapshot in workspace.history.snapshots():
        files = {
            name: outputs.get(snapshot.folder / ARTIFACTS[name].file, output)
            for name, output in snapshot.files.items()
        }
        if files != snapshot.files:
            texts[snapshot.folder / RECORD] = replace(snapshot, files=files).stored()
    texts[workspace.root / FILE] = register.stored()
    campaigns = read_register(workspace.root)
    if (left := campaigns.with_files(workspace.root, outputs)) != campaigns:
        texts[workspace.root / CAMPAIGNS] = left.stored()
    stamp = receipt.at.replace(":", "").replace("+0000", "Z")
    texts[workspace.root / RECEIPTS / f"{receipt.kind}-{stamp}.json"] = receipt.to_json().encode()
    for path, content in texts.items():
        step.contents[step.name(path)] = content


def _manifest(
    workspace: Workspace, outputs: dict[Path, Output], digest: str, receipt: Receipt
) -> Manifest:
    """The manifest of what is there now. What was made of the rows erased is stale by it."""
    manifest = workspace.manifest()
    before = {change.file: change.sha256_before for change in receipt.changes}
    stages = {}
    for name, record in manifest.stages.items():
        # A file that was not as its stage left it before is not so afterwards.
        now = {
            artifact: outputs.get(workspace.path(artifact), output)
            for artifact, output in record.outputs.items()
            if artifact in ARTIFACTS and before.get(ARTIFACTS[artifact].file) == output.sha256
        }
        changed = replace(record, outputs=record.outputs | now)
        if INPUT in record.inputs:
            # It is what reading the source anew would give.
            rows = next(
                (
                    change.rows or 0
                    for change in receipt.changes
                    if change.file == ARTIFACTS["raw"].file and change.done == "rows erased"
                ),
                0,
            )
            facts: dict[str, Any] = record.facts | {
                "forgotten_rows": record.facts.get("forgotten_rows", 0) + rows
            }
            changed = replace(changed, inputs=record.inputs | {INPUT: digest}, facts=facts)
        stages[name] = changed
    return replace(manifest, stages=stages)


def _share_of_model(workspace: Workspace, ids: pa.Array) -> tuple[int, int]:
    """How many of the latest snapshot's customers they are, and of how many."""
    latest = workspace.history.latest()
    if latest is None:
        return 0, 0
    held = Holding(ARTIFACTS["segments"], latest.path("segments"), latest)
    return held.count(ids), latest.customers


def _arrow(ids: pd.Series[str]) -> pa.Array:
    import pyarrow as pa

    return pa.array(ids.drop_duplicates(), pa.string())
