"""The model at many customers: select-k, criteria and fit, and the stages that read all customers.

Usage: python benchmarks/model_scale.py FEATURES.parquet [CUSTOMERS...]
FEATURES is the artifact `features` of a workspace of Online Retail. Customers are drawn from it
with replacement, their figures jittered (seeded). Each size runs in a process of its own; its
seconds of the clock and of processors, and the peak memory (resident) of all its processes
together, are printed. Reading the artifact is part of the first stage, as it is of the commands.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from custseg.artifacts import ARTIFACTS
from custseg.engine.parquet import read_frame, write
from measuring import Peak, family

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZES: Final = (4_000, 200_000, 2_000_000)
_JITTER: Final = 0.05
_PART: Final = 200_000
_WHOLE: Final = ("recency_days", "frequency", "tenure_days", "active_days", "distinct_products")


def resampled(features: pd.DataFrame, customers: int, seed: int = 1) -> pd.DataFrame:
    """So many customers like those given, each a little different."""
    draw = np.random.default_rng(seed)
    parts = []
    for start in range(0, customers, _PART):
        count = min(_PART, customers - start)
        part = features.iloc[draw.integers(len(features), size=count)].reset_index(drop=True)
        for name in part.columns[part.dtypes == "float64"]:
            part[name] *= np.exp(draw.normal(0, _JITTER, count))
        for name in _WHOLE:
            jittered = part[name] * np.exp(draw.normal(0, _JITTER, count))
            part[name] = np.maximum(np.rint(jittered), part[name].min()).astype("int64")
        part["tenure_days"] = np.maximum(part["tenure_days"], part["recency_days"])
        part["monetary"] = (part["average_order_value"] * part["frequency"]).round(2)
        part["customer_id"] = [f"{number:09}" for number in range(start, start + count)]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def measure(path: Path) -> None:
    """Run the stages one after the other and print a JSON line for each."""
    from custseg.segments.model.criteria import study_k
    from custseg.segments.model.monthly import segment
    from custseg.segments.model.reduce import reduce
    from custseg.segments.model.sampling import columns_seen
    from custseg.segments.model.select_k import select_k
    from custseg.settings import ModelSettings

    memory = Peak(os.getpid())

    def timed(name: str, run: Callable[[], Any]) -> Any:  # noqa: ANN401
        clock, before = time.perf_counter(), _processors()
        memory.restart()
        made = run()
        row = {
            "stage": name,
            "seconds": time.perf_counter() - clock,
            "processors": _processors() - before,
            "peak_gb": memory.bytes / 1e9,
        }
        print(json.dumps(row), flush=True)
        return made

    features = timed("read", lambda: read_frame(path, columns_seen(ModelSettings())))
    chosen = timed("select-k", lambda: select_k(features))
    decided = (chosen.k_scores, chosen.k_reason, chosen.structure)
    timed("criteria", lambda: study_k(features, *decided))
    fitted = timed("fit", lambda: segment(features, chosen.k, "2024-01-01"))
    before = {"previous_model": fitted.model, "previous_pipeline": b""}
    timed("fit next", lambda: segment(features, chosen.k, "2024-02-01", **before))
    timed("reduce", lambda: reduce(features))
    print(json.dumps({"stage": "k", "k": chosen.k}), flush=True)


def _processors() -> float:
    """Seconds of processors that this process and its children have used."""
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    return gone.ru_utime + gone.ru_stime + sum(map(_used, family(os.getpid())))


def _used(pid: int) -> float:
    try:
        figures = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, figures[11:13])) / os.sysconf("SC_CLK_TCK")


def main(source: Path, sizes: list[int]) -> None:
    """Make the tables, run each size and print the figures."""
    print("customers  stage         seconds  processors  peak GB")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.parquet"
            with path.open("wb") as sink:
                made = pa.Table.from_pandas(resampled(read_frame(source), size))
                write(made, ARTIFACTS["features"], sink)
            command = [sys.executable, __file__, "--one", str(path)]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            for line in said.splitlines():
                row = json.loads(line)
                if "k" in row:
                    print(f"{size:>9,}  k = {row['k']}", flush=True)
                    continue
                figures = f"{row['seconds']:7.1f}  {row['processors']:10.1f}  {row['peak_gb']:7.2f}"
                print(f"{size:>9,}  {row['stage']:<12}  {figures}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        measure(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]] or list(_SIZES))
