"""Settings of how a run goes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from custseg.settings.section import Section


class RunSettings(Section):
    """How much a run does."""

    thorough: bool = Field(
        True,
        exclude=True,
        description="Do the side studies too: every criterion for k, validation, back-tests",
    )
    workers: int | None = Field(
        None,
        ge=1,
        le=1024,
        exclude=True,
        description="Processes that resample, and run stages side by side; default: all cores",
    )
    lock_timeout: float = Field(
        0.0,
        ge=0,
        exclude=True,
        description="Seconds to wait for another run in the same workspace to end",
    )
    log_format: Literal["text", "json"] = Field(
        "text", exclude=True, description="How progress and errors are written to stderr"
    )


class EngineSettings(Section):
    """The engine that works on order lines: the embedded DuckDB, unless you name another."""

    backend: Literal["duckdb", "spark", "postgres"] = Field(
        "duckdb",
        description="What computes on order lines; spark and postgres need custseg[spark] or "
        "custseg[postgres]",
    )
    url: str | None = Field(
        None,
        exclude=True,
        repr=False,
        description='Address of Spark (spark://…, sc://… for Spark Connect; default: "local[*]") '
        "or of PostgreSQL (postgresql://…; default: where the orders are)",
    )
    lines: str | None = Field(
        None,
        exclude=True,
        description="With Spark: a folder to write order lines to as Parquet, for other jobs too "
        "(hdfs://…, s3a://…, a path); default: Spark keeps them for the run, in memory "
        "and on its disks",
    )
    memory_limit: str | None = Field(
        None,
        pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$",
        description='Memory it may use before it spills to disk, such as "4GB"; default: half of '
        "what the process may use (control groups and ulimit heeded), at most 1.8 GB",
    )
    threads: int | None = Field(
        None, ge=1, le=1024, description="Threads it may use; default: all cores"
    )
