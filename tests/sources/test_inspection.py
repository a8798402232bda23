"""What `custseg columns` says is taken is taken, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from custseg.errors import DataError
from custseg.sources.columns.inspection import inspect
from custseg.sources.columns.match import map_columns
from tests.conftest import nightly
from tests.proposal_headers import KINDS, rows
from tests.sources.test_proposal import EXPORTS

NAMES = ("Department", "Discount", "Xyz", "Total", "Name", "Status")
BASE = {"Order ID": "order", "Customer ID": "customer", "Order Date": "date", "SKU": "sku"}


@dataclass(frozen=True)
class Table:
    """A table of made-up rows."""

    header: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]
    name: str = "orders.csv"


def table(columns: dict[str, str], *, per_order: bool = False) -> Table:
    sample = rows(columns, per_order=per_order)
    return Table(tuple(columns), tuple(map(tuple, sample)))


def takes(found: Table) -> bool:
    try:
        map_columns(found, {})  # type: ignore[arg-type]
    except DataError:
        return False
    return True


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_columns_and_download_agree_on_headers_of_shops(export):
    found = table(export.columns, per_order=export.per_order)
    inspected = inspect(found, {})
    assert takes(found) is (inspected.refusal == "")
    if inspected.export is None:
        assert takes(found) is inspected.proposal.unambiguous


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((NAMES[place % len(NAMES)], kind) for place, kind in enumerate(KINDS)),
        *nightly(
            (name, kind)
            for place, kind in enumerate(KINDS)
            for name in NAMES
            if name != NAMES[place % len(NAMES)]
        ),
    ],
)
def test_columns_and_download_agree_whatever_one_more_column_is(name, kind):
    found = table(BASE | {"Amount": "net", name: kind})
    assert takes(found) is (inspect(found, {}).refusal == "")


def test_an_unclear_category_country_or_name_is_left_out_with_a_note():
    columns = BASE | {"Amount": "net", "Department": "category", "Product Group": "word"}
    found = map_columns(table(columns), {})
    assert "category" not in found.columns
    assert found.left_out == (
        'category is left out: "Department", "Product Group": each could be it',
    )


def test_what_is_found_only_by_its_values_is_not_taken_beside_a_mapping_either():
    columns = {"Wer": "customer code", "Order Date": "date", "Amount": "net"}
    with pytest.raises(DataError, match=r"customer_id: perhaps .*only by its values"):
        map_columns(table(columns), {"amount": ("Amount",)})


def test_our_own_names_without_money_leave_no_other_column_unseen():
    columns = {"customer_id": "customer", "ordered_at": "date", "basket_price": "net"}
    with pytest.raises(DataError, match="amount"):
        map_columns(table(columns), {})
    found = map_columns(table({"customer_id": "customer", "ordered_at": "date"}), {})
    assert found.export == "custseg"


def test_several_currencies_without_rates_are_said_to_be_refused():
    lines = [("a", "2024-01-05", "3.50", "EUR"), ("b", "2024-01-06", "4.50", "SEK")]
    found = Table(("Customer ID", "Order Date", "Amount", "Currency"), tuple(lines))
    assert "2 currencies" in inspect(found, {}).refusal
    assert inspect(found, {}, {"EUR": 1, "SEK": 2}).refusal == ""
