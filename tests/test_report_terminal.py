from __future__ import annotations

import io

import pytest

from custseg.report.tables import Column, Table, decimals, mark, money, percent, text, whole
from custseg.report.terminal import fitting, least_widths, print_tables

TABLE = Table(
    "sizes",
    "Sizes",
    (
        Column("name", "segment"),
        Column("n", "customers", whole),
        Column("spend", "spend", money, optional=True),
        Column("why", "why", optional=True),
    ),
    [{"name": "Big baskets, slipping", "n": 12345, "spend": 1234567.5, "why": "a reason"}],
    ["a note"],
)


@pytest.mark.parametrize(
    ("form", "value", "written"),
    [
        (whole, 1234.4, "1,234"),
        (money, 1234.5, "1,234.50"),
        (decimals(3), 0.26781, "0.268"),
        (decimals(3), float("nan"), ""),
        (percent, 0.123, "12.3 %"),
        (mark, True, "✓"),
        (mark, False, ""),
        (text, None, ""),
        (whole, None, ""),
    ],
)
def test_values_are_written_for_people(form, value, written):
    assert form(value) == written


def test_optional_columns_are_left_out_from_the_right_on_a_narrow_terminal():
    assert fitting(least_widths(TABLE), TABLE, 80) == [0, 1, 2, 3]
    assert fitting(least_widths(TABLE), TABLE, 40) == [0, 1, 2]
    assert fitting(least_widths(TABLE), TABLE, 30) == [0, 1]
    assert fitting(least_widths(TABLE), TABLE, 5) == [0, 1]


def test_a_pipe_gets_tab_separated_lines(capsys):
    print_tables([TABLE])
    assert capsys.readouterr().out == (
        "# Sizes\nsegment\tcustomers\tspend\twhy\n"
        "Big baskets, slipping\t12,345\t1,234,567.50\ta reason\n# a note\n"
    )


def shown(table: Table, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a terminal of some width shows, spaces folded."""
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", str(width))
    print_tables([table])
    return " ".join(stream.getvalue().split())


TEXTS = Table(
    "plans",
    "Plans",
    (Column("name", "segment"), *(Column(name, name) for name in ("message", "offer", "timing"))),
    [
        {
            "name": "New",
            "message": "Welcome, and what others bought next: 12 days ago",
            "offer": "A small thank-you on the next order, no discount",
            "timing": "They order most on Thursdays; within 25 days",
        }
    ],
)


@pytest.mark.parametrize("width", [20, 60, 80, 100, 160])
def test_no_text_is_cut_off_on_a_terminal_of_any_width(width, monkeypatch):
    text = shown(TEXTS, width, monkeypatch)
    for cell in TEXTS.written()[0]:
        assert cell in text


def test_columns_that_have_no_room_are_named(monkeypatch):
    assert "not shown here for want of room: spend, why" in shown(TABLE, 38, monkeypatch)
    assert "want of room" not in shown(TABLE, 100, monkeypatch)
