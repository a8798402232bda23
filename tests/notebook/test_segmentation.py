"""The estimator of notebooks: what it finds is what `run-all` finds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

import custseg as api
from custseg.errors import CustsegError, DataError, SettingsError, UsageError, WorkspaceError
from custseg.notebook import segmentation
from custseg.notebook.segmentation import Segmentation
from tests.shops import SMALL_RUN

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def orders(small_shop: Path) -> pd.DataFrame:
    return pd.read_csv(small_shop)


@pytest.fixture(scope="module")
def fitted(orders: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Segmentation:
    """Fitted to the orders of the workspace `undisturbed`, with its settings; not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("notebook"))
        for name, value in SMALL_RUN.items():
            patch.setenv(name, value)
        return Segmentation(studies=False, segments={"ambiguous_margin": 0.1}).fit(orders)


@pytest.mark.parametrize("artifact", ["segments", "features", "plans", "ledger", "customers"])
def test_a_data_frame_gives_bit_for_bit_what_run_all_gives(artifact, fitted, undisturbed):
    found = fitted._home.path(artifact).read_bytes()
    assert found == (undisturbed / f"{artifact}.parquet").read_bytes()


def test_tables_and_labels(fitted, orders):
    customers = fitted.customers_
    assert isinstance(customers, pd.DataFrame)
    assert len(customers) == customers["customer_id"].nunique() == len(fitted.labels_)
    assert np.array_equal(customers["segment"], fitted.labels_)
    sizes = customers.groupby("segment").size()
    assert sizes.to_dict() == fitted.segments_.set_index("segment")["customers"].to_dict()
    spent = fitted.segments_["revenue"].sum()
    assert customers["monetary"].sum() == pytest.approx(spent)
    assert set(fitted.plans_["segment"]) == set(fitted.segments_["segment"])
    assert fitted.ledger_["rows_left"].iloc[0] == len(orders)
    assert fitted.k_scores_["chosen"].sum() == 1
    assert fitted.as_of_.isoformat() == str(customers["as_of"].iloc[0])[:10]


def test_the_customers_of_the_same_orders_are_put_into_the_same_segments(fitted, orders):
    predicted = fitted.predict(pl.DataFrame(orders))
    assert isinstance(predicted, pl.DataFrame)
    assert np.array_equal(predicted["segment"], fitted.labels_)


def test_a_customer_is_explained(fitted):
    one = fitted.customers_.iloc[0]
    told = fitted.explain(one["customer_id"])
    assert one["segment_name"] in repr(told)
    assert one["segment_name"] in told._repr_html_()
    with pytest.raises(DataError, match="no such customer"):
        fitted.explain("nobody")


def test_a_notebook_shows_page_one(fitted):
    shown = fitted._repr_html_()
    for name in fitted.segments_["segment_name"]:
        assert name in shown
    assert "<svg" in shown
    assert "http" not in shown.replace("http://www.w3.org/", "")
    assert fitted._repr_mimebundle_()["text/html"] == shown
    assert "fitted" in Segmentation()._repr_html_()


def test_the_report_lies_beside_its_evidence(fitted, tmp_path):
    page = fitted.report(tmp_path / "r.html")
    assert page.read_bytes() == fitted._home.path("report").read_bytes()
    assert (tmp_path / "evidence.html").is_file()
    with pytest.raises(UsageError, match="cannot be written"):
        fitted.report(tmp_path / "none" / "r.html")


def test_the_model_as_a_query(fitted):
    assert "SELECT" in fitted.to_sql("postgres", "shop.features").upper()
    with pytest.raises(UsageError, match="no such dialect"):
        fitted.to_sql("cobol")


def test_what_is_saved_is_loaded_with_its_parameters(fitted, tmp_path):
    kept = fitted.save(tmp_path / "kept")
    assert kept.stat().st_mode & 0o777 == 0o700
    with pytest.raises(UsageError, match="there already"):
        fitted.save(kept)
    loaded = api.load(kept)
    pd.testing.assert_frame_equal(loaded.customers_, fitted.customers_)
    assert loaded.get_params()["studies"] is False
    assert loaded.get_params()["segments"] == {"ambiguous_margin": 0.1}


def test_a_workspace_of_the_command_line_is_loaded(undisturbed):
    loaded = api.load(undisturbed)
    assert len(loaded.customers_) == loaded.segments_["customers"].sum()
    assert "<svg" in loaded._repr_html_()


