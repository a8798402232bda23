"""Make a list: read what is known of customers, decide who is listed, write both files."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

import pyarrow.compute as pc
import pyarrow.parquet as pq

from custseg.engine.parquet import require_table
from custseg.errors import UsageError
from custseg.offers.export.advice import Advice, advise
from custseg.offers.export.audience import Audience, find_audience
from custseg.offers.export.contacts import Contacts, read_contacts
from custseg.offers.export.facts import describe, products
from custseg.offers.export.files import check_places, write_tables, write_text
from custseg.offers.export.formats import FORMATS, Format
from custseg.offers.export.holdout import control_size, hold_out
from custseg.offers.export.origins import WAY, WAYS, origins_of, who_came
from custseg.offers.export.record import check_consent, record_of
from custseg.offers.export.rereading import own_ids
from custseg.offers.export.selection import Segment, segments_of, select, slug
from custseg.privacy.holdings import RECORD
from custseg.privacy.register import objecting
from custseg.sources.values.people import customer_key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import pandas as pd

    from custseg.settings import Settings
    from custseg.workspace.lock import Waiting
    from custseg.workspace.workspace import Workspace

_READS: Final = ("features", "segments", "plans")
_ORIGINS: Final = ("migration", "movers")
_PRODUCTS: Final = ("transactions", "recommendations")
_FIGURES: Final = (
    "customer_id",
    "recency_days",
    "frequency",
    "monetary",
    "country",
    "average_order_value",
    "recent_spend",
)
_LONGEST_CAMPAIGN: Final = 80
"""Characters: its slug is part of a file's name, and a tag."""
_LONGEST_STEM: Final = 200
"""Bytes of a campaign in a file's name; a disk takes 255, with all that is added to it."""


@dataclass(frozen=True)
class Request:
    """What list is asked for."""

    segments: Sequence[str]
    """Numbers, names or slugs."""
    format: Format = field(default_factory=lambda: FORMATS["csv"])
    campaign: str | None = None
    """Seed of the control group; by default the segments and the as-of date."""
    contacts: Path | None = None
    output: Path | None = None
    """By default a file in the workspace's folder `exports`."""
    force: bool = False
    """Replace files that are there."""
    origins: Sequence[str] = ()
    """Segments, likewise, that customers were in in the snapshot before; empty: any or none."""
    consent_not_needed: str | None = None
    """Why contacts without consents may be listed."""
    reidentify: bool = False
    """Name customers by the shop's own ids, which are read from the source again."""


@dataclass(frozen=True)
class Made:
    """What has been written."""

    campaign: str
    as_of: str
    segments: tuple[Segment, ...]
    format: Format
    audience: Audience
    contacts: Contacts | None
    forecast: bool
    """Whether the list has buying probabilities."""
    advice: Advice
    file: Path
    control_file: Path | None
    origins: tuple[Segment, ...] = ()
    """Segments that all listed customers come from."""
    reason: str | None = None
    """Why no consent is needed."""
    record_file: Path | None = None
    """What is recorded of a list with contacts."""


class Freshness(Protocol):
    """Tells whether artifacts are there and fresh."""

    def require_made(self, artifacts: Collection[str], facts: Collection[str], what: str) -> None:
        """Raise WorkspaceError where one is not; `what` is the command that needs it."""

    def is_made(self, artifact: str) -> bool:
        """Whether one is."""


