"""What `custseg compare` and `custseg movement` show: sizes, matrix, and what moves are due to."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.definition import in_language
from custseg.report.tables.table import Column, Format, Table, money, pairs, percent, whole
from custseg.segments.movement.figures import NOWHERE
from custseg.words.figures import capital
from custseg.words.language import english

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from custseg.report.tables.disclosed import Disclosed
    from custseg.segments.movement.figures import Movement, SegmentMovement, Transition
    from custseg.words.language import Wording

WITHHELD: Final = "not told: too few customers"
_STEPS: Final = ("new", "returning", "lost", "spent", "behaviour", "model")
"""Of an account, between what was and what is."""


def tables(moved: Movement) -> list[Table]:
    """Everything of a comparison, for people."""
    found = [split(moved), sizes(moved), matrix(moved)]
    if has_amounts(moved):
        found += [revenues(moved, money), revenue_matrix(moved, money)]
    return found


def movement(workspace: Disclosed) -> list[Table]:
    """What became of customers since the snapshot before."""
    found = workspace.manifest().facts()
    moved = shown_movement(workspace)
    if moved is None:
        told: list[tuple[str, object]] = [("compared with", "nothing: no snapshot is before")]
        return [pairs("movement", f"Segments of {found['as_of']}", told)]
    return tables(moved)


def shown_movement(workspace: Disclosed) -> Movement | None:
    """Return what may be told of the customers since the snapshot before; None without one."""
    from custseg.artifacts import ARTIFACTS
    from custseg.segments.movement.account import account
    from custseg.segments.movement.disclosed import disclosed
    from custseg.segments.movement.months import flows, names
    from custseg.workspace.storage import read

    found = workspace.manifest().facts()
    if found["compared_with"] is None:
        return None
    called = names(*(read(workspace.path(n), ARTIFACTS[n]) for n in ("model", "segment_names")))
    ways = flows(workspace.whole_rows("migration"))
    moved = account(ways, called, found["compared_with"], found["as_of"])
    moved = replace(moved, sentence=found["movement_note"])
    return disclosed(moved, ways, workspace.least, withheld=workspace.withheld)


def facts(moved: Movement) -> dict[str, Any]:
    """A comparison as JSON has it."""
    return asdict(moved)


def has_amounts(moved: Movement) -> bool:
    """Whether the orders of both months have amounts."""
    return all(one.revenue for one in moved.segments)


def split(moved: Movement) -> Table:
    """What became of the customers of both months, and who came and went."""
    both = moved.both
    rows: list[tuple[str, object]] = [("customers in both", _told(both))]
    if both or (both is None and moved.kept is not None):

        def of(customers: int | None) -> str:
            if customers is None or not both:
                return _told(customers)
            return f"{whole(customers)} ({percent(customers / both)})"

        rows += [
            ("kept their segment", of(moved.kept)),
            ("of these by both", f"{of(moved.cancelled)}: the model undid what they did"),
            ("moved by behaviour", of(moved.by_behaviour)),
            ("moved by the model", of(moved.by_model)),
            ("moved by both", of(moved.by_both)),
            ("kept by behaviour alone", of(moved.kept_by_behaviour)),
        ]
        if moved.cancelled == 0:
            del rows[2]
    if moved.rand is not None and moved.rand_by_behaviour is not None:
        alone = f"{moved.rand_by_behaviour:.3f} by behaviour alone"
        rows.append(("adjusted Rand index", f"{moved.rand:.3f}; {alone}"))
    rows += [
        (name, _told(getattr(moved, name)))
        for name in ("new", "returning", "lost")
        if name != "returning" or moved.returning != 0
    ]
    table = pairs("split", f"From {moved.since} to {moved.as_of}", rows)
    table.notes.append(moved.sentence)
    return table


def _told(customers: int | None) -> str:
    return WITHHELD if customers is None else whole(customers)


def sizes(moved: Movement, written: Format = whole, wording: Wording | None = None) -> Table:
    """Each segment's customers then and now, and what is between; in English by default."""
    rows = [_called(one) | asdict(one.customers) for one in moved.segments]
    return _account("sizes", moved, rows, written, wording or english())


def revenues(moved: Movement, written: Format, wording: Wording | None = None) -> Table:
    """Each segment's revenue likewise."""
    rows = [_called(one) | asdict(one.revenue) for one in moved.segments if one.revenue]
    return _account("revenues", moved, rows, written, wording or english())


