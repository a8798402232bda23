"""The command that tells what registered campaigns brought, and closes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.running import disclosed, run_stage
from custseg.errors import WorkspaceError

if TYPE_CHECKING:
    from custseg.report.tables.definition import Row
    from custseg.words.language import Wording

campaigns = typer.Typer(invoke_without_command=True)
app.add_typer(campaigns, name="campaign")
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The campaign's name; capitals don't matter.")
]


@campaigns.callback()
@command
def campaign(run: Invocation, context: typer.Context) -> None:
    """Show what the campaigns brought that custseg export --campaign registered.

    Example: custseg campaign list
    """
    if context.invoked_subcommand is None:
        run_stage(run, "campaign", force=False)
        return
    given = [name for name in context.params if _is_given(context, name)]
    if given:
        option = given[0].strip("_").replace("_", "-")
        raise typer.BadParameter(
            f"goes after {context.invoked_subcommand}", param_hint=f"--{option}"
        )


@campaigns.command("list")
@command
def list_(run: Invocation) -> None:
    """List the campaigns: how far along each is, or what it brought.

    Example: custseg campaign list
    """
    run_stage(run, "campaign", force=False)


@campaigns.command()
@command
def show(run: Invocation, name: NameArgument) -> None:
    """Show how a campaign was registered, and how far along it is.

    Example: custseg campaign show Spring
    """
    from custseg.report.tables.campaigns import campaign_facts, campaign_shown

    row = _measured(run, name)
    shown = campaign_shown(row, _words(run))
    run.print([shown], campaign_facts(row, run.wording()))


@campaigns.command()
@command
def result(run: Invocation, name: NameArgument) -> None:
    """Show what a campaign brought: list against control group, with intervals.

    Until its days are over it shows only how far along the campaign is.

    Example: custseg campaign result Spring
    """
    from custseg.report.tables.campaigns import campaign_facts, campaign_result

    row = _measured(run, name)
    found = campaign_result(row, _words(run))
    run.print([found], campaign_facts(row, run.wording()))


@campaigns.command()
@command
def close(
    run: Invocation,
    name: NameArgument,
    force: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option("--force", help="Close it before its days are over; it then has no result."),
    ] = False,
) -> None:
    """Keep a campaign's result as it is, and delete the ids of its customers.

    Example: custseg campaign close Spring
    """
    from custseg.offers.campaigns.closing import close_campaign

    try:
        run.runner().run("campaign")
        rows = run.workspace.rows("campaigns")
    except WorkspaceError:
        # One whose customers' file is damaged can be closed by force.
        if not force:
            raise
        rows = []
    settings = run.settings()
    with run.workspace.writing(settings.run.lock_timeout, runs="campaign"):
        closed = close_campaign(run.workspace, name, rows, force=force)
    run.runner().run("campaign")
    if run.json:
        run.print([], {"campaign": closed.name, "stopped": closed.stopped})
    elif not run.quiet:
        run.say(run.wording().render("campaign.closed", {"name": closed.name}))


def _measured(run: Invocation, name: str) -> Row:
    """A campaign as it may be shown, measured by what is known now."""
    from custseg.offers.campaigns.closing import require_campaign

    number = require_campaign(run.workspace, name).number
    run.runner().run("campaign")
    workspace = disclosed(run)
    if workspace.nothing_told:
        raise WorkspaceError(workspace.nothing_told)
    return next(row for row in workspace.rows("campaigns") if row["number"] == number)


def _words(run: Invocation) -> Wording:
    """The words of a table: what programs read is in English."""
    from custseg.words.language import english

    return english() if run.json else run.wording()


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
