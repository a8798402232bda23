"""The ledger of campaigns: what each brought, and what those of one aim tell together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.tables.campaigns import (
    CAMPAIGN_POOLS,
    CAMPAIGNS,
    campaign_rows,
    pool_rows,
)
from custseg.report.workbook.tables import write_found, write_table

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter


def campaigns(writer: SheetWriter, summary: Summary) -> None:
    """Every registered campaign with its result."""
    writer.title(
        "Campaigns",
        "What the customers on a list did more than those who were left alone.",
    )
    writer.freeze(write_table(writer, CAMPAIGNS, campaign_rows(summary.campaigns), summary).first)
    for one in summary.campaigns:
        writer.sentence(f"{one.campaign}: {one.sentence}")
    write_found(
        writer,
        "Campaigns of one aim, estimated together",
        CAMPAIGN_POOLS,
        pool_rows(summary.campaign_pools),
        summary,
    )
    writer.pages = (1, 1)
