from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custseg import errors
from custseg.engine.parquet import read_frame
from custseg.errors import SettingsError
from custseg.offers.playbook.own_texts import check, starting_point
from custseg.pipeline.code import SourceCode
from custseg.pipeline.stages import STAGES
from custseg.settings.loading import load_settings
from custseg.words.language import FIELDS, Wording
from custseg.workspace.workspace import Workspace

if TYPE_CHECKING:
    from custseg.settings import Settings


def load_checked(config: Path | None = None, options: dict[str, object] | None = None) -> Settings:
    """The settings, with the texts checked as every command checks them."""
    settings = load_settings(config, options)
    check(settings, config)
    return settings


def playbook(text: str, folder: Path = Path()) -> None:
    (folder / "playbook.toml").write_text(text)


def refused(text: str) -> SettingsError:
    playbook(text)
    with pytest.raises(SettingsError) as failure:
        load_checked()
    return failure.value


def test_a_playbook_beside_the_settings_file_is_read(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "custseg.toml").write_text("[model]\nk = 4\n")
    playbook('[segments."New"]\nmessage = "Hello {{ customers }}"\n', folder)
    assert load_checked().playbook.texts == {}
    found = load_checked(folder / "custseg.toml").playbook.texts
    assert found == {"New": {"message": "Hello {{ customers }}"}}


def test_a_playbook_in_the_current_folder_wins_over_texts_in_the_settings():
    Path("custseg.toml").write_text(
        '[playbook.texts."New"]\nmessage = "a"\noffer = "b"\n[playbook.texts.Loyal]\noffer = "c"\n'
    )
    playbook('[segments.New]\nmessage = "d"\n[segments.Dormant]\n')
    assert load_checked().playbook.texts == {
        "New": {"message": "d", "offer": "b"},
        "Loyal": {"offer": "c"},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[segments."Champoins"]\noffer = "x"',
            '"Champoins": there is never one of that name; did',
        ),
        ('[segments.New]\nofer = "x"', 'segment "New", ofer: unknown field; did you mean "offer"?'),
        ('[segments.New]\noffer = "{{ x"', 'segment "New", offer: unexpected'),
        (
            '[segments.New]\noffer = "{{ custmers }}"',
            "'custmers' is undefined; did you mean \"customers\"?",
        ),
        ('[segments.New]\noffer = "{{ shop.rec }}"', "has no attribute 'rec'"),
        ('[segments.New]\noffer = "{{ spend | euro }}"', "No filter named 'euro'"),
        ('[segments.New]\noffer = "{{ gap + 1 }}"', "where gap is missing"),
        ('[segments.New]\noffer = "{{ customers.__class__.mro() }}"', "__class__"),
        ("[segments.New]\noffer = 3", 'segment "New", offer: is no text. Got 3.'),
        ("[segments]\nNew = 3", 'segment "New": is no table.'),
        ("segments = 3", "segments is no table"),
        ('[segmets.New]\noffer = "x"', 'segmets is no key of it; did you mean "segments"?'),
        ("[segments", "cannot be read as TOML"),
    ],
)
def test_a_text_that_no_plan_could_have_is_refused_and_named(text, message):
    error = refused(text)
    assert "playbook.toml" in error.message
    assert message in error.message


def test_all_that_is_wrong_is_told_at_once_with_what_is_allowed():
    error = refused(
        '[segments.New]\nofer = "x"\noffer = "{{ y }}"\n[segments.Newer]\noffer = "z"\n'
    )
    assert error.message.count("playbook.toml") == 3
    assert "Hibernating" in error.message
    assert "Fields: objective, because, who" in error.hint


def test_texts_in_the_settings_file_are_checked_as_well():
    Path("custseg.toml").write_text('[playbook.texts.Newer]\noffer = "x"\n')
    with pytest.raises(SettingsError, match=r"\[playbook.texts\] of custseg.toml, segment"):
        load_checked()


def test_a_name_of_the_shops_own_or_a_numbered_one_can_have_texts():
    Path("custseg.toml").write_text('[segments]\nnames = {Dormant = "Asleep"}\n')
    playbook('[segments."Asleep"]\noffer = "x"\n[segments."Asleep 2"]\noffer = "y"\n')
    assert set(load_checked().playbook.texts) == {"Asleep", "Asleep 2"}
    assert '"Dormant": there is never one' in refused('[segments.Dormant]\noffer = "x"').message


