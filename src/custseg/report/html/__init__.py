"""The report as one page that asks no host for anything."""

from custseg.report.html.rendering import render

__all__ = ["render"]
