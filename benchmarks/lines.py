"""From order lines to features at growing sizes, against those who do the same by hand.

Usage: python benchmarks/lines.py LINES.parquet [COPIES...] [--engine spark]
LINES is a Parquet of the Online Retail workbook's rows; of each number of copies a file is made
(`copies.py`). In turn run custseg's download, clean and features, the query of `handwritten.py` and
the notebooks of `peers.py`. With --engine, all stages run there, each from the orders on where
these stay, and nobody else runs. The exponent is the slope of log seconds over log rows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from copies import main as copy
from measuring import Measured, measured

_COPIES: Final = (1, 5, 10, 50)
_STAGES: Final = ("download", "clean", "features")
_HERE: Final = Path(__file__).parent


def stages(lines: Path, folder: Path, engine: str) -> dict[str, Measured]:
    """Run custseg's stages one by one, each a command of its own, as from a shell."""
    call = [sys.executable, "-m", "custseg"]
    source = {"download": [str(lines)]}
    return {
        stage: measured(
            [*call, stage, *source.get(stage, []), "-w", str(folder / "w"), "--force", "--quiet"],
            CUSTSEG_ENGINE__BACKEND=engine,
        )
        for stage in _STAGES
    }


def others(lines: Path) -> dict[str, Measured]:
    """Run what others write by hand."""
    peers = [sys.executable, str(_HERE / "peers.py")]
    return {
        "hand-written DuckDB query": measured(
            [sys.executable, str(_HERE / "handwritten.py"), str(lines)]
        ),
        "Polars, without returns": measured([*peers, "polars", str(lines)]),
        "pandas, without returns": measured([*peers, "pandas", str(lines)]),
    }


def main(source: Path, sizes: list[int], engine: str) -> None:
    """Print the table, and how time grows."""
    seconds: dict[str, list[float]] = {}
    rows = []
    print(f"{'rows':>11}  {'what':<26} {'seconds':>8} {'processors':>11} {'peak GB':>8}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as temporary:
            lines = Path(temporary) / "lines.parquet"
            copy(source, lines, size)
            rows.append(pq.read_metadata(lines).num_rows)
            found = stages(lines, Path(temporary), engine)
            both = [found["clean"], found["features"]]
            found["clean + features"] = Measured(
                sum(one.seconds for one in both),
                sum(one.processors for one in both),
                max(one.peak for one in both),
                "",
            )
            if engine == "duckdb":
                found |= others(lines)
        for what, one in found.items():
            seconds.setdefault(what, []).append(one.seconds)
            figures = f"{one.seconds:8.1f} {one.processors:11.1f} {one.peak:8.2f}"
            print(f"{rows[-1]:>11,}  {what:<26} {figures}", flush=True)
    if len(rows) > 1:
        print("\nExponent of growth:")
        for what, taken in seconds.items():
            print(f"  {what:<26} {np.polyfit(np.log(rows), np.log(taken), 1)[0]:5.2f}")


if __name__ == "__main__":
    given = sys.argv[1:]
    at = given.index("--engine") if "--engine" in given else len(given)
    chosen = given[at + 1] if at < len(given) else "duckdb"
    main(Path(given[0]), [int(size) for size in given[1:at]] or list(_COPIES), chosen)
