"""Score a source's customers by a published model, and write them as a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.engine.base import fetch_frame
from custseg.offers.export.files import check_places, check_rows, check_suffix, write_tables
from custseg.offers.export.rereading import located
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.privacy.register import left_out_of
from custseg.segments.customers.assignment import score_customers
from custseg.segments.customers.published import published
from custseg.sources.raw import read_orders

if TYPE_CHECKING:
    import pandas as pd

    from custseg.segments.model.published import PublishedModel
    from custseg.settings import Settings
    from custseg.sources.files.uci import ByteProgress
    from custseg.sources.raw import Raw
    from custseg.workspace.lock import Waiting
    from custseg.workspace.manifest import Manifest, Source
    from custseg.workspace.workspace import Workspace

_DISTANCE_PLACES: Final = 6
"""Decimals that are written of distances and margins."""


@dataclass(frozen=True)
class Request:
    """What is to be scored, and where the result goes."""

    source: Source
    snapshot: str | None = None
    """As-of date of the snapshot whose model counts; by default the latest."""
    output: Path | None = None
    """By default a csv in the workspace's folder `exports`."""
    force: bool = False
    """Replace a file that is there."""
    progress: ByteProgress | None = None
    """Told of a download."""
    waiting: Waiting | None = None
    """Told by whom the workspace is held, if it is."""
    """Told of what is downloaded, and of a run that holds the workspace."""


@dataclass(frozen=True)
class Scored:
    """What has been written; customers are counted, never named."""

    as_of: str
    """Midnight that the orders are measured at."""
    snapshot: str
    model_of: str
    """As-of date of the customers that the model was fitted on."""
    customers: pd.DataFrame
    """As written; see `custseg.score_customers`."""
    new: int | None
    """Customers that the snapshot doesn't know; None where that can't be told."""
    why_not_told: str
    """Why; empty where it can."""
    rejected_rows: int
    """Rows of the source that could not be read and were left out."""
    file: Path


def score_source(workspace: Workspace, settings: Settings, request: Request) -> Scored:
    """Read, clean and measure a source's orders, and put its customers into published segments.

    Nothing of the workspace changes but its folder of exports; what is read or unpacked lies in a
    temporary folder.

    Raises
    ------
    WorkspaceError
        There is no snapshot, or a file cannot be written.
    UsageError
        There is no snapshot of that date, or the file may not be written there.
    DataError
        The source cannot be had or used.
    ModelError
        Its customers lack a feature of the model.
    """
    if request.output:
        check_suffix(request.output)
    snapshot = published(workspace, request.snapshot)
    with (
        workspace.writing(settings.run.lock_timeout, runs="score", waiting=request.waiting),
        workspace.unpacking() as scratch,
    ):
        if request.output:
            _check_place(request.output, workspace, request)
        manifest = workspace.manifest()
        places = located(workspace, settings, request.source, scratch, request.progress)
        left_out = left_out_of(workspace, settings.privacy)
        raw = read_orders(
            places,
            scratch,
            settings.source,
            settings.engine,
            left_out=left_out,
            privacy=settings.privacy,
        )
        cleaned = clean(raw.raw, raw.preset, raw.rejected_rows, settings.clean)
        file = request.output or workspace.exports / f"scores-{cleaned.as_of}.csv"
        if not request.output:
            _check_place(file, workspace, request)
        model: PublishedModel = snapshot.read("model")
        measured = features(
            cleaned.transactions, cleaned.removed, cleaned.as_of, settings.features
        ).select("customer_id", *model.scoring.features)
        customers = score_customers(
            fetch_frame(measured.order_by("customer_id")), model, settings.segments
        )
        check_rows(file, len(customers), "customers")
        places_of = dict.fromkeys(("distance", "margin"), _DISTANCE_PLACES)
        write_tables({file: customers.round(places_of)}, workspace)
        known = customers["customer_id"].isin(snapshot.read("segments")["customer_id"])
        why = _why_not_told(raw, manifest, nobody=not known.any())
    return Scored(
        cleaned.as_of,
        snapshot.as_of,
        model.training.as_of,
        customers,
        None if why else int((~known).sum()),
        why,
        raw.rejected_rows,
        file,
    )


def _check_place(file: Path, workspace: Workspace, request: Request) -> None:
    reads = {Path(location): "a file that is scored" for location in request.source.locations}
    check_places(file, (), workspace, reads, force=request.force)


def _why_not_told(raw: Raw, manifest: Manifest, *, nobody: bool) -> str:
    """Say why customers cannot be found in the snapshot; nothing where they can.

    Parameters
    ----------
    nobody
        None of them is in it.
    """
    facts = manifest.facts()
    kind, its_kind = (
        "keyed hashes" if people else "ids as they are" for people in (raw.people, facts["people"])
    )
    # Where only some are hashes, a source without any of these is another month's.
    if kind != its_kind and (nobody or raw.all_keyed or facts["all_keyed"]):
        return f"the workspace's customers are {its_kind}, this source's are {kind}"
    if raw.people and facts["people"] and raw.key_check != facts["key_check"]:
        return "the workspace's customers were hashed with another key (CUSTSEG_KEY)"
    return ""
