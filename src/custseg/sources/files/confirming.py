"""Addresses are asked only once the user of this machine has named them for that workspace.

A workspace and a custseg.toml may be somebody else's. What they record must not send a request, or
a password from the environment, to wherever they say.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from custseg.errors import WorkspaceError
from custseg.settings.locations import HIDDEN, UCI, without_secrets
from custseg.sources.databases.address import is_server, recorded
from custseg.workspace.trusted import confirm, confirmed

if TYPE_CHECKING:
    from pathlib import Path

    from custseg.workspace.manifest import Source

_KIND = "address"


def settle_address(source: Source, workspace: Path) -> str | None:
    """Return the address to ask for a source, with its secrets; None where it needs none of ours.

    Parameters
    ----------
    source
        If its address was named in this run, that confirms it for the workspace.
    workspace
        The folder that the source belongs to.

    Raises
    ------
    WorkspaceError
        The address is recorded or set, and was never named on this machine; or it was recorded
        without its secret, which has to be given again.
    """
    server = is_server(source.location)
    if not server and (source.location != UCI or not source.url):
        return None
    address = source.given or (source.location if server else source.url) or ""
    shown = recorded(address) if server else without_secrets(address)
    folder = os.path.abspath(workspace)  # noqa: PTH100  (`..` goes, links stay)
    again = f"custseg run-all {_as_source(shown, server=server)} -w {shlex.quote(str(workspace))}"
    if not server and HIDDEN in address:
        raise WorkspaceError(
            f"{shown}: the address is recorded without what is secret in it.",
            f"Give it again, with what {HIDDEN} stands for: {again}",
        )
    # An address that is hidden whole could be any other one: then all of it counts.
    whole = address if shown.endswith(f"://{HIDDEN}") else ""
    subject = f"{folder}\n{shown}\n{whole}"
    if source.named:
        confirm(_KIND, subject, required=False)
    elif not confirmed(_KIND, subject):
        raise WorkspaceError(
            f"{shown}: this address is recorded in the workspace or set in custseg.toml, and you "
            "have not yet named it on this machine. Nothing was sent there.",
            f"If you trust it, name it once: {again}",
        )
    return address


def _as_source(shown: str, *, server: bool) -> str:
    return shlex.quote(shown) if server else f"uci --url {shlex.quote(shown)}"