def matrix(moved: Movement, wording: Wording | None = None) -> Table:
    """Customers by segment then (rows) and now (columns); in English by default."""
    wording = wording or english()
    title = wording.texts("page.tables.moves")["title"]
    written = in_language(whole, wording)
    return _matrix("matrix", title, moved, wording, lambda way: way.customers, written)


def revenue_matrix(moved: Movement, written: Format, wording: Wording | None = None) -> Table:
    """Their revenue likewise."""
    wording = wording or english()
    texts = wording.texts("page.tables.moves.revenue")
    table = _matrix(
        "revenue_matrix", texts["title"], moved, wording, lambda way: way.revenue, written
    )
    table.notes.append(texts["note"])
    return table


def sentence(moved: Movement, wording: Wording) -> str:
    """Say who stayed, moved, came and left, as far as it may be told."""

    def say(key: str, **figures: float) -> str:
        return wording.render(f"page.movers.{key}", figures)

    parts = []
    if moved.both and moved.kept is not None:
        parts.append(say("stayed", customers=moved.both, share=moved.kept / moved.both))
        known = {"behaviour": moved.by_behaviour, "model": moved.by_model, "both": moved.by_both}
        causes = {name: customers or 0 for name, customers in known.items()}
        told = [name for name, customers in causes.items() if customers]
        # Where features of the old model are missing, all counts as the new model's.
        if told == ["model"]:
            told, causes = ["moved"], {"moved": causes["model"]}
        parts += [
            say(name, share=causes[name] / moved.both, first=place == 0)
            for place, name in enumerate(told)
        ]
    outside = {name: getattr(moved, name) for name in ("new", "returning", "lost")}
    came = [say(name, customers=number) for name, number in outside.items() if number]
    return " ".join(f"{capital(wording.listed(one))}." for one in (parts, came) if one)


def _called(one: SegmentMovement) -> dict[str, Any]:
    return {"segment": one.segment, "segment_name": one.name}


def _account(
    name: str, moved: Movement, rows: list[dict[str, Any]], written: Format, wording: Wording
) -> Table:
    called = wording.texts("page.tables.account.columns")
    since, as_of = wording.iso_date(moved.since), wording.iso_date(moved.as_of)
    # What customers did is told even where those who came and left are as many.
    steps = [s for s in _STEPS if s == "behaviour" or any(row.get(s) for row in rows)]
    columns = (
        Column("segment", "no.", whole, optional=True),
        Column("segment_name", called["segment_name"]),
        Column("before", since, written),
        *(Column(step, called[step], written) for step in steps),
        Column("now", as_of, written),
    )
    signs = " ".join(f"{'-' if step == 'lost' else '+'} {called[step]}" for step in steps)
    notes = [f"{since} {signs} = {as_of}".replace("  ", " ")]
    return Table(name, wording.render(f"page.tables.account.{name}"), columns, rows, notes)


def _matrix(
    name: str,
    title: str,
    moved: Movement,
    wording: Wording,
    value: Callable[[Transition], Decimal | int | None],
    written: Format,
) -> Table:
    """A row for each segment then, and for who was no customer; likewise in columns."""
    cells: dict[tuple[str, str], Any] = {}
    for way in moved.transitions:
        row = way.kind if way.from_segment == NOWHERE else f"{way.from_segment}"
        column = "lost" if way.to_segment == NOWHERE else f"to_{way.to_segment}"
        cells[row, column] = value(way)
    nobody = wording.texts("page.nobody")
    here = [one for one in moved.segments if one.customers.now != 0]
    heads = {f"to_{one.segment}": one.name for one in here} | {"lost": nobody["lost"]}
    there = {column for _, column in cells}
    gone = {f"{one.segment}": one.name for one in moved.segments if one.customers.before != 0}
    begun = gone | {way: nobody[way] for way in ("new", "returning")}
    known = {row for row, _ in cells}
    rows = [
        {"from": called} | {column: cells.get((row, column)) for column in heads}
        for row, called in begun.items()
        if row in known
    ]
    columns = (
        Column("from", "from"),
        *(Column(column, head, written) for column, head in heads.items() if column in there),
    )
    return Table(name, title, columns, rows)
