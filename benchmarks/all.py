"""Measure everything that docs/benchmarks.md shows, and write it there.

Usage: python benchmarks/all.py "online+retail.zip" [PARTS...]
On an idle machine of 2 cores all of it takes about 25 minutes and 10 GB of disk. PARTS are some of
notebook, lines, model, lists, spark; by default all. `polars` has to be installed, and for spark
custseg[spark].
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

import fastexcel
import pyarrow as pa
import pyarrow.parquet as pq

from measuring import measured

_HERE: Final = Path(__file__).parent
_PAGE: Final = _HERE.parent / "docs" / "benchmarks.md"
_LIBRARIES: Final = ("duckdb", "numpy", "pandas", "polars", "pyarrow", "scikit-learn")
_BEGIN, _END = "<!-- measured: {} -->", "<!-- end of {} -->"


def run(script: str, *arguments: str) -> str:
    """Run a script of this folder, and return what it prints."""
    return measured([sys.executable, str(_HERE / script), *arguments]).printed.strip()


def lines_of(workbook: Path, folder: Path) -> Path:
    """Write the workbook's rows as Parquet."""
    with zipfile.ZipFile(workbook) as archive:
        content = archive.read(archive.namelist()[0])
    rows = fastexcel.read_excel(content).load_sheet(0, dtypes={"InvoiceNo": "string"})
    table = pa.Table.from_batches([rows.to_arrow()])
    path = folder / "lines.parquet"
    pq.write_table(table, path)
    return path


def machine() -> str:
    """Where and with what it was measured."""
    cpuinfo = Path("/proc/cpuinfo")
    named = re.search("model name\\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{os.cpu_count()} cores ({named[1] if named else platform.machine()}), {memory:.0f} GB of "
        f"memory, Python {platform.python_version()}, {libraries}"
    )


def put(part: str, text: str) -> None:
    """Put what a part printed in its place on the page."""
    begin, end = _BEGIN.format(part), _END.format(part)
    page = _PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    made = f"{before}{begin}\n\nOn {machine()}:\n\n```\n{text}\n```\n\n{end}{after}"
    _PAGE.write_text(made, encoding="utf-8")


def main(workbook: Path, parts: list[str]) -> None:
    """Measure some parts, one after the other."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lines = lines_of(workbook, folder)
        workspace = folder / "w"
        runs = {
            "notebook": lambda: run("against_notebook.py", str(workbook), "3"),
            "lines": lambda: run("lines.py", str(lines)),
            "model": lambda: run("model_scale.py", str(workspace / "features.parquet")),
            "lists": lambda: run("recommendations.py"),
            "spark": lambda: run("lines.py", str(lines), "1", "10", "--engine", "spark"),
        }
        if "model" in (parts or runs):
            call = [sys.executable, "-m", "custseg", "run-all", str(workbook), "--quick", "--quiet"]
            measured([*call, "-w", str(workspace)])
        for part in parts or runs:
            put(part, runs[part]())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
