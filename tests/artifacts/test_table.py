"""What the table of artifacts says of its columns."""

from __future__ import annotations

from custseg.artifacts import ARTIFACTS, MONEY

_FITTING = {
    "string": {"id", "text", "time"},
    "int64": {"id", "count", "number"},
    "double": {"money", "share", "number"},
    "bool": {"flag"},
    "timestamp": {"time"},
    "date": {"time"},
    MONEY: {"money", "number"},
}
_UNITS = {
    "quantity": "units can be parts of one: 0.5 kg",
    "quantity_undone": "units",
    "quantity_unmatched": "units",
    "units": "units",
}
"""The exact decimals that are not money, each with its reason."""


def test_every_column_has_a_kind_that_fits_its_type():
    for artifact in ARTIFACTS.values():
        for column in artifact.columns:
            assert column.kind in _FITTING[column.type], (artifact.name, column)


def test_every_decimal_column_is_money_or_counts_units():
    decimals = [c for a in ARTIFACTS.values() for c in a.columns if c.type == MONEY]
    assert {c.name for c in decimals if c.kind != "money"} == set(_UNITS)
    assert all(column.given for column in decimals)


def test_amounts_that_a_model_estimates_are_money_too():
    kinds = ARTIFACTS["segment_value"].kinds()
    assert kinds["expected_spend"] == kinds["spend_low"] == kinds["spend_high"] == "money"
    assert kinds["spend_share"] == "share"


def test_an_empty_frame_has_an_artifacts_columns():
    assert list(ARTIFACTS["drift"].empty().columns) == ARTIFACTS["drift"].column_names()
    assert ARTIFACTS["drift"].empty().empty
