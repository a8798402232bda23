"""Write the reference pages from the code: python docs/generate.py. A test keeps them current."""

from __future__ import annotations

import inspect
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from typer.models import ArgumentInfo, OptionInfo

import custseg
from custseg import errors
from custseg.artifacts import ARTIFACTS
from custseg.cli.app import app
from custseg.pipeline.stages import STAGES, WRITERS
from custseg.settings import Settings
from custseg.settings.loading import documented
from custseg.sources.columns.exports import EXPORTS, FIELDS, Export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).parent


API_INTRO = """\
[Segmentation](notebook.md) does what `run-all` does on a table, and `load` opens what a run made.
Beneath them the stages are functions on tables:

```python
import tempfile
from pathlib import Path

import custseg

orders = custseg.read_orders(Path("orders.xlsx"), scratch=Path(tempfile.mkdtemp()))
cleaned = custseg.clean(orders.raw, orders.preset)
features = custseg.features(cleaned.transactions, cleaned.removed, cleaned.as_of)

from custseg.engine.base import fetch_frame  # the model's stages take data frames

customers = fetch_frame(features.order_by("customer_id"))
fitted = custseg.fit(customers, k=custseg.select_k(customers).k)
lists = custseg.recommend(cleaned.transactions, cleaned.removed, cleaned.as_of)
```"""
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


EXPORTS_INTRO = """\
These need no mapping: custseg knows them by their columns, whatever the order of columns, capitals,
blanks and hyphens. Where several fit, the one with most columns is it. Each is an entry of
`src/custseg/sources/columns/exports.toml`, which says how to add one.

Of several columns of a field, the first that is not empty counts; of the customer's, the first that
is somebody; those of `ordered_at` are joined. What a file lacks is left out. `billing.email` is a
field of an object or structure within the row, `line_items.sku` one of each element of the list
that makes the rows, `refunds[].total` the sum over a list. Which [statuses](sources.md#statuses) do
not count, and [what a line is worth](sources.md#what-a-line-is-worth), is the same for all."""
PRESTASHOP_QUERY = """\
## PrestaShop's query

*Advanced Parameters → Database → SQL Manager*, with your own table prefix; state names in language
1:

```sql
SELECT o.id_order, c.email, o.date_add, s.name AS status, k.iso_code AS country,
       u.iso_code AS currency, d.product_reference, d.product_name, d.product_quantity,
       d.total_price_tax_excl, o.total_discounts_tax_excl
FROM ps_orders o
JOIN ps_order_detail d ON d.id_order = o.id_order
JOIN ps_customer c ON c.id_customer = o.id_customer
JOIN ps_order_state_lang s ON s.id_order_state = o.current_state AND s.id_lang = 1
JOIN ps_address a ON a.id_address = o.id_address_invoice
JOIN ps_country k ON k.id_country = a.id_country
JOIN ps_currency u ON u.id_currency = o.id_currency
```"""


def known_exports() -> str:
    """Return docs/known-exports.md."""
    parts = ["# Known exports", EXPORTS_INTRO]
    for export in EXPORTS:
        told = ", ".join(f"`{name}`" for name in export.telling)
        told += "".join(f"; `{name}` is like `{text}`" for name, text in export.values.items())
        parts.append(f"## {export.title}\n\n{_wrapped(export.note)}\n\nKnown by {told}.")
        if rows := list(_export_rows(export)):
            head = ["| field | column | |", "| --- | --- | --- |"]
            parts.append("\n".join([*head, *rows]))
        parts += _export_rules(export)
        parts.append(f"*From:* {export.origin}")
    return "\n\n".join([*parts, PRESTASHOP_QUERY]) + "\n"


def _wrapped(text: str) -> str:
    return fill(text, 100, break_long_words=False, break_on_hyphens=False)


