"""The ledger of campaigns: what each brought, and what those of one aim tell together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.tables.campaigns import ledger, pools, told
from custseg.report.tables.definition import rows_of
from custseg.report.workbook.tables import write_found, write_table

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter


def campaigns(writer: SheetWriter, summary: Summary) -> None:
    """Every registered campaign with its result, in the shop's language."""
    wording = writer.wording
    writer.title(wording.render("campaign.title"), wording.render("campaign.lead"))
    found = rows_of(summary.campaigns)
    writer.freeze(write_table(writer, *ledger(found, wording), summary).first)
    for said in told(found, wording):
        writer.sentence(said)
    heading = wording.render("campaign.pools")
    write_found(writer, heading, *pools(rows_of(summary.campaign_pools), wording), summary)
    for pool in summary.campaign_pools:
        writer.sentence(pool.sentence)
    writer.pages = (1, 1)
