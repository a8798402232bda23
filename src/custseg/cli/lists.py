"""The command that writes lists of customers."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime  # noqa: TC003  (Typer reads the annotation at run time)
from pathlib import Path
from typing import Annotated, Literal

import typer

from custseg.cli.app import app
from custseg.cli.invocation import USUAL_FOLDER, Invocation, command

FormatName = Literal["csv", "xlsx", "klaviyo", "mailchimp", "meta"]


def _write_table(
    run: Invocation,
    name: Literal["customers", "customers_by_month"],
    output: Path | None,
    *,
    force: bool,
) -> None:
    from custseg.offers.export.tables import write_customers
    from custseg.pipeline.staleness import Staleness
    from custseg.report.tables.export import table_facts, written_table

    settings = run.settings()
    freshness = Staleness(run.workspace, settings)
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
            help="Its number, name or slug (big-baskets), or all; can be given several times.",
            show_default=False,
            autocompletion=_segments,
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            help="Only who was in this segment in the snapshot before; can be given several times.",
            show_default=False,
        ),
    ] = None,
    format_: Annotated[
        FormatName,
        typer.Option("--format", help="What it is for: csv, xlsx, klaviyo, mailchimp or meta."),
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
            help="Share to leave alone as a control group, such as 10%; \\[export] holdout.",
            show_default=False,
        ),
    ] = None,
    consent_not_needed: Annotated[
        str | None,
        typer.Option(
            "--consent-not-needed",
            help="Why contacts without a column of consents may be listed; goes into the list's "
            "record.",
            show_default=False,
        ),
    ] = None,
    reidentify: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option(
            "--reidentify",
            help="Name customers by the shop's own ids: reads the source again, and needs the key.",
        ),
    ] = False,
    campaign: Annotated[
        str | None,
        typer.Option(
            "--campaign",
            help="Register the list under this name, to be measured (custseg campaign); it decides "
            "who is held out. Default: not registered, and segments and as-of date decide.",
            show_default=False,
        ),
    ] = None,
    sent: Annotated[
        datetime | None,
        typer.Option(
            "--sent",
            formats=["%Y-%m-%d"],
            help="With --campaign: the day it is sent, from which it is measured; default: the "
            "as-of date.",
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
            help="With --campaign: how long it is measured; \\[value] horizon_days.",
            show_default=False,
        ),
    ] = None,
    offer_cost: Annotated[
        str | None,
        typer.Option(
            "--offer-cost",
            metavar="AMOUNT",
            help="With --campaign: what it costs for each customer on the list, shop currency.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="File to write; default: in the workspace's folder exports.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        Literal["customers", "customers_by_month"] | None,
        typer.Option(
            "--table",
            help="Instead of a list, a whole table for other tools: customers (one wide row each) "
            "or customers_by_month (the segment at each as-of date).",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a list that is there.")] = False,  # noqa: FBT002  (Typer flags)
    all_members: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option(
            "--all-members",
            help="Also list those of whom the segment's name is not true; \\[export] all_members.",
        ),
    ] = False,
) -> None:
    """Write a list of a segment's customers for a mailing, with a control group left alone.

    E-mails and phones come from a file of contacts: the workspace never holds them.

    Contacts need a column of consents, or --consent-not-needed "reason". What was listed of whom,
    in counts, and this reason are recorded beside the list.

    With --campaign, list and control group are registered, and every later run measures what the
    campaign brought: see custseg campaign.

    With --from, of those only who came from another segment since the snapshot before.

    With --reidentify, customers who are keyed hashes in the workspace have their own ids on the
    list and in the control group.

    Customers of whom the segment's name is not true are left out, and counted.

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