def test_an_unknown_language_is_refused():
    with pytest.raises(SettingsError, match='there are de, en; did you mean "en"'):
        load_checked(None, {"report.language": "eng"})


@pytest.mark.parametrize("key", ["currency", "language"])
def test_words_that_moved_from_the_playbook_to_the_report_are_refused_with_their_new_place(key):
    with pytest.raises(SettingsError, match=rf"playbook.{key}: is \[report\] {key} now"):
        load_checked(None, {f"playbook.{key}": "de"})


def test_what_is_written_to_start_from_changes_nothing_until_it_is_uncommented():
    names = {"segment_name": 'The "best"'}
    plan = names | {field: f"{field} {{{{ {{% \\" for field in FIELDS}
    written = starting_point([plan])
    assert tomllib.loads(written) == {"segments": {'The "best"': {}}}
    uncommented = "\n".join(
        line.removeprefix("# ") if line.startswith(tuple(f"# {f} = " for f in FIELDS)) else line
        for line in written.splitlines()
    )
    texts = tomllib.loads(uncommented)["segments"]['The "best"']
    assert {field: Wording("en").fill(texts[field], {}) for field in FIELDS} == {
        field: plan[field] for field in FIELDS
    }


def test_a_title_changes_the_report_alone_and_a_sign_of_money_the_plans(custseg, finished):
    def stale(setting: str) -> list[str]:
        Path("custseg.toml").write_text(f"[report]\n{setting}\n")
        stages = json.loads(custseg("status", "-w", finished, "--json").stdout)["stages"]
        return [one["stage"] for one in stages if one["state"] == "stale"]

    assert stale('title = "Paper & Co"') == ["report"]
    assert stale('currency = "£"') == ["playbook", "summarise", "report"]


@pytest.mark.usefixtures("unlooked")
def test_a_playbook_is_written_edited_and_makes_the_plans_stale(custseg, finished):
    folder = finished
    result = custseg("playbook", "--write", "-w", folder)
    assert result.exit_code == 0
    assert "Wrote playbook.toml" in result.stderr
    assert custseg("playbook", "-w", folder, "--json").stdout.count('"fresh": true') == 1

    again = custseg("playbook", "--write", "-w", folder)
    assert again.exit_code == 3
    assert "--force" in again.stderr

    name = read_frame(Workspace(folder).path("plans"))["segment_name"][0]
    playbook(f'[segments."{name}"]\nmessage = "To all {{{{ customers }}}} of you."\n')
    assert "[playbook] settings have changed" in custseg("status", "-w", folder).stdout
    assert custseg("run-all", "-w", folder).exit_code == 0
    first = read_frame(Workspace(folder).path("plans")).iloc[0]
    assert first["message"] == f"To all {first['customers']} of you."

    assert custseg("playbook", "--write", "--force", "-w", folder).exit_code == 0
    assert "# message = " in Path("playbook.toml").read_text()


def test_an_edited_template_is_another_version_of_the_plans_code(tmp_path):
    package = shutil.copytree(Path(errors.__file__).parent, tmp_path / "custseg")
    before = SourceCode(package).version(STAGES["playbook"])
    texts = package / "words/texts/en.toml"
    texts.write_text(texts.read_text().replace("Thank you", "Many thanks"))
    assert SourceCode(package).version(STAGES["playbook"]) != before


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% for i in range(9) %}{% endfor %}", "a loop goes over figures by name"),
        ("{{ lipsum() }}", "can't use calls (lipsum)"),
        ("{{ [1, 2] | random }}", "No filter named 'random'"),
        ("{{ customers | items }}", "offer: "),
        ("{{ shop }}", "a Group is neither text nor number"),
        ("{{ customers | dictsort }}", "offer: "),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "offer: "),
        ("{{ '\\ud800' }}", "offer: "),
    ],
)
def test_a_text_that_would_run_on_or_change_from_run_to_run_is_refused(template, message):
    error = refused(f"[segments.New]\noffer = {json.dumps(template)}")
    assert 'segment "New", offer' in error.message
    assert message in error.message


def test_figures_that_are_never_equal_can_be_divided_by_their_difference():
    playbook('[segments.New]\noffer = "{{ (shop.value / (shop.customers - customers)) | money }}"')
    assert load_checked().playbook.texts
