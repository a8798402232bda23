"""Read a source again beside a workspace: to score its customers, or to find their own ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.engine.base import fetch_frame
from custseg.errors import CustsegError, DataError, UsageError
from custseg.settings import SourceSettings
from custseg.settings.locations import STDIN, UCI
from custseg.sources.files.locate import locate
from custseg.sources.files.places import without_copies
from custseg.sources.raw import read_orders
from custseg.sources.values.identities import forms_of
from custseg.sources.values.people import customer_key_of
from custseg.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from custseg.settings import Settings
    from custseg.sources.files.places import Place
    from custseg.sources.files.uci import ByteProgress
    from custseg.workspace.manifest import Source

_OPTION = "--reidentify"


def located(
    workspace: Workspace,
    settings: Settings,
    source: Source,
    temporary: Path,
    progress: ByteProgress | None = None,
) -> list[Place] | str:
    """Find a source's files; what is fetched or simulated goes into the temporary folder.

    Raises
    ------
    DataError
        The source cannot be had.
    WorkspaceError
        An address would be asked that the user has not confirmed.
    """
    from custseg.sources.files.uci import FILE_NAME

    known = (
        source.location == UCI
        and source.same_place(workspace.manifest().source)
        and workspace.download(FILE_NAME).exists()
    )
    place = workspace
    if not known:
        place = Workspace(temporary / "workspace")
        for folder in (place.scratch, place.downloads):
            folder.mkdir(parents=True)
    found = locate(
        source,
        place,
        settings.demo,
        temporary,
        known=known,
        progress=progress,
        confirmed_for=workspace.root,
    )
    return found if isinstance(found, str) else without_copies(found)


def own_ids(workspace: Workspace, settings: Settings, customers: pd.Series[str]) -> pd.Series[str]:
    """Return what the source calls customers whom the workspace knows by keyed hashes.

    The source is read as the last run has read it, in a folder that is deleted at the end. Of a
    name or address that it writes in several ways, the first in the alphabet counts.

    Raises
    ------
    UsageError
        The workspace has no keyed hashes.
    DataError
        The key is another one, the source is not there any more, or lacks some of the customers.
    """
    manifest = workspace.manifest()
    key = customer_key_of(manifest.facts())
    if key is None:
        raise UsageError(
            f"{_OPTION}: the workspace has the shop's own ids already.", f"Leave {_OPTION} out."
        )
    source = manifest.source
    assert source is not None
    if source.given == STDIN:
        raise DataError(f"{_OPTION}: the orders came on standard input, and are not kept.")
    # As it was read, whatever options and settings said so.
    reading = SourceSettings.model_validate(manifest.stages["download"].settings["source"])
    privacy = settings.privacy.model_copy(update={"customer_ids": "keep"})
    with workspace.unpacking() as scratch:
        try:
            found = located(workspace, settings, source, scratch)
            raw = read_orders(found, scratch, reading, settings.engine, privacy=privacy).raw
        except CustsegError as error:
            raise DataError(
                f"{_OPTION} reads the customers' ids from the source again. {error.message}",
                error.hint,
            ) from None
        named = raw.filter(raw.customer_id.notnull()).select("customer_id").distinct()
        own = fetch_frame(named.order_by("customer_id"))["customer_id"]
    names: dict[str, str] = {}
    for form in forms_of(own, key):
        for called, name in zip(form, own, strict=True):
            names.setdefault(called, name)
    identified = customers.map(names)
    if missing := int(identified.isna().sum()):
        raise DataError(
            f"{_OPTION}: {missing:,} of {len(customers):,} customers on the list are not in the "
            "source any more.",
            "Read the source again first: custseg run-all",
        )
    return identified.astype("str")
