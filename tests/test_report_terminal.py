from __future__ import annotations

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
