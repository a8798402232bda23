"""What `custseg export` shows: how many are listed and left out, and what the test can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custseg.report.tables.table import Column, Table, pairs, whole
from custseg.words.figures import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custseg.offers.export.lists import Made
    from custseg.offers.export.tables import WrittenTable


def export(made: Made) -> Table:
    """How many customers went where; never who."""
    audience = made.audience
    chosen = "in the segments chosen"
    if made.origins:
        chosen += f", from {listed([segment.name for segment in made.origins])}"
    rows: list[dict[str, Any]] = [{"what": chosen, "customers": audience.chosen}]
    rows += [
        {"what": f"left out: {out.rule.meaning}", "rule": out.rule.name, "customers": out.customers}
        for out in audience.left_out
    ]
    if made.control_file:
        rows.append({"what": "control group, to be left alone", "customers": made.advice.control})
    rows.append({"what": "on the list to send", "customers": made.advice.sent})
    return Table(
        "export",
        f"List {made.campaign} for {made.format.name}",
        (Column("what", "who"), Column("customers", "customers", whole)),
        rows,
        notes=list(_notes(made)),
    )


def written_table(made: WrittenTable) -> Table:
    """How large a table for other tools is, and where."""
    told: list[tuple[str, object]] = [
        ("rows", f"{made.rows:,}"),
        ("columns", made.columns),
        ("file", made.file),
    ]
    return pairs("table", made.name, told)


def table_facts(made: WrittenTable) -> dict[str, Any]:
    """The same as JSON has it."""
    return {
        "table": made.name,
        "rows": made.rows,
        "columns": made.columns,
        "file": str(made.file),
    }


def export_facts(made: Made) -> dict[str, Any]:
    """The same as JSON has it."""
    advice = made.advice
    return {
        "campaign": made.campaign,
        "format": made.format.name,
        "as_of": made.as_of,
        "segments": [segment.slug for segment in made.segments],
        "from": [segment.slug for segment in made.origins],
        "file": str(made.file),
        "control_file": str(made.control_file) if made.control_file else None,
        "record_file": str(made.record_file) if made.record_file else None,
        "consent_not_needed": made.reason,
        "control_kind": made.control,
        "registered": made.registered is not None,
        "sent": advice.sent,
        "control": advice.control,
        "test": {
            "horizon_days": advice.horizon_days,
            "buying_probability": advice.buying,
            "detectable_share": advice.detectable_share,
            "detectable_spend": advice.detectable_spend,
            "hoped_share": advice.hoped,
            "holdout_needed": advice.needed_share,
            "enough": advice.suffices,
        },
        "notes": list(_notes(made)),
    }


def _notes(made: Made) -> Iterator[str]:
    audience, contacts = made.audience, made.contacts
    if made.control == "shop-wide":
        yield (
            f"compared with the {made.advice.control:,} of them who are held out of every list "
            "([campaigns] always_hold)"
        )
        yield from made.advice.sentences(own=False)
    yield f"to send: {made.file}"
    if made.control_file:
        yield f"not to send, kept to compare with: {made.control_file}"
    if contacts is not None:
        if made.reason is not None:
            yield f"nobody was left out for want of consent, as none is needed: {made.reason}"
        yield f"recorded: {made.record_file}"
        counted = {
            "listed without e-mail or phone": audience.without_contact,
            "listed whose e-mail can't be used": audience.bad_emails,
            "listed whose phone can't be used (it takes + and the country)": audience.bad_phones,
            "rows of the contacts without customer_id": contacts.nameless,
        }
        yield from (f"{what}: {count:,}" for what, count in counted.items() if count)
    if not made.forecast and made.format.products:
        yield "no buying probabilities: custseg value forecasts them"
    if made.advice.sent < made.format.fewest:
        yield f"{made.format.name} is of little use below {made.format.fewest:,} customers"
    if made.registered:
        name = made.registered.name
        days = made.registered.horizon_days
        yield (
            f"registered as the campaign {name}, to be measured for {days} days from "
            f'{made.registered.sent}: custseg campaign result "{name}"'
        )
    if made.control != "shop-wide":
        yield from made.advice.sentences()
