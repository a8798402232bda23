"""The command that writes lists of customers."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime  # noqa: TC003  (Typer reads the annotation at run time)
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from custseg.cli.app import app
from custseg.cli.invocation import USUAL_FOLDER, Invocation, command

FormatName = Literal["csv", "xlsx", "klaviyo", "mailchimp", "meta"]
TableName = Literal["customers", "customers_by_month"]
_STDOUT: Final = Path("-")


def _write_table(
    run: Invocation,
    name: TableName,
    output: Path | None,
    *,
    force: bool,
) -> None:
    from custseg.offers.export.tables import pour_customers, write_customers
    from custseg.pipeline.staleness import Staleness
    from custseg.report.tables.export import table_facts, written_table

    settings = run.settings()
    freshness = Staleness(run.workspace, settings)
    if output == _STDOUT:
        run.pour(partial(pour_customers, run.workspace, settings, name, freshness))
        return
    made = write_customers(run.workspace, settings, name, freshness, output, force=force)
    run.print([written_table(made)], table_facts(made))


def _segments(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete a segment's name, as --segment takes it."""
    from custseg.errors import CustsegError
    from custseg.offers.export.selection import slug
    from custseg.workspace.workspace import Workspace

    home = Workspace(Path(ctx.params.get("workspace") or USUAL_FOLDER))
    found = ["all"]
    # What is wrong with a workspace is told by the command, once it is typed.
    with suppress(CustsegError, OSError):
        found += [slug(row["segment_name"]) for row in home.rows("segment_names")]
    return [name for name in found if name.startswith(incomplete)]


@app.command()
@command
def export(  # noqa: PLR0913, PLR0917  (its options)
    run: Invocation,
    segment: Annotated[
        list[str] | None,
        typer.Option(
            "--segment",
            help="Segment by number, name or slug (big-baskets), or all. Can be repeated.",
            show_default=False,
            autocompletion=_segments,
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            help="Only customers who were in this segment in the previous snapshot. Can be "
            "repeated.",
            show_default=False,
        ),
    ] = None,
    format_: Annotated[
        FormatName,
        typer.Option("--format", help="Format of the list: csv, xlsx, klaviyo, mailchimp or meta."),
    ] = "csv",
    contacts: Annotated[
        Path | None,
        typer.Option(
            "--contacts",
            help="A csv with customer_id, email or phone, and perhaps consent; it is not stored.",
            show_default=False,
        ),
    ] = None,
    holdout: Annotated[
        str | None,
        typer.Option(
            "--holdout",
            help="Share of the list to leave alone as a control group, such as 10%; \\[export] "
            "holdout.",
            show_default=False,
        ),
    ] = None,
    consent_not_needed: Annotated[
        str | None,
        typer.Option(
            "--consent-not-needed",
            help="Why contacts without a consent column may be listed; it is kept in the list's "
            "record.",
            show_default=False,
        ),
    ] = None,
    reidentify: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option(
            "--reidentify",
            help="List customers by the shop's own ids; reads the source again, and needs the key.",
        ),
    ] = False,
    campaign: Annotated[
        str | None,
        typer.Option(
            "--campaign",
            help="Register the list as a campaign of this name, to measure what it brings. The "
            "name also seeds the draw of the control group; without it, segments and as-of "
            "date do.",
            show_default=False,
        ),
    ] = None,
    sent: Annotated[
        datetime | None,
        typer.Option(
            "--sent",
            formats=["%Y-%m-%d"],
            help="With --campaign: the day the list is sent, the first that counts; default: "
            "the as-of date.",
            show_default=False,
        ),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            "--horizon",
            min=1,
            max=1095,
            metavar="DAYS",
            help="With --campaign: days it is measured for; \\[value] horizon_days.",
            show_default=False,
        ),
    ] = None,
    offer_cost: Annotated[
        str | None,
        typer.Option(
            "--offer-cost",
            metavar="AMOUNT",
            help="With --campaign: its cost per customer on the list, in the shop's currency.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="File to write; default: one in the workspace's exports folder. With --table, - "
            "is standard output, as csv.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        TableName | None,
        typer.Option(
            "--table",
            help="Instead of a list, a whole table for other tools: customers (one wide row each) "
            "or customers_by_month (the segment at each as-of date).",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing list.")] = False,  # noqa: FBT002  (Typer flags)
    all_members: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option(
            "--all-members",
            help="Also list customers who don't fit the segment's name; \\[export] all_members.",
        ),
    ] = False,
) -> None:
    """Write a list of a segment's customers for a mailing, with a control group left alone.

    E-mails and phones come from a file of contacts: the workspace never holds them.

    The contacts need a consent column, or --consent-not-needed "reason". A record beside the list
    says how many customers were listed and left out, and gives this reason.

    With --campaign the list and its control group are registered, and every later run measures
    what the campaign brought: see custseg campaign.

    With --from the list holds only customers who came from that segment since the previous
    snapshot.

    With --reidentify the list and its control group have the shop's own ids where the workspace
    has keyed hashes.

    Customers who don't fit the segment's name are left out; the output says how many.

    With --table, all customers are written as csv, xlsx or Parquet, as --output ends.

    Example: custseg export --segment new --format mailchimp --contacts contacts.csv --holdout 10%
    """
    from custseg.offers.campaigns.register import Terms
    from custseg.offers.export.formats import FORMATS
    from custseg.offers.export.holdout import share_of
    from custseg.offers.export.lists import Request, make_list
    from custseg.pipeline.staleness import Staleness
    from custseg.report.tables.export import export as view
    from custseg.report.tables.export import export_facts

    if table:
        if segment or campaign or contacts:
            raise typer.BadParameter("is of all customers, and no list", param_hint="--table")
        _write_table(run, table, output, force=force)
        return
    if holdout is not None:
        run.options["export.holdout"] = share_of(holdout)
    if all_members:
        run.options["export.all_members"] = True
    if campaign is None and (sent or horizon or offer_cost):
        raise typer.BadParameter(
            "--sent, --horizon and --offer-cost say how a campaign is measured",
            param_hint="--campaign",
        )
    request = Request(
        segment or [],
        FORMATS[format_],
        campaign,
        contacts,
        output,
        force,
        origin or [],
        consent_not_needed,
        reidentify,
        Terms(sent.date() if sent else None, horizon, offer_cost),
    )
    listener = run.listener()
    waiting = listener.waiting if listener else None
    freshness = Staleness(run.workspace, run.settings())
    made = make_list(run.workspace, run.settings(), request, freshness, waiting)
    run.print([view(made)], export_facts(made))
