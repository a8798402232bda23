"""Which hooks a settings file brings with it: they run only where the user trusts the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from pydantic_settings import EnvSettingsSource

from custseg.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from custseg.settings import MonthlySettings

_HOOKS: Final = ("on_success", "on_failure")


def hooks_of_file(settings: MonthlySettings) -> dict[str, str]:
    """Return the hooks in force that the user's own variables don't set: a file brought them."""
    variables = _variables()
    hooks = {name: getattr(settings, name) for name in _HOOKS if name not in variables}
    return {name: hook for name, hook in hooks.items() if hook}


def subject(path: Path, name: str, settings: MonthlySettings) -> str:
    """Return all that trust in a file's hook holds for.

    That is where the file is, what it runs when, and which secrets it is given.
    """
    passed = () if "hook_environment" in _variables() else settings.hook_environment
    return json.dumps([str(path.resolve()), name, getattr(settings, name), sorted(passed)])


def _variables() -> Container[str]:
    """The keys of the section that the user's own variables set."""
    return EnvSettingsSource(Settings)().get("monthly") or {}
