"""Tell the hooks of `[monthly]` how a run-all went."""

from __future__ import annotations

import json
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import typer

from custseg.cli.failing import failure_of
from custseg.errors import CustsegError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from custseg.cli.failing import Failure
    from custseg.cli.invocation import Invocation
    from custseg.pipeline.outcomes import Outcome
    from custseg.settings import MonthlySettings

TRUST: Final = "hooks"
"""As what trust in a settings file's hooks is kept."""


@dataclass
class Told:
    """What a run has to tell, filled in as it goes on."""

    outcomes: Sequence[Outcome] = ()
    published: str | None = None
    """The snapshot that it published."""
    conditions: list[str] = field(default_factory=list)
    """Those of `--fail-on` that are met, whether asked for or not."""


@contextmanager
def notifying(run: Invocation) -> Iterator[Told]:
    """Call `[monthly] on_success` or `on_failure` when what is done inside ends.

    A hook that fails is a warning. What ended the run goes on to whoever handles errors.

    Raises
    ------
    SettingsError
        The settings cannot be read, so that no hook is known, or a file brings hooks that the
        user has not trusted.
    """
    # Read before any option is looked at: one that does not fit is told to the hook too.
    hooks = run.settings().monthly
    _refuse_untrusted(hooks, run.config)
    told, started = Told(), datetime.now(UTC)
    try:
        yield told
    except (typer.Exit, typer.Abort):
        raise
    except (Exception, KeyboardInterrupt) as error:
        run.stop_listening()
        _notify(run, hooks, told, started, failure_of(error, run.signals, debug=run.debug))
        raise
    else:
        _notify(run, hooks, told, started, None)


def _refuse_untrusted(settings: MonthlySettings, config: Path | None) -> None:
    """Refuse hooks that a settings file brings and that the user has not trusted."""
    from custseg.settings.hooks import hooks_of_file, subject
    from custseg.settings.loading import settings_path
    from custseg.workspace.trusted import confirmed

    hooks, path = hooks_of_file(settings), settings_path(config)
    if path is None or all(confirmed(TRUST, subject(path, name, settings)) for name in hooks):
        return
    raise SettingsError(
        f"{path}: its hooks have not been trusted on this machine, or have changed since:\n"
        + "\n".join(shown(hooks, settings)),
        f"Nothing was run. If these are yours: custseg trust {shlex.quote(str(path))}",
    )


def shown(hooks: Mapping[str, str], settings: MonthlySettings) -> list[str]:
    """Return a line for each hook, exactly as it is set, and what secrets they are given."""
    lines = [f"  {name} = {json.dumps(hook, ensure_ascii=False)}" for name, hook in hooks.items()]
    passed = settings.hook_environment
    return [*lines, *([f"  hook_environment = {json.dumps(passed)}"] if passed else [])]


def _notify(
    run: Invocation,
    settings: MonthlySettings,
    told: Told,
    started: datetime,
    failure: Failure | None,
) -> None:
    target = settings.on_failure if failure else settings.on_success
    if not target:
        return
    from custseg.pipeline.hooks import notify, run_report

    report = run_report(
        workspace=run.folder.resolve().name,
        exit_code=failure.exit_code if failure else 0,
        started=started,
        finished=datetime.now(UTC),
        outcomes=told.outcomes,
        facts=_facts(run, told),
        published=told.published,
        conditions=told.conditions,
        error=(failure.told_outside, failure.hint) if failure else None,
    )
    printed = run.hook_said if run.log_format() == "json" else None
    problem = notify(target, report, settings.hook_timeout, printed, settings.hook_environment)
    if problem:
        run.warn(problem)


def _facts(run: Invocation, told: Told) -> dict[str, Any]:
    """What the stages found that have run; of the others the manifest knows the run before.

    Nothing where it cannot be read, which is told as the error.
    """
    try:
        records = run.workspace.manifest().stages
    except CustsegError:
        return {}
    done = [records[one.stage] for one in told.outcomes if one.stage in records]
    return {name: value for record in done for name, value in record.facts.items()}
