"""The command line. Importing it costs no more than Typer: the work is imported when it starts."""

from custseg.cli import (  # noqa: F401  (they add their commands to `app`)
    columns,
    comparison,
    customers,
    lists,
    offers,
    past,
    reports,
    runs,
    stages,
)
from custseg.cli.app import app, main

__all__ = ["app", "main"]