def _export_rows(export: Export) -> Iterator[str]:
    """A line for each field, but of our own names."""
    if all(columns == (name,) for name, columns in export.columns.items()):
        return
    for field in FIELDS:
        if field in export.columns:
            between = " + " if field == "ordered_at" else ", else "
            columns = between.join(f"`{name}`" for name in export.columns[field])
            remarks = []
            if field == "customer_id" and export.people:
                remarks.append("hashed")
            if field in export.rules.minor_units:
                remarks.append("in whole minor units")
            if field == "quantity" and export.rules.quantity_less:
                remarks.append(f"less `{export.rules.quantity_less}`")
            if field == "status" and export.rules.paid:
                remarks.append("paid where there is a date, else unpaid")
            if field == "order_refunded" and export.rules.refunds_name_order:
                remarks.append("names the order that a row below zero refunds")
            yield f"| `{field}` | {columns} | {'; '.join(remarks)} |"


def _export_rules(export: Export) -> list[str]:
    """What else holds for an export's rows."""
    rules = export.rules
    told = [
        "Rows that are read: "
        + ", or ".join(
            " and ".join(f"`{name}` is like `{text}`" for name, text in patterns.items())
            for patterns in rules.only
        )
        + "."
        if rules.only
        else "",
        "What belongs to an order stands on its first line, and holds for all."
        if export.filled_down
        else "",
        "Statuses: " + ", ".join(f"{a} is {b}" for a, b in rules.statuses.items()) + "."
        if rules.statuses
        else "",
        f"Where the total is below zero, the customer is `{rules.customer_of_refunds}`."
        if rules.customer_of_refunds
        else "",
        "Decimals other than by ISO 4217: "
        + ", ".join(f"{code} {number}" for code, number in rules.minor_unit_of.items())
        + "."
        if rules.minor_unit_of
        else "",
    ]
    text = " ".join(filter(None, told)).replace("|", "\\|")
    return [text] if text else []


def commands() -> str:
    """Return docs/commands.md."""
    parts = ["# Commands", COMMANDS_INTRO]
    for name, callback in named_commands():
        text = inspect.getdoc(callback) or ""
        parts += [f"## custseg {name}", text.replace("Example: ", "Example:\n\n    ")]
        if stage := STAGES.get(name):
            reads = ", ".join(f"`{artifact}`" for artifact in stage.reads) or "the source"
            writes = ", ".join(f"`{artifact}`" for artifact in stage.writes)
            sections = ", ".join(f"`[{section}]`" for section in stage.sections)
            used = f" Settings: {sections}." if sections else ""
            parts.append(f"Reads {reads}; writes {writes}.{used}")
        if options := _options(callback):
            parts.append("\n".join(options))
    return "\n\n".join([*parts, _exit_codes()]) + "\n"


def named_commands() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every command by what is typed after custseg; those of a group after the group."""
    for info in app.registered_commands:
        assert info.callback is not None
        yield (info.name or info.callback.__name__).replace("_", "-"), info.callback
    for group in app.registered_groups:
        assert group.name is not None
        assert group.typer_instance is not None
        head = group.typer_instance.registered_callback
        if head is not None and head.callback is not None:
            yield group.name, head.callback
        for info in group.typer_instance.registered_commands:
            assert info.callback is not None
            yield f"{group.name} {info.name or info.callback.__name__}", info.callback


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


def api() -> str:
    """Return docs/api.md."""
    names = [name for name in custseg.__all__ if name != "__version__"]
    rows = [f"| `{name}` | {_first_line(getattr(custseg, name))} |" for name in names]
    listed = "\n".join(["| name | what it does |", "| --- | --- |", *rows])
    # scikit-learn makes them on every estimator; they say nothing of this one.
    members = ":members:\n   :exclude-members: set_fit_request, set_predict_request"
    directives = "\n\n".join(
        f".. autoclass:: custseg.{name}\n   {members}"
        if inspect.isclass(getattr(custseg, name))
        else f".. autofunction:: custseg.{name}"
        for name in names
    )
    in_full = f"## In full\n\n```{{eval-rst}}\n{directives}\n```"
    return f"# Python\n\n{API_INTRO}\n\n{listed}\n\n{in_full}\n"


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


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


PAGES = {
    "commands.md": commands,
    "settings.md": settings,
    "artifacts.md": artifacts,
    "known-exports.md": known_exports,
    "api.md": api,
}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (FOLDER / file).write_text(page(), encoding="utf-8")
