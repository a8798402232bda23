"""Whose hooks may run: those of a settings file only once the user has trusted them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.notifying import TRUST, shown
from custseg.errors import SettingsError


@app.command()
@command
def trust(
    run: Invocation,
    file: Annotated[
        Path | None,
        typer.Argument(help="A settings file; by default ./custseg.toml.", show_default=False),
    ] = None,
    list_: Annotated[  # noqa: FBT002  (Typer flags)
        bool, typer.Option("--list", help="List the files that are trusted.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Stop trusting the file.")] = False,  # noqa: FBT002
) -> None:
    """Let the hooks of a settings file run on this machine, until one of them is changed.

    A custseg.toml that came with a folder could run anything: run-all refuses hooks of a file that
    is not trusted. Hooks that you set as variables need no trust.

    Example: custseg trust
    """
    from custseg.settings.hooks import hooks_of_file, subject
    from custseg.settings.loading import CONFIG_NAME, load_settings
    from custseg.workspace.trusted import confirm, labels, withdraw

    path = file or run.config or Path(CONFIG_NAME)
    place = str(path.resolve())
    if list_:
        trusted = labels(TRUST)
        if run.json:
            run.print([], {"trusted": trusted})
        elif not run.quiet:
            run.say("\n".join(trusted) or "No file's hooks are trusted.")
        return
    if forget:
        if not withdraw(TRUST, place):
            raise SettingsError(f"{path}: is not trusted.", "See: custseg trust --list")
        hooks, done = dict[str, str](), f"Hooks of {place} are trusted no more."
    else:
        settings = load_settings(path).monthly
        hooks = hooks_of_file(settings)
        if not hooks:
            raise SettingsError(
                f"{path}: sets no hooks, so there is nothing to trust.",
                "Hooks are [monthly] on_success and on_failure; see docs/cron.md.",
            )
        withdraw(TRUST, place)
        for name in hooks:
            confirm(TRUST, subject(path, name, settings), place)
        done = "\n".join([f"Trusted on this machine, for {place}:", *shown(hooks, settings)])
    if run.json:
        run.print([], {"file": place, "trusted": not forget, "hooks": hooks})
    elif not run.quiet:
        run.say(done)
