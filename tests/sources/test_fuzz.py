"""Hundreds of mutated files in every format: each gives rows or a plain error."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

EVERY_RUN, NIGHTLY = 25, 2000


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer, as a process of its own: it forks, which this one's threads forbid."""
    return subprocess.run(
        [sys.executable, str(ROOT / "tests/fuzz/run.py"), *arguments],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="forks, and measures memory as Linux tells it")
@pytest.mark.parametrize("count", [EVERY_RUN, pytest.param(NIGHTLY, marks=pytest.mark.nightly)])
def test_no_mutated_file_ends_in_anything_but_rows_or_a_plain_error(count):
    done = run("--count", str(count), "--seed", "2026")
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    words = next(line for line in done.stdout.splitlines() if line.startswith("all ")).split()
    read, refused, failed = (int(word.replace(",", "")) for word in words[1:])
    assert (read + refused, failed) == (count, 0)
    # Were nearly all refused at once, little would be tried.
    assert read > count / 5
