"""Seven months of Online Retail by the command line, one run after the other.

Usage: python benchmarks/monthly.py online_retail.parquet [auto | frozen | refit]
Prints a row per month: customers, share who keep their segment, ARI, the model's date, and seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.metrics import adjusted_rand_score

from custseg.workspace.history import History

if TYPE_CHECKING:
    import pandas as pd

DATES = [f"2011-{month:02}-01" for month in range(6, 13)]


def main(source: Path, model: str) -> None:
    """Run the months and print the table."""
    print("month       customers   keep    ARI  model of    seconds")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "shop"
        before: pd.DataFrame | None = None
        for day in DATES:
            clock = time.perf_counter()
            command = ("custseg", "run-all", str(source), "-w", str(workspace), "--as-of", day)
            asked = {"CUSTSEG_MONTHLY__MODEL": model, "CUSTSEG_RUN__THOROUGH": "false"}
            subprocess.run([*command, "--quiet"], check=True, env=os.environ | asked)
            seconds = time.perf_counter() - clock
            snapshot = History(workspace / "history").find(day)
            segments: pd.DataFrame = snapshot.read("segments")
            figures = " " * 13
            if before is not None:
                both = before.merge(segments, on="customer_id", suffixes=("", "_now"))
                keep = (both["segment"] == both["segment_now"]).mean()
                ari = adjusted_rand_score(both["segment"], both["segment_now"])
                figures = f"{keep:6.3f} {ari:6.3f}"
            trained = snapshot.read("model").training.as_of
            print(f"{day}  {len(segments):>9,} {figures}  {trained}  {seconds:7.1f}", flush=True)
            before = segments


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else "auto")  # noqa: PLR2004
