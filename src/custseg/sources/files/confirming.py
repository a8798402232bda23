"""Addresses are asked only once the user of this machine has named them for that workspace.

A workspace and a custseg.toml may be somebody else's. What they record must not send a request, or
a password from the environment, to wherever they say.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from custseg.errors import WorkspaceError
from custseg.settings.locations import HIDDEN, UCI, is_lake, without_secrets
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
    if _is_remote(source.location):
        subject = f"{os.path.abspath(workspace)}\n{source.location}\n"  # noqa: PTH100
        again = f"custseg run-all {source.location} -w {shlex.quote(str(workspace))}"
        _require_confirmed(subject, source.location, again, named=source.named)
        return source.location
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
    _require_confirmed(subject, shown, again, named=source.named)
    return address


def settle_engine(key: str, address: str, workspace: Path) -> None:
    """Require that an address of the `[engine]` settings was named on this machine.

    Parameters
    ----------
    key
        Of the setting, `url` or `lines`. Its variable confirms it for the workspace.

    Raises
    ------
    WorkspaceError
        Only custseg.toml says it.
    """
    variable = f"CUSTSEG_ENGINE__{key.upper()}"
    shown = recorded(address) if is_server(address) else without_secrets(address)
    whole = address if shown.endswith(f"://{HIDDEN}") else ""
    folder = os.path.abspath(workspace)  # noqa: PTH100  (`..` goes, links stay)
    again = f"{variable}={shlex.quote(shown)} custseg run-all -w {shlex.quote(str(workspace))}"
    named = os.environ.get(variable) == address
    _require_confirmed(f"{folder}\n{key}\n{shown}\n{whole}", shown, again, named=named)


def _require_confirmed(subject: str, shown: str, again: str, *, named: bool) -> None:
    if named:
        confirm(_KIND, subject, required=False)
    elif not confirmed(_KIND, subject):
        raise WorkspaceError(
            f"{shown}: this address is recorded in the workspace or set in custseg.toml, and you "
            "have not yet named it on this machine. Nothing was sent there.",
            f"If you trust it, name it once: {again}",
        )


def _is_remote(location: str) -> bool:
    return is_lake(location) and not location.startswith("file:")


def _as_source(shown: str, *, server: bool) -> str:
    return shlex.quote(shown) if server else f"uci --url {shlex.quote(shown)}"
