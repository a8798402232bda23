"""The command that proves a workspace to be as its owner's runs left it."""

from __future__ import annotations

from typing import Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.errors import WorkspaceError


@app.command()
@command
def verify(
    run: Invocation,
    adopt: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option(
            "--adopt", help="First sign records that are unsigned, or signed with another key."
        ),
    ] = False,
) -> None:
    """Check every file of the workspace and its history against signed records.

    Ends with exit code 4 if a file is altered, missing from history, or not signed with your key.
    --adopt makes a workspace from another machine, or of another key, your own: use it only if you
    know who made it.

    Example: custseg verify
    """
    from custseg.report.tables.integrity import integrity, integrity_facts
    from custseg.workspace.verifying import SOUND
    from custseg.workspace.verifying import adopt as sign
    from custseg.workspace.verifying import verify as check

    workspace, adopted = run.workspace, list[str]()
    checked = check(workspace)
    if adopt:
        adopted = [one.file for one in checked if one.state in {"another key", "unsigned"}]
        with workspace.writing(run.settings().run.lock_timeout, runs="verify --adopt"):
            sign(workspace)
        checked = check(workspace)
        run.note(f"Signed with your key: {', '.join(adopted) or 'nothing; it was so already'}.")
    run.print([integrity(checked)], integrity_facts(checked, adopted))
    wrong = [one for one in checked if one.state not in SOUND]
    if wrong:
        # What makes others doubtful comes first.
        first = min(wrong, key=lambda one: one.state == "not proven")
        unsigned = {"unsigned", "another key"} & {one.state for one in wrong}
        raise WorkspaceError(
            f"{run.folder}: {len(wrong):,} of {len(checked):,} files are not proven to be as your "
            f"runs left them (first: {first.file}: {first.state}).",
            "If you know that the workspace is yours, sign it: custseg verify --adopt"
            if unsigned
            else "Put them back from a backup. See docs/privacy.md, Integrity.",
        )
