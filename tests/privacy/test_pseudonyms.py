"""With pseudonyms no id of the shop is in any byte; they stay from month to month and lead back."""

from __future__ import annotations

import hmac
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from custseg.errors import DataError, SettingsError
from custseg.offers.export.rereading import own_ids
from custseg.settings.loading import load_settings
from custseg.workspace.key import key_path
from custseg.workspace.workspace import Workspace
from tests.privacy.test_erasure import texts_in
from tests.shops import KEY, run_here
from tests.workspaces import edited

NEW_KEY = "another key of some length"
PSEUDONYMS: dict[str, Any] = {"CUSTSEG_PRIVACY__CUSTOMER_IDS": "pseudonym", "CUSTSEG_KEY": KEY}
MONTHS = ("2024-01-15", "2024-02-15")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTSEG_KEY", KEY)
    monkeypatch.setenv("CUSTSEG_PRIVACY__CUSTOMER_IDS", "pseudonym")


def call(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def shop(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders whose ids are easily found; every tenth customer is a name."""
    orders = pd.read_csv(small_shop, dtype=str)
    ids = orders["CustomerID"]
    names = "Anna " + ids.str.translate(str.maketrans("0123456789", "abcdefghij")) + "secret"
    orders["CustomerID"] = names.where(ids.str.endswith("7"), "0secret" + ids)
    path = tmp_path_factory.mktemp("pseudonyms") / "orders.csv"
    orders.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def known(shop: Path) -> Path:
    """A workspace of two months under pseudonyms; not to be changed."""
    latest = pd.to_datetime(pd.read_csv(shop)["InvoiceDate"]).max().date()
    early = latest.replace(day=15).isoformat()
    for options in (["--as-of", early], []):
        given, reported = ("--k", "3", *options), not options
        run_here(shop, shop.parent / "w", *given, reported=reported, **PSEUDONYMS)
    return shop.parent / "w"


@pytest.fixture
def copied(known: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(known, tmp_path / "w"))


def ids_of(path: Path) -> set[str]:
    return set(pq.read_table(path, partitioning=None)["customer_id"].drop_null().to_pylist())


def months(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "history").iterdir() if path.is_dir())


def test_no_byte_and_no_cell_holds_an_id_of_the_shop(known, shop):
    texts = b"".join(texts_in(path) for path in known.rglob("*") if path.is_file())
    assert b"secret" in shop.read_bytes()
    assert b"secret" not in texts
    assert len(ids_of(known / "raw.parquet")) == pd.read_csv(shop)["CustomerID"].nunique()


def test_customers_have_the_same_pseudonym_in_each_month(known):
    earlier, later = (ids_of(month / "segments.parquet") for month in months(known))
    assert earlier <= later
    movers = pq.read_table(known / "movers.parquet").to_pandas()
    assert len(movers) >= len(earlier)


def test_segments_have_the_same_names_in_each_month(known):
    names = [
        set(pq.read_table(month / "segments.parquet")["segment_name"].to_pylist())
        for month in months(known)
    ]
    assert names[0] == names[1]


def test_another_way_to_call_customers_makes_only_reading_stale(copied, monkeypatch):
    def stale() -> dict[str, str | None]:
        states = json.loads(call("status", "-w", copied, "--json").stdout)
        return {one["stage"]: one["reason"] for one in states["stages"] if one["reason"]}

    assert "download" not in stale()
    monkeypatch.setenv("CUSTSEG_PRIVACY__CUSTOMER_IDS", "keep")
    assert stale()["download"] == "[privacy] customer_ids has changed"


def test_customers_are_found_by_their_own_ids(known, shop):
    segments = ids_of(known / "segments.parquet")
    ids = pd.read_csv(shop)["CustomerID"].dropna().drop_duplicates()
    named = ids.str.startswith("Anna")
    for one in [*ids[named][:1], *ids[~named][:3]]:
        told = call("explain", one, "-w", known)
        subject = call("subject", one, "-w", known, "--json")
        assert subject.exit_code == 0, subject.output
        assert {json.loads(subject.stdout)["customer_id"]} <= ids_of(known / "raw.parquet")
        assert (told.exit_code == 0) is (json.loads(subject.stdout)["customer_id"] in segments)


def test_contacts_are_found_by_the_shops_ids(copied, shop, tmp_path):
    names = pd.read_csv(shop)["CustomerID"].dropna().drop_duplicates()
    contacts = tmp_path / "contacts.csv"
    mails = [f"m{n}@example.org" for n in range(len(names))]
    pd.DataFrame({"customer_id": names, "email": mails, "consent": "yes"}).to_csv(
        contacts, index=False
    )
    options = ("--format", "klaviyo", "--contacts", contacts, "--all-members", "-w", copied)
    done = call("export", "--segment", "1", "--segment", "2", *options)
    assert done.exit_code == 0, done.output
    (written,) = (copied / "exports").glob("*.csv")
    assert len(pd.read_csv(written)) > 10


def test_a_list_gets_the_shops_ids_back_and_nothing_else_does(copied):
    options = ("--segment", "1", "--segment", "2", "--all-members", "--holdout", "20%")
    plain = call("export", *options, "-w", copied, "--campaign", "plain")
    assert plain.exit_code == 0, plain.output
    before = {path: pd.read_csv(path) for path in (copied / "exports").glob("*.csv")}
    done = call("export", *options, "-w", copied, "--campaign", "plain", "--reidentify", "--force")
    assert done.exit_code == 0, done.output
    assert "secret" not in done.output
    holding = {path.name for path in copied.rglob("*") if b"secret" in texts_in_file(path)}
    assert holding == {"plain-csv.csv", "plain-csv-control.csv"}
    for path, hashed in before.items():
        named = pd.read_csv(path)
        assert [hash_of(name) for name in named["customer_id"]] == hashed["customer_id"].tolist()
        pd.testing.assert_frame_equal(
            named.drop(columns="customer_id"), hashed.drop(columns="customer_id")
        )


def hash_of(name: str) -> str:
    key, text = hmac.digest(KEY.encode(), b"custseg customer id", "sha256"), name
    if name.startswith("Anna"):
        key, text = KEY.encode(), name.lower()
    return hmac.new(key, text.encode(), "sha256").hexdigest()[:24]


def texts_in_file(path: Path) -> bytes:
    return texts_in(path) if path.is_file() else b""


def test_forget_finds_customers_on_a_list_with_the_shops_ids(copied):
    call("export", "--segment", "1", "--all-members", "-w", copied, "--reidentify")
    (path,) = (copied / "exports").glob("*.csv")
    listed = pd.read_csv(path)["customer_id"]
    one = next((name for name in listed if name.startswith("Anna")), listed[0])
    done = call("forget", one.upper() if one.startswith("Anna") else one, "-w", copied)
    assert done.exit_code == 0, done.output
    assert set(pd.read_csv(path)["customer_id"]) == set(listed) - {one}


def refused(workspace: Path) -> str:
    """What is said where a list does not get the shop's ids back, and is not written."""
    done = call("export", "--segment", "1", "--all-members", "-w", workspace, "--reidentify")
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    assert not list((workspace / "exports").glob("*.csv"))
    return " ".join(done.output.split())


def test_without_the_source_no_id_is_put_back(copied, shop):
    gone = str(shop.parent / "gone.csv")
    edited(
        copied / "manifest.json",
        "manifest",
        lambda content: content["source"].update(location=gone),
    )
    assert "from the source again" in refused(copied)


def test_with_another_key_no_id_is_put_back(copied, monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", NEW_KEY)
    assert "signed with another key" in refused(copied)
    assert call("verify", "--adopt", "-w", copied).exit_code == 0
    assert "is not the one" in refused(copied)


def test_without_the_key_no_id_is_put_back(copied, monkeypatch):
    monkeypatch.delenv("CUSTSEG_KEY")
    assert not key_path().exists()
    assert "signed with another key" in refused(copied)


def test_customers_whom_the_source_lacks_are_counted(known):
    listed = pd.Series([hash_of("nobody"), next(iter(ids_of(known / "segments.parquet")))])
    with pytest.raises(DataError, match="1 of 2 customers on the list are not in the source"):
        own_ids(Workspace(known), load_settings(), listed)


def test_a_workspace_without_hashes_has_nothing_to_put_back(finished, monkeypatch):
    monkeypatch.delenv("CUSTSEG_PRIVACY__CUSTOMER_IDS")
    done = call("export", "--segment", "1", "--all-members", "-w", finished, "--reidentify")
    assert done.exit_code == 2
    assert "own ids already" in done.output


@pytest.mark.nightly
def test_after_another_key_all_months_have_new_ids_and_the_same_names(
    copied, shop, known, monkeypatch
):
    before = ids_of(known / "raw.parquet")
    monkeypatch.setenv("CUSTSEG_KEY", NEW_KEY)
    assert call("verify", "--adopt", "-w", copied).exit_code == 0
    done = call("explain", pd.read_csv(shop)["CustomerID"][0], "-w", copied)
    assert "custseg history --rebuild --all" in " ".join(done.output.split())
    done = call("run-all", shop, "-w", copied, "--k", "3", "--force")
    assert done.exit_code == 0, done.output
    assert "who is a hash has a new id" in " ".join(done.output.split())
    done = call("history", "--rebuild", "--all", "-w", copied)
    assert done.exit_code == 0, done.output
    for old, new in zip(months(known), months(copied), strict=True):
        tables = [
            pq.read_table(month / "segments.parquet", partitioning=None).to_pandas()
            for month in (old, new)
        ]
        assert not set(tables[1]["customer_id"]) & before
        named = [table["segment_name"].value_counts().to_dict() for table in tables]
        assert named[0] == named[1]


def test_the_settings_former_key_is_refused_with_the_new_one(tmp_path, monkeypatch):
    monkeypatch.delenv("CUSTSEG_PRIVACY__CUSTOMER_IDS")
    config = tmp_path / "custseg.toml"
    config.write_text('[source]\ncustomers = "hash"\n')
    with pytest.raises(SettingsError, match=r"is \[privacy\] customer_ids now"):
        load_settings(config)
    config.unlink()
    monkeypatch.setenv("CUSTSEG_SOURCE__CUSTOMERS", "hash")
    with pytest.raises(SettingsError, match=r"is \[privacy\] customer_ids now"):
        load_settings()