def make_list(
    workspace: Workspace,
    settings: Settings,
    request: Request,
    freshness: Freshness,
    waiting: Waiting | None = None,
) -> Made:
    """Write the list of some segments, and the control group beside it.

    Parameters
    ----------
    freshness
        Of the workspace's artifacts under these settings.
    waiting
        Told by whom the workspace is held, if it is.

    Raises
    ------
    WorkspaceError
        An artifact is missing or stale, or a file cannot be written.
    UsageError
        What is asked for doesn't fit: the segment, the format without contacts, the file.
    DataError
        The contacts cannot be used, or nobody may be listed.
    """
    shows_products = request.format.products and settings.export.products > 0
    reads = (
        *_READS,
        *(_PRODUCTS if shows_products else ()),
        *(_ORIGINS if request.origins else ()),
    )
    if not workspace.manifest_path.exists():
        # Before a folder is made for nothing.
        freshness.require_made(reads, ("as_of",), "export")
    with workspace.writing(settings.run.lock_timeout, runs="export", waiting=waiting):
        # Not before: a run that is waited for makes what was stale, or leaves what was not.
        freshness.require_made(reads, ("as_of",), "export")
        plans = _read(workspace, "plans", ("segment", "segment_name", "buying_probability"))
        chosen = select(
            request.segments, segments_of(zip(plans["segment"], plans["segment_name"], strict=True))
        )
        as_of = str(workspace.manifest().facts()["as_of"])
        origins = (
            origins_of(_read(workspace, "migration", WAYS), request.origins)
            if request.origins
            else []
        )
        campaign = _campaign(request.campaign, chosen, as_of, origins)
        file = request.output or workspace.exports / (
            f"{_stem(campaign)}-{request.format.name}{request.format.suffix}"
        )
        control_file = file.with_name(f"{file.stem}-control.csv")
        record_file = file.with_name(f"{file.stem}{RECORD}")
        _check_files(file, control_file, record_file, workspace, request)
        segments = _read(
            workspace, "segments", ("customer_id", "segment", "segment_name", "fits_name")
        )
        contacts = None
        if request.contacts:
            key = customer_key_of(workspace.manifest().facts())
            contacts = read_contacts(request.contacts, key, set(segments["customer_id"]))
        request.format.check(contacts)
        reason = check_consent(
            given=contacts is not None,
            asks_consent=contacts is not None and contacts.asks_consent,
            reason=request.consent_not_needed,
        )
        members = segments[segments["segment"].isin([segment.number for segment in chosen])]
        if origins:
            members = who_came(members, _read(workspace, "movers", WAY), origins)
        audience = find_audience(
            members,
            contacts,
            request.format.reached_by,
            least=settings.export.least_customers,
            all_members=settings.export.all_members,
            objecting=objecting(settings.privacy),
        )
        share = settings.export.holdout
        size = control_size(len(audience.listed), share) if share else 0
        held = hold_out(audience.listed["customer_id"], campaign, size)

        features = _read(workspace, "features", _FIGURES)
        value = (
            _read(workspace, "value", ("customer_id", "buying_probability"))
            if (forecast := freshness.is_made("value"))
            else None
        )
        sent = audience.listed[~held].reset_index(drop=True)
        rows = describe(sent, features, value, chosen, campaign)
        if shows_products:
            rows = rows.join(_products(workspace, settings, rows["customer_id"]))
        control = audience.listed.loc[held, ["customer_id", "segment", "segment_name"]]
        if request.reidentify:
            own = own_ids(workspace, settings, audience.listed["customer_id"])
            rows = rows.assign(customer_id=own[~held].reset_index(drop=True))
            control = control.assign(customer_id=own[held])
        write_tables(
            {file: request.format.layout(rows)}
            | ({control_file: control.assign(campaign=campaign)} if size else {}),
            workspace,
        )
        if not size:
            control_file.unlink(missing_ok=True)
        advice = advise(audience.listed.merge(features, on="customer_id"), size, plans, settings)
        if contacts:
            told = {
                "campaign": campaign,
                "format": request.format.name,
                "as_of": as_of,
                "segments": [segment.name for segment in chosen],
                "from": [segment.name for segment in origins],
            }
            write_text(record_file, record_of(told, audience, advice, contacts, reason), workspace)
        else:
            record_file.unlink(missing_ok=True)
    return Made(
        campaign,
        as_of,
        tuple(chosen),
        request.format,
        audience,
        contacts,
        forecast,
        advice,
        file,
        control_file if size else None,
        tuple(origins),
        reason,
        record_file if contacts else None,
    )


def _campaign(
    given: str | None,
    chosen: Sequence[Segment],
    as_of: str,
    origins: Sequence[Segment] = (),
) -> str:
    if given is None:
        both = [own for own in (chosen, origins) if own]
        named = "-from-".join("-".join(segment.slug for segment in own) for own in both)
        if len(named) + len(as_of) >= _LONGEST_CAMPAIGN:
            numbers = "-from-".join("-".join(str(one.number) for one in own) for own in both)
            named = f"segments-{numbers}"
        return f"{named}-{as_of}"
    name = given.strip()
    if not slug(name) or not name.isprintable() or len(name) > _LONGEST_CAMPAIGN:
        raise UsageError(
            f"--campaign: has to be a name of letters or digits, up to {_LONGEST_CAMPAIGN} long."
        )
    return name


def _check_files(
    file: Path, control_file: Path, record_file: Path, workspace: Workspace, request: Request
) -> None:
    """Let no list take the place of anything else."""
    kind = request.format
    if file.suffix.lower() != kind.suffix:
        raise UsageError(
            f"--output {file}: --format {kind.name} makes a {kind.suffix} file.",
            f"Give it a name that ends in {kind.suffix}.",
        )
    reads = {request.contacts: "the file of contacts"} if request.contacts else {}
    check_places(file, [control_file, record_file], workspace, reads, force=request.force)


def _stem(campaign: str) -> str:
    """A campaign in a file's name; of a long one the beginning, and a digest to tell it by."""
    name = slug(campaign)
    if len(name.encode()) <= _LONGEST_STEM:
        return name
    digest = sha256(name.encode()).hexdigest()[:8]
    cut = name.encode()[: _LONGEST_STEM - len(digest) - 1].decode(errors="ignore")
    return f"{cut.rstrip('-')}-{digest}"


def _read(workspace: Workspace, artifact: str, columns: Sequence[str]) -> pd.DataFrame:
    """Some columns of an artifact; money to the penny, as floats."""
    path = require_table(workspace.path(artifact))
    table = pq.read_table(path, columns=list(columns), partitioning=None)
    for i, name in enumerate(table.column_names):
        if str(table.schema.field(name).type).startswith("decimal"):
            pennies = pc.round(table[name], 2, round_mode="half_towards_infinity")
            table = table.set_column(i, name, pennies.cast("float64"))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _products(
    workspace: Workspace, settings: Settings, customer_ids: pd.Series[str]
) -> pd.DataFrame:
    from custseg.engine.base import fetch_frame
    from custseg.engine.duckdb import connect, scan
    from custseg.orders.lines import product_descriptions, products_bought

    places = settings.export.products
    table = pq.read_table(
        require_table(workspace.path("recommendations")),
        columns=["customer_id", "list", "rank", "product_id"],
        filters=[("rank", "<=", places)],
        partitioning=None,
    )
    connection = connect(settings.engine, workspace.scratch)
    bought = products_bought(scan(connection, workspace.path("transactions"), "transactions"))
    described = fetch_frame(product_descriptions(bought)).set_index("product_id")["description"]
    return products(customer_ids, table.to_pandas(), described, places)
