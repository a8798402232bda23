from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING

import pytest

from custseg.errors import SettingsError
from custseg.settings import Settings
from custseg.settings.loading import documented, load_settings, template, with_options
from tests.shops import SMALL_RUN

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set but what a test sets."""
    for name in SMALL_RUN:
        monkeypatch.delenv(name)


def config(folder: Path, text: str) -> Path:
    path = folder / "custseg.toml"
    path.write_text(text)
    return path


def test_options_win_over_variables_over_the_file_over_defaults(tmp_path, monkeypatch):
    path = config(tmp_path, "[model]\nk = 4\nseed = 1\nkmin = 3\n")
    monkeypatch.setenv("CUSTSEG_MODEL__K", "5")
    monkeypatch.setenv("CUSTSEG_MODEL__SEED", "2")
    model = load_settings(path, {"model.k": 6}).model
    assert (model.k, model.seed, model.kmin, model.kmax) == (6, 2, 3, 12)


def test_a_file_in_the_current_folder_is_read(tmp_path):
    config(tmp_path, "[clean]\nas_of = 2024-02-01\n")
    assert load_settings().clean.as_of == date(2024, 2, 1)


def test_a_location_is_relative_to_its_file(tmp_path):
    path = config(tmp_path, '[source]\nlocation = "orders.csv"\n')
    assert load_settings(path).source.location == str(tmp_path / "orders.csv")
    path = config(tmp_path, '[source]\nlocation = "demo"\n')
    assert load_settings(path).source.location == "demo"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[modle]\nk = 3", 'modle: unknown key; did you mean "model"?'),
        ("[model]\nkmn = 3", 'model.kmn: unknown key; did you mean "model.kmin"?'),
        ('[model]\nk = "x"', "model.k: input should be a valid integer"),
        ('[model]\nfeatures = ["recency"]', '"recency" is no numeric feature; did you mean'),
        ("[model]\nfeatures = []", "at least one feature"),
        ('[model]\nfeatures = ["monetary", "monetary"]', "named twice"),
        ("[model]\nkmin = 9\nkmax = 3", "kmax (3) is below kmin (9)"),
        ('[clean]\nreturns = "ignore"', "clean.returns: input should be 'net', 'drop' or"),
        ('[clean]\nas_of = "soon"', "clean.as_of: input should be a valid date"),
        ('[engine]\nmemory_limit = "lots"', "engine.memory_limit"),
        ("[clean\n", "cannot be read as TOML"),
        ('source = "demo"', "source: input should be a valid dictionary"),
        ('[clean]\nproduct_pattern = "["', "clean.product_pattern: is no regular expression"),
        ('[clean]\nreturn_pattern = "(?=x)"', "clean.return_pattern: is no regular expression"),
        ("[features]\nrecent_days = 1000000000", "features.recent_days"),
        ('[summary.colours]\nChampion = "#0072b2"', 'no name; did you mean "Champions"'),
        ('[summary.colours]\n"Dormant 1" = "#0072b2"', '"Dormant 1" is no name'),
        ('[summary.colours]\n"Dormant 2" = "blue"', 'given "blue", which is no colour'),
    ],
)
def test_a_wrong_setting_is_named_by_its_dotted_key(text, message, tmp_path):
    with pytest.raises(SettingsError) as failure:
        load_settings(config(tmp_path, text))
    assert message in failure.value.message


def test_all_problems_are_told_at_once(tmp_path):
    with pytest.raises(SettingsError) as failure:
        load_settings(config(tmp_path, '[model]\nk = 1\n[clean]\nreturns = "no"\n'))
    assert "model.k" in failure.value.message
    assert "clean.returns" in failure.value.message


def test_a_named_file_that_is_absent_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match="no such settings file"):
        load_settings(tmp_path / "other.toml")


def test_a_variable_that_is_no_json_is_an_error(monkeypatch):
    monkeypatch.setenv("CUSTSEG_MODEL__FEATURES", "[recency_days")
    with pytest.raises(SettingsError, match="CUSTSEG"):
        load_settings()


def test_a_misspelt_variable_is_refused(monkeypatch):
    monkeypatch.setenv("CUSTSEG_MODLE__K", "3")
    with pytest.raises(SettingsError, match='no section modle; did you mean "model"'):
        load_settings()


def test_the_template_holds_every_setting_and_its_defaults_are_valid(tmp_path):
    lines = template().splitlines()
    for section, key, default, _ in documented():
        assert {f"# {key} = {default}".rstrip(), f"# [{section}.{key}]"} & set(lines)
        assert any(line.startswith(f"[{section}]") for line in lines)
    assert load_settings(config(tmp_path, template())) == Settings()
    active = [
        line.removeprefix("# ")
        for line in lines
        if line.startswith("[") or (" = " in line and line.startswith("# ") and "{" not in line)
    ]
    keys = {key for _, key, *_ in documented()}
    active = [line for line in active if line.startswith("[") or line.split(" = ")[0] in keys]
    assert tomllib.loads("\n".join(active))["model"]["n_init"] == 20


def test_a_date_named_twice_is_refused():
    twice = ["2024-01-01", "2024-01-01"]
    with pytest.raises(SettingsError, match=r"validation\.dates: a date is named twice"):
        load_settings(None, {"validation.dates": twice})


def test_the_templates_table_of_columns_can_be_uncommented(tmp_path):
    """Under it no other key of its section may follow."""
    head, marker, tail = template().partition("# [source.columns]\n")
    table, blank, rest = tail.partition("\n\n")
    plain = "\n".join(line.removeprefix("# ") for line in table.splitlines())
    text = head.replace("# location =", 'location = "demo"') + marker[2:] + plain + blank + rest
    source = load_settings(config(tmp_path, text)).source
    assert source.location == "demo"
    assert source.columns["ordered_at"] == ("Date", "Time")


def test_a_time_zone_is_one_that_exists(tmp_path):
    path = config(tmp_path, '[source]\ntimezone = "Europe/London"\n')
    assert load_settings(path).source.timezone == "Europe/London"
    for wrong in ("London", "../etc", ""):
        path = config(tmp_path, f'[source]\ntimezone = "{wrong}"\n')
        with pytest.raises(SettingsError, match="source.timezone: is no time zone"):
            load_settings(path)


def test_options_are_laid_over_settings_and_all_else_stays(monkeypatch):
    monkeypatch.setenv("CUSTSEG_MODEL__SEED", "7")
    monkeypatch.setenv("CUSTSEG_RUN__WORKERS", "3")
    settings = load_settings(None, {"source.columns": {"order_id": "Order"}})
    options = {"model.k": 4, "clean.as_of": "2023-10-01", "source.columns": {"country": "Land"}}
    other = with_options(settings, options)
    assert (other.model.k, other.model.seed, other.run.workers) == (4, 7, 3)
    assert other.clean.as_of == date(2023, 10, 1)
    assert other.source.columns == {"order_id": ("Order",), "country": ("Land",)}
    assert settings.model.k is None


def test_no_options_change_no_settings():
    settings = load_settings(None, {"model.transform": {"recency_days": "none"}})
    assert with_options(settings, {}) == settings


def test_an_option_that_does_not_fit_is_refused():
    with pytest.raises(SettingsError, match=r"model\.k: input should be greater than or equal"):
        with_options(load_settings(), {"model.k": 1})
