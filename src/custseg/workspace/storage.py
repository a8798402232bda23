"""Artifacts as files: tables as Parquet, all else as what it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from custseg.artifacts.table import load
from custseg.workspace.files import PRIVATE_FILE
from custseg.workspace.inside import read_own

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from custseg.artifacts import Artifact
    from custseg.engine.parquet import Part


def read(path: Path, artifact: Artifact, columns: list[str] | None = None) -> Any:  # noqa: ANN401
    """Read an artifact: a data frame, of some columns only, or an object that a JSON file holds."""
    if artifact.storage == "json":
        from pydantic import TypeAdapter

        adapter: TypeAdapter[Any] = TypeAdapter(load(artifact.holds))
        return adapter.validate_json(read_own(path, path.parent))
    from custseg.engine.parquet import read_frame

    return read_frame(path, columns)


def write(data: Any, artifact: Artifact, stream: BinaryIO) -> int | None:  # noqa: ANN401
    """Write an artifact that is a single file, to the disk; returns its rows if it is a table."""
    rows = _write(data, artifact, stream)
    _sync(stream)
    return rows


def write_halves(
    placed: Iterator[list[Part]], by: str, *artifacts: tuple[Artifact, BinaryIO]
) -> tuple[int, int]:
    """Write two artifacts at once, to the disk, in the order in which their rows come."""
    from custseg.engine import parquet

    written = parquet.write_halves(placed, by, *artifacts)
    for _, stream in artifacts:
        _sync(stream)
    return written


def _sync(stream: BinaryIO) -> None:
    # Here, not when the file takes its place: a full disk must stop all of a stage's artifacts.
    stream.flush()
    os.fsync(stream.fileno())


def _write(data: Any, artifact: Artifact, stream: BinaryIO) -> int | None:  # noqa: ANN401
    match artifact.storage:
        case "table":
            from custseg.engine import parquet

            return parquet.write(data, artifact, stream)
        case "pickle":
            import joblib

            if isinstance(data, bytes):
                stream.write(data)
            else:
                joblib.dump(data, stream)
        case "json":
            from pydantic import TypeAdapter

            stream.write(TypeAdapter(type(data)).dump_json(data))
        case _:
            stream.write(data)
    return None


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write private files, by their names, into a folder."""
    for name, content in files.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
