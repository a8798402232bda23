"""One Spark, here and behind Spark Connect, for all tests of engines in a process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LITTLE: dict[str, Any] = {
    "spark.master": "local[2]",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    # Of a few hundred rows, compiling takes far longer than computing.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -Xss4m",
}


@pytest.fixture(scope="session")
def java() -> None:
    """Spark needs Java; skips where there is none, unless it is required."""
    found = shutil.which("java") is not None
    try:
        import pyspark  # noqa: F401
    except ImportError:
        found = False
    if not found:
        if os.environ.get("CUSTSEG_REQUIRE_SPARK") == "1":
            pytest.fail("Java and pyspark are required and absent")
        pytest.skip("no Java or no pyspark on this machine")


@pytest.fixture(scope="session")
def connect_url(
    java: None,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of a Spark Connect server of this session."""
    process, url = start_connect_server(tmp_path_factory.mktemp("connect"))
    yield url
    process.terminate()
    process.wait(30)


def start_connect_server(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server and wait until it listens."""
    import pyspark

    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = os.path.dirname(pyspark.__file__)  # noqa: PTH120
    given = LITTLE | {
        "spark.connect.grpc.binding.port": str(port),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.sql.warehouse.dir": str(folder),
    }
    options = [part for key, value in given.items() for part in ("--conf", f"{key}={value}")]
    command = [
        f"{home}/bin/spark-submit",
        *options,
        "--class",
        "org.apache.spark.sql.connect.service.SparkConnectServer",
        "spark-internal",
    ]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"sc://127.0.0.1:{port}"
        time.sleep(0.2)
    raise AssertionError("the server does not listen")
