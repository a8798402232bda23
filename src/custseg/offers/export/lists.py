"""Make a list: read what is known of customers, decide who is listed, write both files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Protocol

from custseg.errors import UsageError
from custseg.offers.campaigns.register import Terms, entry_of, known_of, register_campaign
from custseg.offers.export.advice import Advice, advise
from custseg.offers.export.audience import Audience, find_audience
from custseg.offers.export.contacts import Contacts, read_contacts
from custseg.offers.export.facts import describe
from custseg.offers.export.files import check_places, write_tables, write_text
from custseg.offers.export.formats import FORMATS, Format
from custseg.offers.export.groups import divide
from custseg.offers.export.names import campaign_name, stem
from custseg.offers.export.origins import WAY, WAYS, origins_of, who_came
from custseg.offers.export.reading import described_products, lines, read
from custseg.offers.export.record import basis, check_consent, record_of
from custseg.offers.export.rereading import own_ids
from custseg.offers.export.selection import Segment, segments_of, select
from custseg.privacy.holdings import RECORD
from custseg.privacy.register import objecting
from custseg.sources.values.people import customer_key_of
from custseg.workspace.campaigns import read_register

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import pandas as pd

    from custseg.offers.campaigns.register import Entry
    from custseg.offers.export.groups import Groups
    from custseg.settings import Settings
    from custseg.workspace.campaigns import Campaign, Control
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


@dataclass(frozen=True)
class Request:
    """What list is asked for."""

    segments: Sequence[str]
    """Numbers, names or slugs."""
    format: Format = field(default_factory=lambda: FORMATS["csv"])
    campaign: str | None = None
    """Its name, under which it is registered, and the seed of the control group; None: it is not
    registered, and the seed is the segments and the as-of date."""
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
    terms: Terms = field(default_factory=Terms)
    """How the campaign is to be measured, if it is registered."""


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
    control: Control = "none"
    registered: Campaign | None = None
    """The campaign as it is registered; None where it is not."""


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
        plans = read(workspace, "plans", ("segment", "segment_name", "buying_probability", "aim"))
        chosen = select(
            request.segments, segments_of(zip(plans["segment"], plans["segment_name"], strict=True))
        )
        as_of = str(workspace.manifest().facts()["as_of"])
        origins = (
            origins_of(read(workspace, "migration", WAYS), request.origins)
            if request.origins
            else []
        )
        campaign = campaign_name(request.campaign, chosen, as_of, origins)
        request.terms.check(date.fromisoformat(as_of))
        file = request.output or workspace.exports / (
            f"{stem(campaign)}-{request.format.name}{request.format.suffix}"
        )
        control_file = file.with_name(f"{file.stem}-control.csv")
        record_file = file.with_name(f"{file.stem}{RECORD}")
        _check_files(file, control_file, record_file, workspace, request)
        segments = read(
            workspace, "segments", ("customer_id", "segment", "segment_name", "fits_name")
        )
        contacts, reason = _contacts(workspace, request, set(segments["customer_id"]))
        members = segments[segments["segment"].isin([segment.number for segment in chosen])]
        if origins:
            members = who_came(members, read(workspace, "movers", WAY), origins)
        audience = find_audience(
            members,
            contacts,
            request.format.reached_by,
            least=settings.export.least_customers,
            all_members=settings.export.all_members,
            objecting=objecting(settings.privacy),
        )
        running = read_register(workspace.root).campaigns
        groups = divide(audience, campaign, settings, date.fromisoformat(as_of), running)
        audience, held, size = groups.audience, groups.held, groups.size
        features = read(workspace, "features", _FIGURES)
        value = (
            read(workspace, "value", ("customer_id", "buying_probability"))
            if (forecast := freshness.is_made("value"))
            else None
        )
        consent = basis(reason, contacts)
        entry = _entry(workspace, settings, request, campaign, as_of, groups, value, plans, consent)
        sent = audience.listed[~held].reset_index(drop=True)
        rows = describe(sent, features, value, chosen, campaign)
        if shows_products:
            rows = rows.join(described_products(workspace, settings, rows["customer_id"]))
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
        if entry:
            register_campaign(workspace, entry)
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
        groups.control,
        entry.campaign if entry else None,
    )


def _contacts(
    workspace: Workspace, request: Request, known: set[str]
) -> tuple[Contacts | None, str | None]:
    """Read the contacts, if there are any, and why no consent is needed, if none is."""
    contacts = None
    if request.contacts:
        key = customer_key_of(workspace.manifest().facts())
        contacts = read_contacts(request.contacts, key, known)
    request.format.check(contacts)
    reason = check_consent(
        given=contacts is not None,
        asks_consent=contacts is not None and contacts.asks_consent,
        reason=request.consent_not_needed,
    )
    return contacts, reason


def _entry(  # noqa: PLR0913, PLR0917  (what a campaign is)
    workspace: Workspace,
    settings: Settings,
    request: Request,
    campaign: str,
    as_of: str,
    groups: Groups,
    value: pd.DataFrame | None,
    plans: pd.DataFrame,
    consent: str,
) -> Entry | None:
    """The campaign as it is to be registered; None where that is not asked for."""
    if request.campaign is None:
        return None
    listed, terms, day = groups.audience.listed, request.terms, date.fromisoformat(as_of)
    days = terms.horizon_days or settings.value.horizon_days
    orders = lines(workspace, settings)
    known = known_of(orders, value, listed["customer_id"], as_of=day, days=days)
    return entry_of(
        workspace,
        campaign,
        listed,
        groups.held,
        groups.control,
        as_of=day,
        terms=terms,
        horizon_days=days,
        aims=list(plans.loc[plans["segment"].isin(listed["segment"]), "aim"]),
        consent=consent,
        before=known,
        replaces=request.force,
    )


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
