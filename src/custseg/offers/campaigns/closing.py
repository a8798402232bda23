"""Close campaigns: their results are kept, their customers are not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from custseg.errors import DataError, UsageError
from custseg.offers.campaigns.outcome import row_of
from custseg.offers.campaigns.register import save_register
from custseg.workspace.campaigns import read_register

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from custseg.workspace.campaigns import Campaign
    from custseg.workspace.workspace import Workspace


def require_campaign(workspace: Workspace, name: str) -> Campaign:
    """Find a campaign that somebody names.

    Raises
    ------
    DataError
        There is none of this name.
    """
    register = read_register(workspace.root)
    if found := register.find(name):
        return found
    names = ", ".join(one.name for one in register.campaigns)
    raise DataError(
        f"No campaign {name} is registered.",
        f"There are: {names}."
        if names
        else "Register one: custseg export --segment … --holdout 10% --campaign NAME",
    )


def close_campaign(
    workspace: Workspace, name: str, rows: Iterable[dict[str, Any]], *, force: bool
) -> Campaign:
    """Keep a campaign's result as it is, and delete the ids of its customers.

    The caller holds the workspace.

    Parameters
    ----------
    rows
        Of the artifact `campaigns`; where none is of it, it has no result.
    force
        Close it before its end: it has no result then.

    Raises
    ------
    DataError
        There is no such campaign.
    UsageError
        It is closed already, or not over.
    """
    campaign = require_campaign(workspace, name)
    if campaign.closed:
        raise UsageError(f"The campaign {campaign.name} is closed already.")
    # The manifest's date is not asked: without a row nothing was measured.
    row = next((row for row in rows if row["number"] == campaign.number), None) or row_of(
        campaign, campaign.start
    )
    if row["state"] != "finished" and not force:
        raise UsageError(
            f"The campaign {campaign.name} is at day {row['day']} of {row['horizon_days']}.",
            "Closed now, it has no result. If that is meant: --force",
        )
    close_campaigns(workspace, {campaign.number: row})
    return require_campaign(workspace, name)


def close_expired(workspace: Workspace, first: date) -> tuple[str, ...]:
    """Close the campaigns that are measured, or of a day before the first that may be kept.

    A later run may not have the orders of their days any more. The caller holds the workspace,
    whose artifact `campaigns` is fresh.

    Returns
    -------
    tuple of str
        The files of customers that were deleted, by their paths in the workspace.
    """
    there = [one for one in read_register(workspace.root).campaigns if not one.closed]
    if not there:
        return ()
    rows = {row["number"]: row for row in workspace.rows("campaigns")}
    gone = [
        one
        for one in there
        if one.number in rows
        and (rows[one.number]["state"] == "finished" or one.as_of < first.isoformat())
    ]
    close_campaigns(workspace, {one.number: rows[one.number] for one in gone})
    return tuple(one.file for one in gone)


def close_campaigns(workspace: Workspace, rows: Mapping[int, dict[str, Any]]) -> None:
    """Close some campaigns, given the rows of the artifact `campaigns` by number, in one step."""
    register, gone = read_register(workspace.root), []
    for campaign in register.campaigns:
        if campaign.number not in rows or campaign.closed:
            continue
        row = rows[campaign.number]
        kept = {name: _plain(value) for name, value in row.items()}
        kept["state"] = "closed" if row["state"] == "finished" else "stopped"
        register = register.having(replace(campaign, members="", result=kept))
        gone.append(campaign.file)
    if gone:
        save_register(workspace, register, {}, gone)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
