"""Open the engine that the settings name: its libraries are loaded only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from custseg.engine.base import Engine
    from custseg.settings import EngineSettings


def open_engine(
    settings: EngineSettings, spill: Path, token: str = "", url: str | None = None
) -> Engine:
    """Open an engine.

    Parameters
    ----------
    settings
        The `[engine]` settings.
    spill
        A folder for what it cannot hold in memory.
    token
        The workspace's, by which a killed run's session is known.
    url
        Where the orders are, if `[engine] url` does not say where the engine is.

    Raises
    ------
    MissingLibraryError
        Its library is not installed.
    DataError
        It cannot be reached.
    SettingsError
        It is not said where it is.
    """
    match settings.backend:
        case "duckdb":
            from custseg.engine.duckdb import DuckDB

            return DuckDB(settings, spill)
        case "spark":
            from custseg.engine.spark import Spark

            return Spark(settings, spill, token)
        case "postgres":
            from custseg.engine.postgres import PostgreSQL

            address = settings.url or url
            if not address:
                raise SettingsError(
                    '[engine] backend = "postgres" computes where the orders are, and these are '
                    "in no PostgreSQL.",
                    "Name a source postgresql://…, or the server: [engine] url.",
                )
            return PostgreSQL(address, token)
