"""The documentation says what the code does."""

from __future__ import annotations

import importlib.util
import inspect
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from custseg import errors
from custseg.report.page import charts
from custseg.segments.model.claims import PLAIN, RULES, TERMS
from custseg.settings.loading import documented
from custseg.sources.columns.exports import EXPORTS, FIELDS
from custseg.sources.files.locate import DEMO_FILE
from tests.model_summaries import small_summary
from tests.shop_summaries import summary as shop_summary

ROOT = Path(__file__).resolve().parents[1]


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMMANDS = [name for name, _ in generator().named_commands()]


@pytest.mark.parametrize("page", ["commands.md", "settings.md", "artifacts.md", "api.md"])
def test_reference_pages_are_current(page):
    fresh = generator().PAGES[page]()
    assert (ROOT / "docs" / page).read_text() == fresh, "run: python docs/generate.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_help_has_an_example_and_the_steps_name_it(name, custseg):
    help_text = custseg(*name.split(), "--help").stdout
    assert f"Example: custseg {name}" in help_text
    assert f"`{name}`" in (ROOT / "docs/steps.md").read_text()


def test_help_shows_sections_of_the_settings_in_brackets(custseg):
    assert "[model] k" in " ".join(custseg("run-all", "--help").stdout.replace("│", " ").split())
    assert "[export] holdout" in " ".join(
        custseg("export", "--help").stdout.replace("│", " ").split()
    )


def test_every_setting_has_a_meaning():
    for section, key, _, meaning in documented():
        assert " " in meaning, f"{section}.{key}"


def test_every_field_and_every_known_export_is_explained():
    page = (ROOT / "docs/sources.md").read_text()
    fields = re.findall(r"^\| `([a-z_]+)` \|", page.split("## Columns")[1], re.MULTILINE)
    assert sorted(fields) == sorted(FIELDS)
    table = page.split("## Known exports")[1].split("###")[0]
    told = re.findall(r"^\| (?!export|---)(.+?) \|", table, re.MULTILINE)
    for export in EXPORTS:
        # Variants of an export are explained on the page of all fields.
        title = re.split(r", (?=without|lines|by day)", export.title)[0]
        assert any(title in row for row in told), export.title


def test_every_error_has_its_exit_code_in_the_table():
    table = inspect.getdoc(errors) or ""
    codes = {
        kind.exit_code
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.CustsegError)
    }
    for code in codes:
        assert re.search(rf"^\| {code} +\|", table, re.MULTILINE)


def test_every_name_is_explained_with_its_claim():
    page = (ROOT / "docs/segments.md").read_text(encoding="utf-8")
    for name, claim in (RULES | PLAIN).items():
        assert f"| {name} | {claim.sentence} |" in page
    for term, meaning in TERMS.items():
        assert f"- *{term}*: {meaning}" in page


def test_every_chart_is_explained_with_when_it_misleads():
    page = (ROOT / "docs/report.md").read_text()
    sections = dict(
        re.findall(r"^### [^\n]+?: (`[^\n]+`)\n(.+?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    )
    names = {name for heading in sections for name in re.findall(r"`([a-z-]+)`", heading)}
    summaries = (small_summary(), shop_summary())
    assert names == {drawing.name for summary in summaries for drawing in charts(summary)}
    for heading, text in sections.items():
        assert "*When it misleads.*" in text, heading


def test_links_between_pages_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_in_the_site_and_on_a_page_of_its_readers():
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} | {"tutorial"}
    trees = re.findall(
        r"^```{toctree}\n(.+?)```", (ROOT / "docs/index.md").read_text(), re.MULTILINE | re.DOTALL
    )
    named = [line for tree in trees for line in tree.splitlines() if line and line[0] != ":"]
    assert sorted(named) == sorted(pages - {"index"})
    readers = ("start", "marketers", "analysts", "operators", "reference", "index")
    linked = {
        target
        for page in readers
        for target in re.findall(
            r"\]\((\w[\w-]*)\.(?:md|ipynb)[#)]", (ROOT / f"docs/{page}.md").read_text()
        )
    }
    assert pages - linked == {"index"}


def test_the_readme_is_short_and_begins_with_a_picture_a_sentence_and_a_command():
    readme = (ROOT / "README.md").read_text()
    assert len(readme.split()) <= 900
    title, picture, sentence, command, _ = readme.split("\n\n", 4)
    assert (title, picture[:2], sentence[:8]) == ("# custseg", "![", "custseg ")
    assert command.startswith("```\npython3 -m venv")


def test_the_readme_has_two_commands_that_set_everything_up():
    commands = re.findall(r"^python3 -m venv .+$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(commands) == 2
    assert "custseg run-all demo" in commands[0]
    assert commands[1].endswith("pytest")


def snippets(page: str) -> list[str]:
    return re.findall(r"```python\n(.+?)```", (ROOT / page).read_text(), re.DOTALL)


def test_the_python_of_readme_and_notebook_page_runs(small_shop, tmp_path):
    for name in ("orders.csv", "november.csv"):
        shutil.copy(small_shop, tmp_path / name)
    (estimator,) = snippets("README.md")
    (stages,) = snippets("docs/api.md")
    names: dict[str, Any] = {}
    exec(stages.replace("orders.xlsx", "orders.csv"), names)
    assert names["fitted"].segments["customer_id"].is_unique
    # Where a run of the demo store leaves its orders.
    demo = f"custseg-workspace/source/{DEMO_FILE}"
    assert demo in estimator
    exec(estimator.replace(demo, "orders.csv"), names)
    assert names["shop"].customers_["customer_id"].is_unique
    first, parameters, questions, keep = snippets("docs/notebook.md")
    exec(first, names)
    customers = names["shop"].customers_
    exec(parameters, names)
    assert names["five"].get_params()["clean"] == {"returns": "drop"}
    exec(questions.replace("12347", customers["customer_id"][0]), names)
    exec(keep, names)
