"""The engine of a run, and the order lines that stay in it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from custseg.settings.locations import is_lake
from custseg.sources.databases.address import is_server
from custseg.sources.files.confirming import settle_engine
from custseg.sources.files.places import only_parquet
from custseg.workspace.leftovers import token_of
from custseg.workspace.manifest import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir

    from custseg.engine.base import Engine
    from custseg.settings import EngineSettings
    from custseg.workspace.manifest import Source
    from custseg.workspace.workspace import Workspace


def stays(source: Source | None, settings: EngineSettings) -> bool:
    """Whether a source's order lines stay where they are, and are cleaned and measured there."""
    if source is None:
        return False
    if settings.backend == "spark":
        return is_lake(source.location) or (not source.others and only_parquet(source.location))
    return settings.backend == "postgres" and is_server(source.location)


@dataclass
class Computing:
    """The engine of one run: opened when it is first needed, and closed by the run."""

    workspace: Workspace
    settings: EngineSettings
    stored: dict[str, ir.Table] = field(default_factory=dict, init=False)
    """Artifacts that stay in the engine, as far as this run has made them."""
    address: str | None = field(default=None, init=False)
    """Of the source, with its secrets."""

    @cached_property
    def engine(self) -> Engine:
        """The engine.

        Raises
        ------
        CustsegError
            It cannot be had, or what custseg.toml says of where it is was never confirmed.
        """
        from custseg.engine.opening import open_engine

        if self.settings.backend != "duckdb":
            url, lines = self.settings.url, self.settings.lines
            if url and not url.startswith("local"):
                settle_engine("url", url, self.workspace.root)
            if lines:
                settle_engine("lines", lines, self.workspace.root)
        token = token_of(self.workspace.root)
        return open_engine(self.settings, self.workspace.scratch, token, self.address)

    def keep(self, artifact: str, table: ir.Table) -> Output:
        """Compute an artifact where it stays, and say what it is without moving it."""
        self.stored[artifact] = self.engine.store(table, artifact)
        rows, digest = self.engine.fingerprint(self.stored[artifact])
        self.workspace.path(artifact).unlink(missing_ok=True)
        return Output(digest, 0, rows, elsewhere=True)

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Raise what the engine fails with, if there is one by then, as a user can read it."""
        try:
            yield
        except Exception as error:
            if "engine" in self.__dict__ and isinstance(error, self.engine.errors):
                raise self.engine.failure(error) from None
            raise

    def close(self) -> None:
        """End it, and all that is stored in it."""
        self.stored.clear()
        if "engine" in self.__dict__:
            self.engine.close()
            del self.__dict__["engine"]
