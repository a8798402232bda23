"""The command line. Importing it costs no more than Typer: the work is imported when it starts."""

# Each module adds its commands to `app`; help lists them in this order.
# isort: off
from custseg.cli import runs as runs
from custseg.cli import stages as stages
from custseg.cli import offers as offers
from custseg.cli import reports as reports
from custseg.cli import columns as columns
from custseg.cli import lists as lists
from custseg.cli import campaigns as campaigns
from custseg.cli import publishing as publishing
from custseg.cli import customers as customers
from custseg.cli import model_sql as model_sql
from custseg.cli import people as people
from custseg.cli import comparison as comparison
from custseg.cli import history as history
from custseg.cli import trusting as trusting
from custseg.cli import verifying as verifying

# isort: on
from custseg.cli.app import app, main

__all__ = ["app", "main"]
