"""Hooks: those of a foreign custseg.toml don't run, and none is given a secret."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from custseg.pipeline.hooks import environment

TOUCH = shlex.join([sys.executable, "-c", "open('ran', 'w').write('x')"])
TELL = shlex.join(
    [sys.executable, "-c", "import json, os; json.dump(dict(os.environ), open('ran', 'w'))"]
)


def settings(text: str, path: Path = Path("custseg.toml")) -> None:
    path.write_text(f"[monthly]\n{text}\n")


def hook(name: str = "on_failure", command: str = TOUCH) -> str:
    return f"{name} = {json.dumps(command)}"


def run(custseg, *options: str):
    """A run that fails at once, so that on_failure is called if it may be."""
    return custseg("run-all", "nowhere.csv", "-w", "shop", *options)


def test_a_hook_of_a_foreign_file_stops_the_run_before_anything_is_done(custseg):
    settings(hook())
    result = run(custseg)
    assert result.exit_code == 3
    assert f"on_failure = {json.dumps(TOUCH)}" in result.stderr
    assert "custseg trust custseg.toml" in result.stderr
    assert not Path("ran").exists()
    assert not Path("shop").exists()


def test_a_named_settings_file_is_trusted_no_more_than_one_in_the_folder(custseg):
    settings(hook(), Path("evil.toml"))
    result = run(custseg, "--config", "evil.toml")
    assert result.exit_code == 3
    assert "custseg trust evil.toml" in result.stderr
    assert not Path("ran").exists()


def test_a_trusted_hook_runs_until_it_is_changed(custseg):
    settings(hook())
    told = custseg("trust")
    assert told.exit_code == 0
    assert TOUCH in json.loads(told.stdout.partition("on_failure = ")[2])
    assert run(custseg).exit_code == 5
    assert Path("ran").exists()

    settings(hook() + "\n[model]\nk = 4")
    assert run(custseg).exit_code == 5

    for changed in (
        hook(command=TOUCH + " more"),
        hook() + "\n" + hook("on_success"),
        hook() + '\nhook_environment = ["API_TOKEN"]',
    ):
        settings(changed)
        assert run(custseg).exit_code == 3


def test_trust_in_new_hooks_ends_that_in_the_old_ones(custseg):
    settings(hook())
    custseg("trust")
    settings(hook(command="true"))
    custseg("trust")
    settings(hook())
    assert run(custseg).exit_code == 3


def test_trust_is_in_one_place_and_can_be_listed_and_taken_back(custseg):
    settings(hook())
    custseg("trust")
    place = str(Path("custseg.toml").resolve())
    assert custseg("trust", "--list").stdout == f"{place}\n"
    Path("elsewhere").mkdir()
    shutil.copy("custseg.toml", "elsewhere/custseg.toml")
    assert run(custseg, "--config", "elsewhere/custseg.toml").exit_code == 3
    assert custseg("trust", "--forget").exit_code == 0
    assert run(custseg).exit_code == 3
    assert custseg("trust", "--forget").exit_code == 3
    assert json.loads(custseg("trust", "--list", "--json").stdout)["trusted"] == []


def test_a_hook_of_the_users_own_variable_needs_no_trust_beside_a_trusted_file(
    custseg, monkeypatch
):
    settings(hook() + "\n" + hook("on_success"))
    custseg("trust")
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", TOUCH + " own")
    assert run(custseg).exit_code == 5
    assert Path("ran").exists()


def test_a_variable_does_not_cover_the_other_hook_of_a_foreign_file(custseg, monkeypatch):
    settings(hook("on_success"))
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", TOUCH)
    assert run(custseg).exit_code == 3
    assert not Path("ran").exists()


def test_a_file_without_hooks_needs_no_trust_and_can_be_given_none(custseg):
    settings("keep = 3")
    assert run(custseg).exit_code == 5
    told = custseg("trust")
    assert told.exit_code == 3
    assert "nothing to trust" in told.stderr


SECRETS = {
    "CUSTSEG_KEY": "a secret of the shop's own",
    "PGPASSWORD": "a",
    "PGPASSFILE": "/a",
    "PGSERVICEFILE": "/a",
    "MYSQL_PASSWORD": "a",
    "aws_secret_access_key": "a",
    "SLACK_TOKEN": "a",
    "OPENAI_API_KEY": "a",
    "DATABASE_URL": "postgresql://shop:a@host/db",
}


def test_a_hook_is_given_no_secret_but_those_that_the_settings_name(custseg, monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", TELL)
    passed = ["SLACK_TOKEN", "CUSTSEG_KEY", "PGPASSWORD"]
    monkeypatch.setenv("CUSTSEG_MONTHLY__HOOK_ENVIRONMENT", json.dumps(passed))
    assert run(custseg).exit_code == 5
    given = json.loads(Path("ran").read_text())
    assert set(SECRETS) & set(given) == {"SLACK_TOKEN"}
    assert given["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("name", ["LANG", "HOME", "HTTP_PROXY", "KEYBOARD", "PGHOST"])
def test_other_variables_stay(name):
    assert environment({name: "http://proxy:80"}) == {name: "http://proxy:80"}


def test_no_wrong_value_reaches_a_hook(custseg, monkeypatch):
    lines = ["customer_id,order_id,product_id,quantity,unit_price,ordered_at,currency"]
    lines += [f"{i},{i},mug,1,2.50,2024-01-{i:02},EUR" for i in range(1, 20)]
    lines += ["Bo,20,mug,Bo Li,2.50,0171 1234567,EUR"]
    Path("orders.csv").write_text("\n".join(lines))
    told = shlex.join(
        [sys.executable, "-c", "import sys; open('told', 'w').write(sys.stdin.read())"]
    )
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", told)
    result = custseg("run-all", "orders.csv", "-w", "shop")
    assert result.exit_code == 5
    assert 'row 21 "xx xx"' in result.stderr
    assert "Bo Li" not in result.stderr
    report = json.loads(Path("told").read_text())
    assert report["error"]["message"].splitlines() == [
        'orders.csv, column "quantity": 1 of 20 values are not numbers.',
        'orders.csv, column "ordered_at": 1 of 20 values are not dates.',
    ]
