"""Tell the hooks of `[monthly]` how a run-all went."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from custseg.cli.failing import failure_of
from custseg.errors import CustsegError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custseg.cli.failing import Failure
    from custseg.cli.invocation import Invocation
    from custseg.pipeline.outcomes import Outcome
    from custseg.settings import MonthlySettings


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
        The settings cannot be read, so that no hook is known.
    """
    # Read before any option is looked at: one that does not fit is told to the hook too.
    hooks = run.settings().monthly
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
        error=(failure.message, failure.hint) if failure else None,
    )
    printed = run.hook_said if run.log_format() == "json" else None
    if problem := notify(target, report, settings.hook_timeout, printed):
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
