"""Lists as a user asks for them."""

import csv
import json
import shutil
import stat
from contextlib import ExitStack
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from custseg.errors import WorkspaceError
from custseg.offers.export import files, lists
from custseg.offers.export.names import campaign_name
from custseg.offers.export.selection import slug
from custseg.pipeline.staleness import Staleness
from custseg.settings.loading import load_settings
from custseg.workspace.lock import holding
from custseg.workspace.workspace import Workspace
from tests.shops import EVIL_NAME


@pytest.fixture
def workspace(secret_shop, tmp_path):
    return shutil.copytree(secret_shop, tmp_path / "w")


@pytest.fixture
def export(custseg, workspace):
    """Export from the finished workspace."""

    def call(*arguments: object):
        return custseg("export", "-w", workspace, *arguments)

    return call


@pytest.fixture
def contacts(workspace) -> Path:
    """Contacts of all customers; every fifth doesn't consent."""
    ids = pd.read_parquet(workspace / "segments.parquet")["customer_id"]
    frame = pd.DataFrame(
        {
            "Customer_ID": ids,
            "Email": [f"person{i}@example.com" for i in range(len(ids))],
            "Phone": [f"+44207183{i:04d}" for i in range(len(ids))],
            "Consent": ["no" if i % 5 == 0 else "yes" for i in range(len(ids))],
        }
    )
    frame.to_csv("contacts.csv", index=False)
    return Path("contacts.csv")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def private(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_list_and_control_group_share_out_who_may_be_listed(export, contacts, workspace):
    result = export(
        "--segment", 1, "--segment", 2, "--format", "klaviyo", "--contacts", contacts,
        "--holdout", "20%", "--campaign", "Spring", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    sent = rows_of(workspace / "exports/spring-klaviyo.csv")
    control = rows_of(workspace / "exports/spring-klaviyo-control.csv")
    assert (len(sent), len(control)) == (told["sent"], told["control"])
    ids = {row["Customer ID"] for row in sent} | {row["customer_id"] for row in control}
    members = pd.read_parquet(workspace / "segments.parquet")
    typed = pd.read_csv(contacts, dtype=str)
    yes = typed.loc[typed["Consent"] == "yes", "Customer_ID"]
    members = members[members["segment"].isin([1, 2])]
    chosen = members.loc[members["fits_name"], "customer_id"]
    assert ids == set(chosen) & set(yes)
    assert len(ids) == len(sent) + len(control)
    assert told["control"] == int(len(ids) * 0.2 + 0.5)
    by_rule = {row["rule"]: row["customers"] for row in told["export"] if "rule" in row}
    assert by_rule["consent"] == len(chosen) - len(ids)
    assert by_rule["misfit"] == len(members) - len(chosen) > 0
    assert all(row["Buy Again 1"].startswith("'=HYPERLINK") for row in sent)
    assert {row["Campaign"] for row in sent} == {"Spring"}
    assert set(control[0]) == {"customer_id", "segment", "segment_name", "campaign"}


def test_all_members_can_be_listed(export, workspace):
    members = pd.read_parquet(workspace / "segments.parquet")
    for number, own in members.groupby("segment"):
        listed = json.loads(export("--segment", number, "--force", "--json").stdout)["sent"]
        everyone = export("--segment", number, "--all-members", "--force", "--json").stdout
        assert listed == own["fits_name"].sum()
        assert json.loads(everyone)["sent"] == len(own)
        text = export("--segment", number, "--force").stdout
        assert "--all-members" in text


def test_files_are_private_and_nothing_of_the_contacts_stays_elsewhere(export, contacts, workspace):
    assert export("--segment", 1, "--contacts", contacts, "--holdout", "0.1").exit_code == 0
    written = list((workspace / "exports").iterdir())
    assert {path.name.rpartition("-")[2] for path in written} == {
        *("csv.csv", "control.csv", "record.json")
    }
    assert {private(path) for path in written} == {0o600}
    assert private(workspace / "exports") == 0o700
    for path in workspace.rglob("*"):
        if path.is_file() and path not in written:
            assert b"@example.com" not in path.read_bytes()
    others = [path for path in written if path.stem.endswith(("-control", "-record"))]
    assert not any(b"@example.com" in path.read_bytes() for path in others)


@pytest.fixture
def unasked(contacts) -> Path:
    """Contacts that don't say who agreed."""
    pd.read_csv(contacts, dtype=str).drop(columns="Consent").to_csv("unasked.csv", index=False)
    return Path("unasked.csv")


def test_contacts_without_consents_take_a_reason_which_is_recorded(export, unasked, workspace):
    refused = export("--segment", 1, "--contacts", unasked)
    assert refused.exit_code == 2
    assert "no column consent" in refused.stderr
    assert '--consent-not-needed "reason"' in refused.stderr
    assert not (workspace / "exports").exists()

    call = ("--segment", 1, "--contacts", unasked, "--holdout", "10%", "--force")
    made = export(*call, "--consent-not-needed", " recall of a product ", "--json")
    assert made.exit_code == 0, made.stderr
    told = json.loads(made.stdout)
    record = json.loads(Path(told["record_file"]).read_text())
    assert record["consent"] == "not needed"
    assert record["consent_not_needed"] == told["consent_not_needed"] == "recall of a product"
    assert (record["sent"], record["control"]) == (told["sent"], told["control"])
    assert record["contacts"] == ["email", "phone"]
    assert any("recall of a product" in note for note in told["notes"])


def test_a_list_with_a_column_of_consents_is_recorded_as_such(export, contacts):
    made = json.loads(export("--segment", 1, "--contacts", contacts, "--json").stdout)
    record = json.loads(Path(made["record_file"]).read_text())
    assert record["consent"] == "by the contacts' column"
    assert record["left_out"]["consent"] > 0


def test_a_list_without_contacts_leaves_no_record_of_one_before(export, contacts, workspace):
    call = ("--segment", 1, "--holdout", "0", "--force")
    export(*call, "--contacts", contacts)
    assert export(*call).exit_code == 0
    assert [path.suffix for path in (workspace / "exports").iterdir()] == [".csv"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "klaviyo", "mailchimp", "meta"])
def test_no_customer_and_no_address_is_printed(kind, export, contacts):
    for more in ((), ("--json",)):
        result = export(
            "--segment", 1, "--format", kind, "--contacts", contacts, "--holdout", "10%", "--force",
            *more,
        )  # fmt: skip
        assert result.exit_code == 0, result.output
        assert "secret" not in result.output
        assert "@" not in result.output


def test_the_same_call_writes_the_same_bytes(export, workspace):
    for kind in ("csv", "xlsx"):
        call = ("--segment", 2, "--format", kind, "--holdout", "10%", "--force", "-q")
        assert export(*call).output == ""
        before = {path: path.read_bytes() for path in (workspace / "exports").iterdir()}
        assert export(*call).exit_code == 0
        assert {p: p.read_bytes() for p in (workspace / "exports").iterdir()} == before


def test_a_workbook_holds_ids_as_text_and_attacks_as_text(export, tmp_path):
    file = tmp_path / "list.xlsx"
    assert export("--segment", 1, "--format", "xlsx", "--output", file).exit_code == 0
    header, first, *_ = openpyxl.load_workbook(file).active.iter_rows()
    cells = {head.value: cell for head, cell in zip(header, first, strict=True)}
    assert cells["customer_id"].value.startswith("0secret")
    assert cells["buy_again_1"].value.startswith(EVIL_NAME)
    assert cells["buy_again_1"].data_type == "s"
    assert private(file) == 0o600


def test_without_side_study_there_are_no_probabilities_and_with_it_there_are(
    export, custseg, workspace
):
    assert "custseg value forecasts them" in export("--segment", 1).stdout
    file = workspace / "exports"
    assert "buying_probability" not in rows_of(next(file.iterdir()))[0]
    assert custseg("value", "-w", workspace, "-q").exit_code == 0
    assert "custseg value" not in export("--segment", 1, "--force").stdout
    assert 0 < float(rows_of(next(file.iterdir()))[0]["buying_probability"]) < 1


def test_the_holdout_can_be_set_and_an_option_wins(export, monkeypatch):
    monkeypatch.setenv("CUSTSEG_EXPORT__HOLDOUT", "0.5")
    first = json.loads(export("--segment", 1, "--json").stdout)
    assert first["control"] >= first["sent"]
    none = json.loads(export("--segment", 1, "--json", "--force", "--holdout", "0").stdout)
    assert none["control"] == 0


def test_a_control_group_of_an_earlier_list_does_not_stay_beside_a_list_without(export, workspace):
    export("--segment", 1, "--holdout", "10%")
    refused = export("--segment", 1)
    assert refused.exit_code == 2
    assert "is there already. " not in refused.stdout
    assert "Pass --force" in refused.stderr
    assert export("--segment", 1, "--force").exit_code == 0
    (left,) = (workspace / "exports").iterdir()
    assert "control" not in left.name


def test_products_can_be_left_out(export, workspace, monkeypatch):
    monkeypatch.setenv("CUSTSEG_EXPORT__PRODUCTS", "0")
    export("--segment", 1)
    (file,) = (workspace / "exports").iterdir()
    assert not any("buy" in name for name in rows_of(file)[0])


def test_an_unfinished_or_stale_workspace_is_refused(custseg, export, monkeypatch):
    nothing = custseg("export", "--segment", 1, "-w", "nowhere")
    assert nothing.exit_code == 4
    assert "export needs what download makes, and it has not run yet." in nothing.stderr
    assert "Run: custseg run-all SOURCE" in nothing.stderr
    assert not Path("nowhere").exists()
    monkeypatch.setenv("CUSTSEG_FEATURES__RECENT_DAYS", "30")
    stale = export("--segment", 1)
    assert stale.exit_code == 4
    assert "export needs what features makes, and [features] settings have" in stale.stderr


def test_what_does_not_fit_is_refused_before_anything_is_written(
    export, contacts, unasked, workspace
):
    members = pd.read_parquet(workspace / "segments.parquet")
    called = slug(members["segment_name"].iloc[0])
    cases = {
        (): (2, "Which segment? There are: 1 "),
        ("--segment", "nobody"): (2, "no such segment"),
        ("--segment", called[:-1] + "x"): (2, "did you mean"),
        ("--segment", 1, "--holdout", "60%"): (2, "is more than half"),
        ("--segment", 1, "--format", "mailchimp"): (2, "mailchimp knows customers by email"),
        ("--segment", 1, "--format", "xlsx", "--output", "a.csv"): (2, "makes a .xlsx file"),
        ("--segment", 1, "--output", workspace / "mine.csv"): (2, "the workspace's own files"),
        ("--segment", 1, "--contacts", contacts, "--output", contacts): (2, "is the file of cont"),
        ("--segment", 1, "--contacts", contacts, "--consent-not-needed", "x"): (2, "decides"),
        ("--segment", 1, "--consent-not-needed", "service message"): (2, "no contacts"),
        ("--segment", 1, "--contacts", unasked, "--consent-not-needed", " - "): (2, "in words"),
        ("--segment", 1, "--contacts", unasked, "--consent-not-needed", "x" * 301): (2, "longer"),
        ("--segment", 1, "--campaign", "--"): (2, "a name of letters or digits"),
        ("--segment", 1, "--campaign", "x" * 81): (2, "up to 80 long"),
        ("--segment", 1, "--output", "nowhere/a.csv"): (4, "cannot be written to"),
        ("--segment", 1, "--contacts", "none.csv"): (5, "none.csv: no such file"),
    }
    before = contacts.read_bytes()
    for arguments, (code, message) in cases.items():
        result = export(*arguments)
        assert (result.exit_code, message in result.stderr) == (code, True), result.stderr
    assert not (workspace / "exports").exists()
    assert contacts.read_bytes() == before
    assert not list(Path().glob("*.unfinished"))


@pytest.mark.parametrize(
    "place", ["charts", ".custseg-unfinished", "source", ".", "mine", "exports/../charts", "linked"]
)
def test_no_list_goes_where_runs_replace_or_clear_files(place, export, workspace):
    (workspace / "mine").mkdir()
    (workspace / "linked").symlink_to(workspace / "charts")
    result = export("--segment", 1, "--output", workspace / place / "a.csv", "--holdout", "10%")
    assert result.exit_code == 2
    assert "the workspace's own files" in result.stderr
    assert f"or in {workspace / 'exports'}" in result.stderr.replace("\n", "")
    assert not list(workspace.rglob("a*.csv"))


def test_a_list_may_be_named_in_the_folder_of_lists(export, workspace):
    file = workspace / "exports/a.csv"
    assert export("--segment", 1, "--output", file).exit_code == 0
    assert file.exists()
    assert private(file.parent) == 0o700


def test_a_file_in_the_place_of_the_folder_of_lists_is_told(export, workspace):
    (workspace / "exports").write_text("mine")
    result = export("--segment", 1)
    assert result.exit_code == 4
    assert "exports: cannot be written to" in result.stderr


def test_long_names_of_campaigns_are_cut_in_file_names(export, workspace):
    names = ["漢" * 80, "漢" * 79 + "字", "\ufdfa" * 80]
    for name in names:
        for kind in ("csv", "xlsx"):
            call = ("--segment", 1, "--campaign", name, "--holdout", "10%", "--format", kind)
            result = export(*call)
            assert result.exit_code == 0, result.output
    assert len(list((workspace / "exports").iterdir())) == 4 * len(names)


def test_a_list_whose_name_no_disk_takes_is_refused(export):
    for name in ("a" * 260, "a" * 240):
        result = export("--segment", 1, "--output", f"{name}.csv")
        assert result.exit_code == 2
        assert "is too long" in result.stderr


@pytest.mark.parametrize("folder", ["a.csv", "a-control.csv"])
def test_if_a_folder_is_in_a_list_s_place_nothing_is_written(folder, export):
    Path(folder).mkdir()
    before = set(Path().iterdir())
    for holdout in ("0", "10%"):
        result = export("--segment", 1, "--output", "a.csv", "--holdout", holdout, "--force")
        assert result.exit_code == 2
        assert "is not a file" in result.stderr
    assert set(Path().iterdir()) == before


def test_if_the_second_file_fails_the_first_is_not_there(export, workspace, monkeypatch):
    written = []

    def failing(_frame: pd.DataFrame, sink) -> None:
        if written:
            raise OSError(28, "No space left on device")
        written.append(sink.write(b"half"))

    monkeypatch.setitem(files._WRITERS, ".csv", failing)
    result = export("--segment", 1, "--holdout", "10%")
    assert result.exit_code == 4
    assert "No space left" in result.stderr
    assert list((workspace / "exports").iterdir()) == []


def test_a_list_waits_for_no_other_run(export, workspace):
    with Workspace(workspace).writing():
        assert export("--segment", 1).exit_code == 8


def test_a_list_is_of_what_the_run_that_it_waited_for_has_left(workspace):
    settings = load_settings(None, {"run.lock_timeout": 60.0})
    with ExitStack() as other:
        other.enter_context(holding(workspace, "run-all"))

        def ends(holder: str) -> None:
            assert "run-all" in holder
            (workspace / "features.parquet").unlink()
            other.close()

        with pytest.raises(WorkspaceError, match=r"features.parquet is missing"):
            lists.make_list(
                Workspace(workspace),
                settings,
                lists.Request(["1"]),
                Staleness(Workspace(workspace), settings),
                ends,
            )
    assert not (workspace / "exports").exists()


def test_the_default_campaign_of_many_segments_stays_short():
    many = [lists.Segment(n, "A name of some length") for n in range(1, 8)]
    assert campaign_name(None, many, "2011-12-10") == "segments-1-2-3-4-5-6-7-2011-12-10"
    assert campaign_name(None, many[:1], "2011-12-10") == "a-name-of-some-length-2011-12-10"
