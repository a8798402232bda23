from __future__ import annotations

from decimal import Decimal

from custseg.orders.cleaning import clean
from custseg.settings import CleanSettings
from tests.conftest import raw_lines


def line(order: str, price: str, **more: str | None) -> dict[str, str | None]:
    return {"order_id": order, "unit_price": price} | more


SHOP = [
    line("1", "50.00", status="Geliefert"),
    line("2", "20.00", status="Storniert"),
    line("3", "30.00", status="Geliefert"),
    line("4", "10.00", status="Wartet auf Godot"),
    line("5", "5.00", status="Storniert", customer_id=None),
]


def test_each_status_is_listed_with_its_orders_its_value_and_what_it_means():
    cleaned = clean(raw_lines(*SHOP))
    listed = cleaned.statuses[["status", "orders", "rows", "value", "verdict"]]
    assert listed.to_numpy().tolist() == [
        ["Geliefert", 2, 2, Decimal("80.0000"), "counts"],
        ["Storniert", 2, 2, Decimal("25.0000"), "doesn't count"],
        ["Wartet auf Godot", 1, 1, Decimal("10.0000"), "counts, not known"],
    ]


def test_what_does_not_count_of_the_list_is_what_the_ledger_removes():
    cleaned = clean(raw_lines(*SHOP, line("2", "20.00", status="Storniert")))
    ledger = cleaned.ledger.set_index("rule")
    statuses = cleaned.statuses.set_index("status")
    assert statuses.loc["Storniert", "value"] == ledger.loc["status", "value_removed"] == 25
    assert ledger["value_left"].iloc[-1] == Decimal("90.00")


def test_unknown_statuses_are_named_with_the_settings_that_say_what_they_mean():
    (note,) = clean(raw_lines(*SHOP)).cleaning_notes
    assert note == (
        'Unknown statuses count: "Wartet auf Godot" (1 order). [clean] statuses_not_counted names '
        "those that don't, statuses_counted those that do"
    )
    told = clean(raw_lines(*SHOP), settings=CleanSettings(statuses_counted=("Wartet auf Godot",)))
    assert told.cleaning_notes == ()


def test_a_column_of_many_texts_is_listed_in_part_and_adds_up():
    rows = [line(str(n), "1.00", status=f"text {n}") for n in range(60)]
    statuses = clean(raw_lines(*rows)).statuses
    assert len(statuses) == 51
    assert statuses["status"].iloc[-1] == "(10 others)"
    assert statuses["orders"].sum() == 60


def test_a_source_without_statuses_has_none_listed():
    cleaned = clean(raw_lines({}))
    assert (len(cleaned.statuses), cleaned.cleaning_notes) == (0, ())
