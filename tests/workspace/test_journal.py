"""Files replaced and deleted in one step: all or none, at whichever call the process dies."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from custseg.errors import WorkspaceError
from custseg.workspace.journal import carry_out, in_one_step

CALLS = ("rename", "replace", "fsync", "open", "mkdir", "unlink", "rmdir")


class DiedError(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


def made(root: Path) -> Path:
    """A folder of three files, and what will take the place of one of them."""
    (root / "scratch").mkdir(parents=True)
    (root / "sub").mkdir()
    for name in ("a", "b", "sub/c"):
        (root / name).write_text("old")
    (root / "scratch" / "content").write_text("new")
    return root


def files(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def step(root: Path, at: int) -> int:
    """Take the step, and die at a call that changes the disk; how many there were."""
    done = 0

    def dying(function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == at:
                raise DiedError
            return function(*arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, dying(getattr(os, name)))
        contents: dict[str, Path | bytes] = {
            "a": root / "scratch" / "content",
            "sub/c": b"new",
            "d/e": b"new",
        }
        in_one_step(root, root / "scratch", contents, ["b"])
    return done


def test_a_step_ends_as_all_or_nothing_wherever_it_is_stopped(tmp_path):
    whole = made(tmp_path / "whole")
    before = {name: text for name, text in files(whole).items() if "scratch" not in name}
    calls = step(whole, -1)
    after = {"a": "new", "d/e": "new", "sub/c": "new"}
    assert files(whole) == after
    ends = []
    for at in range(1, calls + 1):
        root = made(tmp_path / str(at))
        with pytest.raises(DiedError):
            step(root, at)
        # What the next run does.
        shutil.rmtree(root / "scratch")
        carry_out(root)
        assert files(root) in (before, after), at
        ends.append(files(root) == after)
    # Once it is settled it stays so.
    assert ends == sorted(ends)
    assert {*ends} == {True, False}


@pytest.mark.parametrize("content", ["", "[]", '{"replaced": {}}', '{"replaced": 1, "deleted": 2}'])
def test_a_plan_that_is_none_is_an_error(content, tmp_path):
    (tmp_path / ".custseg-step").mkdir()
    (tmp_path / ".custseg-step" / "plan.json").write_text(content)
    with pytest.raises(WorkspaceError, match="is not as an interrupted"):
        carry_out(tmp_path)


def test_a_file_in_the_place_of_a_step_is_an_error(tmp_path):
    (tmp_path / ".custseg-step").touch()
    with pytest.raises(WorkspaceError, match="is not as an interrupted"):
        carry_out(tmp_path)
