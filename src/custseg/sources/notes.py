"""What a run says of its source beside the number of rows: files that came and went, columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custseg.workspace.manifest import Source

PROPOSED: Final = "proposal"
_MOST: Final = 20


def news(source: Source) -> list[tuple[str, str]]:
    """Say which files came since the run before, which went, and which are copies of others."""
    first: dict[str, str] = {}
    copies = []
    for file in source.files:
        if file.sha256 in first:
            copies.append(f"{file.name} (as {first[file.sha256]})")
        first.setdefault(file.sha256, file.name)
    told = (
        ("new since the last run", source.added),
        ("gone since the last run", source.gone),
        ("copies, read once", copies),
    )
    return [(what, _listed(names)) for what, names in told if names]


def notes(
    source: Source | None, facts: Mapping[str, Any], before: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return a line for each thing that whoever started the run should see.

    Parameters
    ----------
    source
        What was read.
    facts
        What `download` found.
    before
        What it found the last time.
    """
    lines = [f"{what}: {names}" for what, names in news(source)] if source else []
    lines += [
        f'{column["field"]} is "{column["column"]}": {column["reason"]}'
        for column in facts["mapping"]
        if column["by"] == PROPOSED
    ]
    lines += facts.get("left_out", ())
    keys = {found["key_check"] for found in (before, facts) if found.get("key_check")}
    if len(keys) > 1:
        lines.append(
            "the key of customers' hashes is another one: who is a hash has a new id. Past months "
            "have the old ones until custseg history --rebuild --all"
        )
    if before.get("all_keyed", facts["all_keyed"]) != facts["all_keyed"]:
        kinds = ("keyed hashes", "ids as they are")
        now, then = kinds if facts["all_keyed"] else reversed(kinds)
        lines.append(
            f"customers are {now}, no more {then}: every customer has a new id, and past months "
            "have the old ones until custseg history --rebuild --all. [privacy] customer_ids "
            "settles which"
        )
    if facts["beside"]:
        lines.append(f"without orders: {_listed(facts['beside'])}")
    if facts.get("other_rows"):
        others = counted(facts["other_rows"], "row is no order line", "rows are no order lines")
        lines.append(f"{others} of this export: docs/known-exports.md says which")
    if facts.get("forgotten_rows"):
        rows = counted(facts["forgotten_rows"], "row", "rows")
        lines.append(f"{rows} of customers who were forgotten: not read")
    if facts.get("expired_rows"):
        rows = counted(facts["expired_rows"], "row is", "rows are")
        lines.append(f"{rows} older than [privacy] keep_months: not read")
    if facts.get("masked_texts"):
        texts = counted(facts["masked_texts"], "description", "descriptions")
        lines.append(f"{texts} held an e-mail, a telephone or a card number: masked")
    if facts["rejected_rows"]:
        left_out = counted(facts["rejected_rows"], "row is", "rows are")
        lines.append(f"{left_out} left out: custseg download lists them")
    return tuple(lines)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
