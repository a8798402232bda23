"""What the workflows install and run: known versions, known bytes."""

from __future__ import annotations

import re
import tomllib
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from custseg.report.html.vega import library
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"].values()
DIRECT = [
    *map(Requirement, PROJECT["project"]["dependencies"]),
    *(Requirement(line) for extra in EXTRAS for line in extra),
]
OF_CI = [Requirement(line) for line in PROJECT["dependency-groups"]["ci"]]
ON_CONDA = {"duckdb": "python-duckdb", "ibis-framework": "ibis-duckdb"}
"""Packages that conda-forge calls otherwise; the extra of the second is a package of its own."""
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SECURE = {"filelock": "3.20.3", "jinja2": "3.1.6", "requests": "2.32.4"}
"""Versions before these have a hole that reaches custseg."""


def locked(name: str) -> dict[str, list[Version]]:
    """The versions of each package in a file of requirements; each line has its hashes."""
    text = (ROOT / "requirements" / name).read_text()
    entries = re.split(r"\n(?=[a-z])", re.sub(r"(?m)^ *#.*\n", "", text))
    versions: dict[str, list[Version]] = {}
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]
        package, version = re.split("==| ", entry, maxsplit=2)[:2]
        versions.setdefault(canonicalize_name(package), []).append(Version(version))
    return versions


def floor(requirement: Requirement) -> Version:
    (lowest,) = [part.version for part in requirement.specifier if part.operator == ">="]
    return Version(lowest)


@pytest.mark.parametrize("requirement", [*DIRECT, *OF_CI], ids=str)
def test_every_direct_dependency_is_locked_at_a_version_that_is_allowed(requirement):
    versions = locked("ci.txt")[canonicalize_name(requirement.name)]
    assert all(version in requirement.specifier for version in versions)


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_the_lowest_versions_are_those_that_are_allowed(requirement):
    (version,) = locked("lowest.txt")[canonicalize_name(requirement.name)]
    # Of some there is no release without a patch number or a day.
    lowest = floor(requirement)
    assert version == lowest or str(version).startswith(f"{lowest}.")
    assert version in requirement.specifier
    if requirement.name in SECURE:
        assert str(version) == SECURE[requirement.name]


def test_the_image_is_built_of_what_a_wheel_needs_in_the_versions_that_are_tested():
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]
    tested, run, build = (locked(name) for name in ("ci.txt", "run.txt", "build.txt"))
    for name, versions in {**run, **build}.items():
        assert versions == tested[name], name
    base = {
        canonicalize_name(Requirement(line).name) for line in PROJECT["project"]["dependencies"]
    }
    assert base <= run.keys()
    assert not {"vl-convert-python", "pyspark", "psycopg"} & run.keys()


def test_the_image_installs_by_hash_and_runs_as_a_user_who_is_not_root():
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", "").splitlines()
    installs = [line for line in lines if "pip install" in line]
    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-deps" in line
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    for name in copied:
        assert name == "--from=build" or name.startswith("/opt/") or (ROOT / name).exists(), name
    last = "\n".join(lines).split("\nFROM ")[-1]
    user = re.findall(r"^USER (\d+):\d+$", last, re.MULTILINE)
    assert len(user) == 1
    assert int(user[0]) > 0
    assert last.index("USER") < last.index("ENTRYPOINT")


def test_the_conda_recipe_asks_for_what_the_wheel_asks_for():
    recipe = (ROOT / "conda/recipe/recipe.yaml").read_text()
    host, run = re.findall(r"(?m)^  (?:host|run):\n((?:    - .+\n)+)", recipe)

    def asked(section):
        return {(one.name, str(one.specifier)) for one in map(Requirement, section)}

    def named(lines):
        for one in map(Requirement, lines):
            yield f"{ON_CONDA.get(one.name, one.name)}{one.specifier}"

    python = f"python{PROJECT['project']['requires-python']}"
    of_run = re.findall(r"- (.+)", run)
    assert asked(of_run) == asked([python, *named(PROJECT["project"]["dependencies"])])
    of_host = re.findall(r"- (.+)", host)
    assert asked(of_host) == asked([python, "pip", *named(PROJECT["build-system"]["requires"])])
    assert f'version: "{PROJECT["project"]["version"]}"' in recipe


def test_a_wheel_has_the_script_that_draws_the_page(tmp_path):
    wheels = pytest.importorskip("hatchling.builders.wheel")
    (wheel,) = wheels.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(wheel) as built:
        script = built.read("custseg/report/html/vega.js").decode()
    assert script == library()


def test_versions_with_known_holes_are_not_allowed():
    assert {one.name for one in DIRECT} >= set(SECURE)
    for one in DIRECT:
        if one.name in SECURE:
            assert floor(one) >= Version(SECURE[one.name])


def test_nothing_is_installed_to_plot():
    brought = {"matplotlib", "mlxtend", "pillow", "fonttools"}
    assert not brought & (locked("ci.txt").keys() | locked("lowest.txt").keys())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_installs_by_hash_and_runs_actions_of_a_commit(path):
    text = path.read_text()
    installs = re.findall(r"pip install (.*)", text)
    assert installs
    for words in installs:
        # The wheel in dist/ was made by the job; what a user gets with it is the subject there.
        assert "--require-hashes" in words or "--no-deps" in words or "dist/*.whl" in words, words
    for action in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action), action
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    assert text.count("runs-on:") == text.count("timeout-minutes:")


def test_the_commands_to_renew_a_lock_are_those_it_was_made_with():
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    for name in ("ci.txt", "lowest.txt", "run.txt", "build.txt"):
        made = (ROOT / "requirements" / name).read_text().splitlines()[1].removeprefix("#").strip()
        assert f"{made} --upgrade" in guide or f"{made}\n" in guide