def test_what_somebody_else_wrote_is_not_loaded(undisturbed, tmp_path):
    shutil.copytree(undisturbed, tmp_path / "w")
    record = tmp_path / "w" / "manifest.json"
    record.write_bytes(record.read_bytes().replace(b'"rows"', b'"Rows"', 1))
    with pytest.raises(WorkspaceError, match="altered"):
        api.load(tmp_path / "w")
    with pytest.raises(WorkspaceError, match="no finished run"):
        api.load(tmp_path / "empty")


def test_next_month_starts_from_this_month_in_a_workspace(orders, tmp_path):
    days = pd.to_datetime(orders["InvoiceDate"])
    early = orders[days < days.max() - pd.Timedelta(days=30)]
    shop = Segmentation(k=3, studies=False, workspace=tmp_path / "w")
    shop.fit(early)
    shop.fit(orders)
    assert len(shop._home.history.snapshots()) == 2
    assert shop.table("migration")["customers"].sum() > 0


def test_too_few_orders_are_no_traceback_and_columns_can_be_said(orders):
    few = orders.head(40).rename(columns={"CustomerID": "wer"})
    with pytest.warns(UserWarning, match="too small to segment: it has"):
        shop = Segmentation(studies=False).fit(few, columns={"customer_id": "wer"})
    assert shop.segments_["customers"].tolist() == [few["wer"].nunique()]
    with pytest.raises(CustsegError) as refused:
        Segmentation().fit(orders.head(0))
    lines = refused.value._render_traceback_()
    assert lines[0].startswith(f"{type(refused.value).__name__}: ")
    assert "Traceback" not in "\n".join(lines)


@pytest.mark.parametrize(
    ("params", "columns", "change", "said"),
    [
        ({}, {"customer_id": "Kunde"}, {}, 'columns={"order_id": "Order Number"}'),
        ({}, {"who": "CustomerID"}, {}, "a section is a keyword"),
        ({}, {"amount": "Description"}, {}, 'source={"on_bad_row": "reject"}'),
        ({"as_of": "2001-01-01"}, None, {}, "Choose a date after it"),
        ({"k": 500}, None, {}, "Ask for fewer"),
        ({}, None, {"UnitPrice": 0}, 'columns={"unit_price": …}'),
        ({}, None, {"CustomerID": None}, 'columns={"customer_id": …}'),
    ],
)
def test_a_hint_in_a_notebook_names_keywords_and_no_options(params, columns, change, said, orders):
    with pytest.raises(CustsegError) as refused:
        Segmentation(studies=False, **params).fit(orders[:200].assign(**change), columns=columns)
    shown = "\n".join(refused.value._render_traceback_())
    assert said in shown
    assert "--" not in shown
    assert "custseg.toml" not in shown


def test_a_fit_says_what_goes_on_if_asked_or_where_it_takes_long(orders, capsys, monkeypatch):
    def told(verbose: int | None) -> str:
        with pytest.raises(CustsegError):
            Segmentation(verbose=verbose).fit(orders[:200].assign(UnitPrice=0))
        return str(capsys.readouterr().err)

    assert told(0) == told(None) == ""
    assert told(1).startswith("download: 200 ")
    monkeypatch.setattr(segmentation, "_SHORT", 0)
    assert told(None).startswith("download: 200 ")


def test_it_behaves_as_an_estimator(fitted, tmp_path):
    shop = Segmentation(k=4, clean={"returns": "drop"})
    assert clone(shop).get_params() == shop.get_params()
    assert shop.set_params(k=5, model={"seed": 1}).get_params()["k"] == 5
    assert repr(shop) == "Segmentation(clean={'returns': 'drop'}, k=5, model={'seed': 1})"
    with pytest.raises(NotFittedError):
        check_is_fitted(shop)
    with pytest.raises(NotFittedError):
        _ = shop.customers_
    check_is_fitted(fitted)
    with pytest.raises(SettingsError, match="modell"):
        Segmentation(modell={"seed": 1}).fit(tmp_path / "none.csv")
    with pytest.raises(WorkspaceError, match="did not make it"):
        fitted.table("value")
    with pytest.raises(UsageError, match="no table"):
        fitted.table("segment")
