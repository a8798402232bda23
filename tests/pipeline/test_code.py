"""Which source files a stage's version covers."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from custseg.artifacts import ARTIFACTS
from custseg.pipeline.code import SourceCode, code_version
from custseg.pipeline.stages import STAGES

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "custseg"
OWN = SourceCode(PACKAGE)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package that a test may edit, if it puts back what it has edited."""
    folder = tmp_path_factory.mktemp("edited") / "custseg"
    return shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__"))


def changed(package: Path, file: str) -> set[str]:
    """The stages whose version is another one after an edit of a file."""
    path = package / file
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    try:
        edited = SourceCode(package)
        return {name for name, one in STAGES.items() if edited.version(one) != OWN.version(one)}
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("file", ["style.css", "page.js", "page.html.j2", "evidence.py"])
def test_the_pages_files_are_the_reports_own(copied, file):
    assert changed(copied, f"report/html/{file}") == {"report"}


def test_how_dates_are_read_is_downloads_own(copied):
    assert changed(copied, "sources/values/dates.py") == {"download"}


@pytest.mark.parametrize(
    "file",
    ["sources/files/demo.py", "sources/files/locate.py", "sources/columns/proposal/synonyms.toml"],
)
def test_what_finds_the_source_is_downloads_own(copied, file):
    assert changed(copied, file) == {"download"}


def test_a_text_of_the_plans_concerns_the_plans_and_what_shows_them(copied):
    assert changed(copied, "words/texts/en.toml") == {"playbook", "summarise", "report"}


def test_what_writes_every_artifact_concerns_every_stage(copied):
    assert changed(copied, "engine/parquet.py") == set(STAGES)
    assert changed(copied, "workspace/storage.py") == set(STAGES)


def test_a_class_that_an_artifact_holds_concerns_whoever_reads_or_writes_it(copied):
    stages = changed(copied, "segments/model/published.py")
    assert {"fit", "movement"} <= stages
    assert {"download", "clean", "features", "rfm"}.isdisjoint(stages)


@pytest.mark.parametrize(
    "file", ["cli/stages.py", "cli/running.py", "pipeline/runner.py", "report/tables/stages.py"]
)
def test_commands_and_views_concern_no_stage(copied, file):
    assert changed(copied, file) == set()


def test_settings_of_other_stages_concern_a_stage_not(copied):
    stages = changed(copied, "settings/offers.py")
    assert {"recommend", "shelves", "bundles"} <= stages
    assert {"download", "clean", "features", "fit", "profile", "rfm"}.isdisjoint(stages)


def test_another_column_concerns_the_stage_that_writes_it(monkeypatch):
    stages = {name: OWN.version(stage) for name, stage in STAGES.items()}
    shelves = ARTIFACTS["shelves"]
    column = shelves.columns[0]
    fewer = type(shelves)(shelves.name, shelves.description, (column,), shelves.key)
    monkeypatch.setitem(ARTIFACTS, "shelves", fewer)
    now = {name: OWN.version(stage) for name, stage in STAGES.items()}
    assert {name for name in STAGES if stages[name] != now[name]} == {"shelves"}


def test_a_copy_of_the_package_has_the_same_versions(copied):
    (copied / ".style.css.swp").write_bytes(b"an editor's")
    (copied / "__pycache__").mkdir()
    (copied / "__pycache__/errors.cpython-311.pyc").write_bytes(b"compiled")
    assert {name: SourceCode(copied).version(stage) for name, stage in STAGES.items()} == {
        name: code_version(stage) for name, stage in STAGES.items()
    }


def all_modules() -> list[str]:
    found = (path.relative_to(PACKAGE.parent).with_suffix("") for path in PACKAGE.rglob("*.py"))
    return sorted(".".join(path.parts).removesuffix(".__init__") for path in found)


def imports_by_syntax(module: str) -> set[tuple[str, str, str]]:
    """The imports of a module that run, as its syntax tree has them."""
    inside = PACKAGE.parent / module.replace(".", "/")
    path = inside / "__init__.py" if inside.is_dir() else inside.with_suffix(".py")
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    found: set[tuple[str, str, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively, which no digest sees"
            names = [(node.module or "", one.name, one.asname or one.name) for one in node.names]
        elif isinstance(node, ast.Import):
            names = [(one.name, "", one.asname or one.name) for one in node.names]
        else:
            continue
        found |= {one for one in names if one[0].split(".")[0] == "custseg"}
    return found


def test_imports_found_by_pattern_are_those_of_the_syntax_tree():
    by_pattern = {module: set(OWN.imports(module)) for module in all_modules()}
    assert by_pattern == {module: imports_by_syntax(module) for module in all_modules()}


def test_every_file_that_is_no_python_belongs_to_a_module():
    there = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    owned = {file for module in all_modules() for file in OWN.data_of(module)}
    assert there - owned == {"py.typed"}
