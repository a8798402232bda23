"""Tables with the same columns, looked at as one."""

from __future__ import annotations

from dataclasses import dataclass

from custseg.sources.tables.pooling import own_names, pool


@dataclass(frozen=True)
class Table:
    name: str
    header: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]


def table(name: str, rows: int, header: tuple[str, ...] = ("Id", "Day")) -> Table:
    return Table(name, header, tuple((f"{name}{n}", "x") for n in range(rows)))


def test_tables_with_the_same_columns_in_any_order_are_one():
    a, b = table("a", 1), Table("b", ("day", "ID"), (("x", "b0"),))
    (group,) = pool([a, b])
    assert group.name == "a and 1 more like it"
    assert group.sample == (("a0", "x"), ("b0", "x"))
    assert own_names(group, b) == {"Id": "ID", "Day": "day"}


def test_a_table_that_is_alone_stays_as_it_is():
    a, b = table("a", 1), table("b", 1, ("Id", "Price"))
    assert pool([a, b]) == [a, b]


def test_no_more_rows_are_shown_of_many_tables_than_of_one():
    (group,) = pool([table(f"t{n}-", 200) for n in range(500)])
    assert len(group.sample) == 200
    shown = {row[0].split("-")[0] for row in group.sample}
    assert {"t0", "t499"} <= shown
    assert len(shown) == 10


def test_small_tables_leave_their_room_to_the_others():
    (group,) = pool([table("a", 200), table("b", 2), table("c", 0), table("d", 200)])
    firsts = [row[0][0] for row in group.sample]
    assert (firsts.count("a"), firsts.count("b"), firsts.count("d")) == (148, 2, 50)
