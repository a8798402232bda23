"""The workbook in an office program: what it reads, and what it prints."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from custseg.artifacts import ARTIFACTS
from custseg.workspace import storage
from tests.workbook_summary import ODD_NAMES, cell_right_of, made, named, summary

if TYPE_CHECKING:
    from openpyxl import Workbook

    from custseg.report.summary.whole import Summary

OFFICE_IS_REQUIRED = os.environ.get("CUSTSEG_REQUIRE_OFFICE") == "1"
PAGES = 15
# LibreOffice writes bars in cells in a way of its own too, which openpyxl leaves out.
pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning")


def program(name: str) -> str:
    """Where a program is; tests that need it are skipped without it, where it is not required."""
    found = shutil.which(name)
    if found is None:
        if OFFICE_IS_REQUIRED:
            pytest.fail(f"{name} is required and absent")
        pytest.skip(f"{name} is not installed")
    return found


def convert(folder: Path, kind: str, *names: str) -> Path:
    """Let LibreOffice write files of a folder again; return where they are then."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    to = ["--headless", "--convert-to", kind, "--outdir", str(folder / "again")]
    subprocess.run(
        [program("soffice"), profile, *to, *(str(folder / name) for name in names)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return folder / "again"


def printed(pdf: Path) -> list[str]:
    """The text of each page."""
    command = [program("pdftotext"), "-layout", str(pdf), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return text.split("\f")[:-1]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where LibreOffice wrote the workbooks again, and their pages; one start for each format."""
    folder: Path = tmp_path_factory.mktemp("office")
    (folder / "plain.xlsx").write_bytes(made())
    (folder / "odd.xlsx").write_bytes(made(named(*ODD_NAMES)))
    convert(folder, "xlsx", "plain.xlsx", "odd.xlsx")
    convert(folder, "pdf", "plain.xlsx")
    return folder / "again"


def read_again(office: Path, name: str) -> Workbook:
    return load_workbook(office / f"{name}.xlsx", data_only=True)


def test_libreoffice_reads_the_same_sheets_and_values(office: Path) -> None:
    for name, run in (("plain", summary()), ("odd", named(*ODD_NAMES))):
        ours = load_workbook(io.BytesIO(made(run)))
        theirs = read_again(office, name)
        assert theirs.sheetnames == ours.sheetnames
        for sheet in ours:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        continue
                    seen = theirs[sheet.title][cell.coordinate].value
                    if isinstance(cell.value, int | float):
                        assert seen == pytest.approx(cell.value, rel=1e-14), cell
                    else:
                        assert seen == cell.value or not (seen or cell.value), cell


def test_libreoffice_finds_that_the_ledger_adds_up(office: Path) -> None:
    for name in ("plain", "odd"):
        theirs = read_again(office, name)
        difference = cell_right_of(theirs["Ledger"], "Difference (0: it all adds up)")
        assert difference.value == 0
        assert theirs["Ledger"].cell(difference.row, 4).value == 0


def test_printed_pages_show_every_number(office: Path) -> None:
    pages = "".join(printed(office / "plain.pdf"))
    assert "£4,134,404" in pages
    assert "##" not in pages


@pytest.mark.parametrize("shop", ["studied", "studied_retail"])
@pytest.mark.parametrize("language", ["en", pytest.param("de", marks=pytest.mark.nightly)])
def test_the_workbook_of_a_shop_prints_on_few_pages_and_page_one_on_one(
    shop: str, language: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder: Path = request.getfixturevalue(shop)
    run: Summary = storage.read(folder / "summary.json", ARTIFACTS["summary"])
    run = replace(run, method=replace(run.method, plan_language=language))
    (tmp_path / "segments.xlsx").write_bytes(made(run))
    pages = printed(convert(tmp_path, "pdf", "segments.xlsx") / "segments.pdf")
    assert len(pages) <= PAGES
    feet = [page.split()[0] for page in (one.rstrip().splitlines()[-1] for one in pages)]
    first = {"en": "Overview", "de": "Übersicht"}[language]
    assert feet.count(first) == 1
    assert feet[0] == first
    assert "##" not in "".join(pages)
