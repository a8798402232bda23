"""The option that says which column is which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, get_args

import typer

from custseg.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from custseg.cli.invocation import Invocation
    from custseg.settings import CanonicalField

ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help='Your column for one of ours: order_id="Order Number", or its number if '
        "columns have no names. Can be repeated.",
        show_default=False,
    ),
]


def parse_column_options(options: list[str]) -> dict[CanonicalField, str | tuple[str, ...]]:
    """Read `FIELD=Column` options; a field that comes again has several columns.

    Raises
    ------
    UsageError
        An option has another form, or names a field that is none of ours.
    """
    from custseg.settings import CanonicalField

    fields: tuple[CanonicalField, ...] = get_args(CanonicalField)
    found: dict[CanonicalField, tuple[str, ...]] = {}
    for option in options:
        written, equals, column = (part.strip() for part in option.partition("="))
        if not equals or not column or not written:
            raise UsageError(
                f'--column {option}: has the form FIELD="Column".',
                'Such as --column order_id="Order Number"',
            )
        field = next((known for known in fields if known == written.lower()), None)
        if field is None:
            raise UsageError(
                f'--column {option}: "{written}" is none of ours{did_you_mean(written, fields)}.',
                f"Ours are: {', '.join(fields)}.",
            )
        found[field] = tuple(dict.fromkeys((*found.get(field, ()), column)))
    return {field: names[0] if len(names) == 1 else names for field, names in found.items()}


def override_columns(run: Invocation, options: list[str] | None) -> None:
    """Let --column say more than custseg.toml does, and override it."""
    if options:
        run.options["source.columns"] = {
            # As JSON has it: options are kept in the manifest.
            field: [column] if isinstance(column, str) else list(column)
            for field, column in parse_column_options(options).items()
        }
