"""The record of processing: what the workspace does, blanks where nobody knows, no customer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from custseg.privacy.record import _list_line


@pytest.fixture
def shop(secret_shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(secret_shop, tmp_path / "w"))


def record(custseg, shop: Path) -> dict[str, dict[str, Any]]:
    told = custseg("privacy-record", "-w", shop, "--json")
    assert told.exit_code == 0, told.output
    return {part["name"]: part for part in json.loads(told.stdout)["parts"]}


def test_it_tells_what_is_read_held_and_made(custseg, shop):
    parts = record(custseg, shop)
    known = {name: "\n".join(part["known"]) for name, part in parts.items()}
    assert "Put customers into segments" in known["purposes"]
    assert "Read: customer_id: " in known["data"]
    assert "Read: category: " not in known["data"]
    assert "segments.parquet: " in known["data"]
    assert "2 published months; all are kept" in known["retention"]
    assert known["security"].startswith("The workspace's folder is its owner's only")
    assert parts["controller"]["known"] == []
    assert all(parts[name]["blanks"] for name in parts)


def test_hashed_addresses_are_told(custseg, shop):
    manifest = json.loads((shop / "manifest.json").read_text())
    for people, words in ((True, "kept as keyed hashes only"), (False, "as the source has them")):
        manifest["stages"]["download"]["facts"]["people"] = people
        (shop / "manifest.json").write_text(json.dumps(manifest))
        assert any(words in line for line in record(custseg, shop)["data"]["known"])


def test_lists_and_hooks_are_told_without_their_secrets(custseg, shop, monkeypatch):
    (shop / "exports").mkdir(exist_ok=True)
    told = {"format": "meta", "as_of": "2024-01-31", "sent": 7, "contacts": ["email"]}
    made = told | {"consent_not_needed": "a secret reason"}
    (shop / "exports" / "a-record.json").write_text(json.dumps(made))
    (shop / "exports" / "b-record.json").write_text("[" * 100_000)
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_SUCCESS", "https://anna:hush@h.example/hush?token=hush")
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", "/home/anna/bin/tell --token hush")
    known = record(custseg, shop)["recipients"]["known"]
    assert "List for meta of 2024-01-31: 7 customers with email; said to need no consent" in known
    assert "A list's record that cannot be read" in known
    assert "on_success tells `h.example` how a run went; no customer is in it" in known
    assert "on_failure tells `tell` how a run went; no customer is in it" in known
    assert not [line for line in known if "hush" in line or "anna" in line or "secret" in line]


@pytest.mark.parametrize(
    "wrong", [{"format": "a\n# b"}, {"format": 7}, {"sent": "1"}, {"sent": True}]
)
def test_a_foreign_list_record_puts_no_words_into_ours(wrong):
    told = {"format": "meta", "as_of": "2024-01-31", "sent": 7} | wrong
    assert _list_line(told) == "A list's record that cannot be read"


def test_no_customer_is_in_it(custseg, shop, tmp_path):
    ids = set(pq.read_table(shop / "features.parquet")["customer_id"].to_pylist())
    for name in ("record.md", "record.json"):
        path = tmp_path / name
        assert custseg("privacy-record", "-w", shop, "--output", path).exit_code == 0
        text = path.read_text()
        assert path.stat().st_mode & 0o077 == 0
        assert not [one for one in ids if len(one) > 4 and one in text]
        again = custseg("privacy-record", "-w", shop, "--output", path)
        assert again.exit_code == 3
        assert "Pass --force" in again.stderr
    assert (
        "**TO FILL IN:** name and contact of the controller" in (tmp_path / "record.md").read_text()
    )


def test_a_workspace_without_orders_has_none(custseg, tmp_path):
    told = custseg("privacy-record", "-w", tmp_path / "none")
    assert told.exit_code == 4
    assert "holds no orders yet" in told.stderr
    assert not (tmp_path / "none").exists()
