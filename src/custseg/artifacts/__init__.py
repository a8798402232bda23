"""The table of artifacts: what lies in a workspace, column by column.

Light on purpose: nothing here imports pyarrow until a schema is asked for, so the command line and
`custseg status` can read the table at no cost.
"""

from __future__ import annotations

from typing import Final

from custseg.artifacts import (
    campaigns,
    cleaning,
    customers,
    model,
    movement,
    outlook,
    past,
    profiles,
    report,
)
from custseg.artifacts.cleaning import ORDER_LINE_NAMES
from custseg.artifacts.model import FEATURES, MODEL_FEATURES, NUMERIC_FEATURES, OUTLOOK_FEATURES
from custseg.artifacts.table import MONEY, MONEY_SCALE, Artifact

__all__ = [
    "ARTIFACTS",
    "FEATURES",
    "MODEL_FEATURES",
    "MONEY",
    "MONEY_SCALE",
    "NUMERIC_FEATURES",
    "ORDER_LINE_NAMES",
    "OUTLOOK_FEATURES",
    "Artifact",
]

_ALL: Final = (
    *cleaning.ARTIFACTS,
    *model.ARTIFACTS,
    *profiles.ARTIFACTS,
    *movement.ARTIFACTS,
    *past.ARTIFACTS,
    *outlook.ARTIFACTS,
    *customers.ARTIFACTS,
    *campaigns.ARTIFACTS,
    *report.ARTIFACTS,
)
ARTIFACTS: Final = {artifact.name: artifact for artifact in _ALL}
