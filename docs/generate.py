"""Write the reference pages from the code: python docs/generate.py. A test keeps them current."""

from __future__ import annotations

import inspect
from pathlib import Path

from typer.models import ArgumentInfo, OptionInfo

from custseg import errors
from custseg.artifacts import ARTIFACTS
from custseg.cli.app import app
from custseg.pipeline.stages import STAGES, WRITERS
from custseg.settings import Settings
from custseg.settings.loading import documented

FOLDER = Path(__file__).parent


COMMANDS_INTRO = """\
Every command takes `--workspace`/`-w` (default `./custseg-workspace`, or `$CUSTSEG_WORKSPACE`),
`--config`, `--quiet`, `--json`, `--debug` and `--help`; `--lock-timeout SECONDS` waits for another
run in the workspace, `--log-format json` makes stderr a JSON object per line ([cron](cron.md)).
Results go to stdout, progress and errors to stderr; `NO_COLOR` is honoured. A terminal gets tables
with small bars beside some figures. Where it is narrow, the bars go first, then some columns, and a
last line names these columns. A pipe gets every column, separated by tabs, and no bars.

With `--json`, stdout is one object. Its `format` is 1; the number is raised when a program that
reads the object could read it wrong. A stage's command gives `stage`, `fresh`, the facts that it
found, the number of `rows` of each artifact, the `files` of all of them, and the artifacts
themselves by name: every row, with the columns that [artifacts](artifacts.md) lists, amounts as
exact decimals in text, times in ISO 8601, and `null` where there is no value. Tables with a row per
customer or order line are given as files only. A JSON artifact is given as it is.

Options that `run-all` or a single command was given hold for the single commands after it:
`custseg value` after `custseg run-all --as-of 2011-09-10` shows the value as of that date. A new
`run-all` goes by its own options only."""
SETTINGS_INTRO = """\
In `custseg.toml` (`custseg init` writes one), as variables (`CUSTSEG_MODEL__K=5`, lists as JSON),
and some as options. Options win over variables, variables over the file, the file over the
defaults. Unknown keys are refused."""
ARTIFACTS_INTRO = """\
What lies in a workspace. Tables are Parquet; each column's description is in its schema's metadata
too. A column's kind says what it holds: an id, money (in the shop's currency), a share of a whole,
a count, another number, a time, a flag or text. Exact money is `decimal(18,4)`, amounts that a
model estimates are `double`; times are the shop's local time.
`manifest.json` records where each came from."""


def commands() -> str:
    """Return docs/commands.md."""
    parts = ["# Commands", COMMANDS_INTRO]
    for info in app.registered_commands:
        assert info.callback is not None
        name = (info.name or info.callback.__name__).replace("_", "-")
        text = inspect.getdoc(info.callback) or ""
        parts += [f"## custseg {name}", text.replace("Example: ", "Example:\n\n    ")]
        if stage := STAGES.get(name):
            reads = ", ".join(f"`{artifact}`" for artifact in stage.reads) or "the source"
            writes = ", ".join(f"`{artifact}`" for artifact in stage.writes)
            sections = ", ".join(f"`[{section}]`" for section in stage.sections)
            used = f" Settings: {sections}." if sections else ""
            parts.append(f"Reads {reads}; writes {writes}.{used}")
        if options := _options(info.callback):
            parts.append("\n".join(options))
    return "\n\n".join([*parts, _exit_codes()]) + "\n"


def settings() -> str:
    """Return docs/settings.md."""
    parts = ["# Settings", SETTINGS_INTRO]
    current = ""
    for section, key, default, meaning in documented():
        if section != current:
            model = Settings.model_fields[section].annotation
            table = "| key | default | meaning |\n| --- | --- | --- |"
            parts.append(f"## [{section}]\n\n{inspect.getdoc(model)}\n\n{table}")
            current = section
        told = meaning.replace("|", "\\|")
        parts[-1] += f"\n| `{key}` | {f'`{default}`' if default else 'not set'} | {told} |"
    return "\n\n".join(parts) + "\n"


def artifacts() -> str:
    """Return docs/artifacts.md."""
    parts = ["# Artifacts", ARTIFACTS_INTRO]
    for artifact in ARTIFACTS.values():
        personal = " Holds personal data." if artifact.personal else ""
        parts.append(
            f"## {artifact.file}\n\n{artifact.description}; made by "
            f"`custseg {WRITERS[artifact.name].name}`.{personal}"
        )
        if artifact.columns:
            rows = [
                f"| `{c.name}` | {c.type} | {c.kind} | {c.description} |" for c in artifact.columns
            ]
            head = ["| column | type | kind | meaning |", "| --- | --- | --- | --- |"]
            parts.append("\n".join([*head, *rows]))
    return "\n\n".join(parts) + "\n"


def _options(callback: object) -> list[str]:
    """A line for each option of a command's own."""
    common = {"workspace", "config", "quiet", "json_", "debug", "lock_timeout", "log_format"}
    lines = []
    for name, parameter in inspect.signature(callback).parameters.items():  # type: ignore[arg-type]
        for info in getattr(parameter.annotation, "__metadata__", ()):
            if name not in common and isinstance(info, OptionInfo | ArgumentInfo):
                # Inside Annotated, Typer keeps an option's first name as its default.
                option = info.default if isinstance(info, OptionInfo) else name.upper()
                # A bracket is escaped for Rich, which would take it for markup.
                told = (info.help or "").replace("\\[", "[")
                lines.append(f"- `{option}`: {told}")
    return lines


def _exit_codes() -> str:
    table = (inspect.getdoc(errors) or "").partition("\n\n")[2]
    return f"## Exit codes\n\n{table}"


PAGES = {"commands.md": commands, "settings.md": settings, "artifacts.md": artifacts}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (FOLDER / file).write_text(page(), encoding="utf-8")
