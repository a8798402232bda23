"""Several files of a workspace replaced and deleted as one step, whenever the process may die."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Final

from custseg.errors import WorkspaceError
from custseg.workspace.files import PRIVATE_FOLDER, replacing, sync_folder
from custseg.workspace.inside import own, read_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_FOLDER: Final = ".custseg-step"
_PLAN: Final = "plan.json"


def in_one_step(
    root: Path,
    scratch: Path,
    contents: Mapping[str, Path | bytes],
    deleted: Sequence[str],
) -> None:
    """Replace some files of a workspace and delete others: all of them or none.

    By one rename it becomes a plan that is carried out now or, should the process die, by the next
    one that writes to the workspace.

    Parameters
    ----------
    root
        The workspace's folder, which the caller holds.
    scratch
        Its folder for what is not finished.
    contents
        By the files' paths from the root: what they will be, or a private file on the same disk
        that takes their place.
    deleted
        Paths of files and folders that go.

    Raises
    ------
    LinkError
        One of them is a symbolic link, or reached through one; nothing is done.
    """
    # What could not be carried out must not become a plan.
    for _ in _within(root, (*contents, *deleted)):
        pass
    prepared = scratch / "step"
    prepared.mkdir(mode=PRIVATE_FOLDER)
    replaced = {}
    for number, (name, content) in enumerate(contents.items()):
        part = prepared / f"{number:06}"
        replaced[part.name] = name
        if isinstance(content, bytes):
            with replacing(part, scratch / "step.unfinished") as stream:
                stream.write(content)
        else:
            content.rename(part)
    with replacing(prepared / _PLAN, scratch / "step.unfinished") as stream:
        stream.write(json.dumps({"replaced": replaced, "deleted": list(deleted)}).encode())
    sync_folder(prepared)
    prepared.rename(root / _FOLDER)
    sync_folder(root)
    carry_out(root)


def carry_out(root: Path) -> None:
    """Carry out a plan that is there; each part of it may have been done already.

    Raises
    ------
    WorkspaceError
        It is damaged, or names files that are not the workspace's.
    """
    folder = own(root / _FOLDER, root)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise _not_ours(folder)
    # What was carried out has no plan any more: that goes first.
    if (folder / _PLAN).exists():
        _replace_and_delete(root, folder)
        (folder / _PLAN).unlink()
    shutil.rmtree(folder)
    sync_folder(root)


def _replace_and_delete(root: Path, folder: Path) -> None:
    try:
        plan = json.loads(read_own(folder / _PLAN, root))
        replaced = {str(part): str(name) for part, name in plan["replaced"].items()}
        deleted = [str(name) for name in plan["deleted"]]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise _not_ours(folder) from None
    parts = dict(zip(replaced, _within(root, replaced.values()), strict=True))
    gone = list(_within(root, deleted))
    for part, target in parts.items():
        if not part.isdecimal():
            raise _not_ours(folder)
        # Done already where the process died after it.
        if (folder / part).exists():
            target.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            (folder / part).replace(target)
    for target in gone:
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
    for parent in {target.parent for target in (*parts.values(), *gone)}:
        if parent.is_dir():
            sync_folder(parent)


def _within(root: Path, names: Iterable[str]) -> Iterator[Path]:
    """The paths of names, each in the workspace's own folders and reached by no link."""
    for name in names:
        parts = name.split("/")
        if not all(parts) or {".", ".."} & {*parts}:
            raise _not_ours(root / _FOLDER)
        yield own(root.joinpath(*parts), root)


def _not_ours(folder: Path) -> WorkspaceError:
    return WorkspaceError(
        f"{folder}: is not as an interrupted custseg left it.",
        "Put the workspace back from a backup; if it is not yours, don't use it.",
    )
