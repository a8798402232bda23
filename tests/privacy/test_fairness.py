"""Nothing that tells health, religion, origin, politics, sexual life or age reaches the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from custseg.artifacts import ARTIFACTS, NUMERIC_FEATURES
from custseg.errors import SettingsError
from custseg.settings import CanonicalField
from custseg.settings.loading import load_settings
from custseg.sources.raw import read_orders

if TYPE_CHECKING:
    from pathlib import Path

SENSITIVE = {
    "Religion": ("Catholic", "Muslim", "None"),
    "Age": ("34", "35", "61"),
    "Ethnicity": ("Asian", "White", "Black"),
    "Health condition": ("Diabetes", "None", "Asthma"),
    "Political party": ("Green", "Labour", "Tory"),
    "Sexual orientation": ("hetero", "gay", "hetero"),
    "Gender": ("f", "m", "f"),
    "Date of birth": ("1990-01-05", "1989-02-06", "1963-03-07"),
}
FEATURES = {
    *("recency_days", "frequency", "monetary", "tenure_days", "active_days"),
    *("average_order_value", "distinct_products", "units_per_order", "products_per_order"),
    *("gap_days_mean", "gap_days_sd", "tenure_per_active_day", "overdue", "purchase_rate"),
    *("lateness", "return_rate", "weekend_share", "morning_share", "product_entropy"),
    *("top_product_share", "average_unit_price", "recent_spend", "recent_share", "spend_trend"),
}
"""What a model can see: when, what and how much somebody ordered. Whoever adds one thinks of it."""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    header = ["customer_id", "order_id", "sku", "quantity", "price", "date", *SENSITIVE]
    lines = [",".join(header)]
    for n in range(12):
        values = [one[n % 3] for one in SENSITIVE.values()]
        order = [f"C{n % 5}", f"A{n}", "MUG", "1", "2.00", f"2024-01-{n + 1:02}"]
        lines.append(",".join([*order, *values]))
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([*lines, ""]))
    return path


def test_no_such_column_of_a_source_is_taken(orders, tmp_path):
    raw = read_orders(orders, tmp_path)
    assert {row["column"] for row in raw.mapping} & set(SENSITIVE) == set()


def test_the_model_sees_when_what_and_how_much_somebody_ordered_alone():
    assert set(NUMERIC_FEATURES) == FEATURES
    others = {column.name for column in ARTIFACTS["features"].columns} - FEATURES
    assert others == {"customer_id", "country", "top_hour", "top_weekday"}


@pytest.mark.parametrize("feature", ["age", "religion", "country", "category", "Ethnicity"])
def test_other_columns_cannot_be_named_as_features(feature, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MODEL__FEATURES", f'["recency_days", "frequency", "{feature}"]')
    with pytest.raises(SettingsError, match="model.features"):
        load_settings()


@pytest.mark.parametrize("field", ["age", "religion", "ethnicity", "health", "politics"])
def test_there_is_no_field_for_such_a_column(field, monkeypatch):
    assert field not in get_args(CanonicalField)
    monkeypatch.setenv("CUSTSEG_SOURCE__COLUMNS", f'{{"{field}": "Religion"}}')
    with pytest.raises(SettingsError, match=f"source.columns.{field}"):
        load_settings()
