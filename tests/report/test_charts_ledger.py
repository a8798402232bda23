from __future__ import annotations

from decimal import Decimal

from custseg.report.charts.ledger import ledger_money, ledger_rows
from tests.shop_summaries import drawn, rows, step, summary


def test_rows_fall_from_the_source_to_those_kept():
    drawing = drawn(ledger_rows(summary()))
    assert drawing.title == (
        "Of 1,000 rows in the source, 600 (60.0 %) are kept; the largest step is “No customer”, "
        "−300"
    )
    assert [
        (bar["what"], bar["start"], bar["end"], bar["written"]) for bar in rows(drawing, "what")
    ] == [
        ("Rows in the source", 0, 1000, "1,000"),
        ("No customer", 1000, 700, "−300"),
        ("Return that undoes a purchase", 700, 600, "−100"),
        ("Kept", 0, 600, "600"),
    ]


def test_money_is_signed_and_adds_up():
    drawing = drawn(ledger_money(summary()))
    assert drawing.title == (
        "Of a value of £500.10 in the source, £400.00 (80.0 %) is kept; the largest step is “No "
        "customer”, −£150.10"
    )
    assert [
        (bar["what"], bar["start"], bar["end"], bar["written"]) for bar in rows(drawing, "what")
    ] == [
        ("Rows in the source", 0, 500.1, "£500.10"),
        ("No customer", 500.1, 350.0, "−£150.10"),
        ("Return that undoes a purchase", 350.0, 410.0, "+£60.00"),
        ("Units undone of purchases that stay", 410.0, 400.0, "−£10.00"),
        ("Kept", 0, 400.0, "£400.00"),
    ]
    assert "(blue, +)" in drawing.caption
    removed = sum(one.value_removed for one in summary().ledger)
    assert Decimal("500.10") - removed == Decimal("400.00")


def test_a_step_starts_where_the_one_before_ended():
    bars = rows(ledger_money(summary()), "what")
    links = rows(ledger_money(summary()), "next")
    assert [link["at"] for link in links] == [bar["end"] for bar in bars[:-1]]


def test_where_nothing_was_removed_there_is_no_waterfall():
    clean = (
        step("raw", "Rows in the source", 0, "0", 1000, "400.00"),
        step("duplicate", "Exact copy of another row", 0, "0", 1000, "400.00"),
    )
    for ledger in (clean, ()):
        assert ledger_rows(summary(ledger=ledger)) is None
        assert ledger_money(summary(ledger=ledger)) is None
