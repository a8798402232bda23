"""Puts Vega's script into the package as it is built, so that pages need no vl-convert."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VEGA = "src/custseg/report/html/vega.py"


class VegaHook(BuildHookInterface):
    """Makes the script that `custseg.report.html.vega` reads."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  (hatchling's signature)
        """Make it before the files of the package are gathered."""
        made = runpy.run_path(str(Path(self.root) / VEGA))
        made["SCRIPT"].write_text(made["bundle"](), encoding="utf-8")
        # Git ignores it, and so would hatchling.
        build_data["artifacts"].append(str(made["SCRIPT"].relative_to(self.root)))
