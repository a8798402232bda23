"""Commands about what a customer can ask of the shop: to be forgotten, left out, or told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command

if TYPE_CHECKING:
    from custseg.privacy.receipt import Kind

CustomersArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CUSTOMER...",
        help="Customers as the orders name them; - reads them from standard input, one per line.",
        show_default=False,
    ),
]
FileOption = Annotated[
    Path | None,
    typer.Option("--file", help="A file with one customer per line.", show_default=False),
]


@app.command()
@command
def forget(
    run: Invocation,
    customer: CustomersArgument = None,
    file: FileOption = None,
    verify: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option("--verify", help="Search every file of the workspace for them afterwards."),
    ] = False,
) -> None:
    """Erase customers from everything in the workspace, for good.

    Their orders are deleted from every table, published snapshot and list, and are not read again:
    for that the workspace keeps a keyed hash of each customer. A receipt says what was erased
    where. The report and its charts are deleted; custseg run-all makes new ones.

    Example: custseg forget 12347 --verify
    """
    _leave_out(run, _named(customer, file), "forget", verify=verify)


@app.command("object")
@command
def object_(
    run: Invocation,
    customer: CustomersArgument = None,
    file: FileOption = None,
    withdraw: Annotated[  # noqa: FBT002  (Typer flags)
        bool, typer.Option("--withdraw", help="Withdraw their objection.")
    ] = False,
) -> None:
    """Take customers who object out of all segments, lists and scores, from now on.

    Their orders stay, and `clean` removes them by the rule `objected`.

    Example: custseg object 12347
    """
    named = _named(customer, file)
    if not withdraw:
        _leave_out(run, named, "object", verify=False)
        return
    from custseg.privacy.register import withdraw_objections

    withdrawn = withdraw_objections(run.workspace, run.settings(), named)
    run.say(f"{withdrawn:,} of {len(named):,} objections withdrawn. Run: custseg run-all")


@app.command()
@command
def subject(
    run: Invocation,
    customer: Annotated[
        str,
        typer.Argument(
            metavar="CUSTOMER",
            help="The customer as the orders name them; - reads the name from standard input.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Page to write, to hand out to the customer (.html).",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,  # noqa: FBT002  (Typer flags)
) -> None:
    """Show everything that is held on a customer, in all snapshots and lists.

    --json gives all of it; without, the output says how much is where. --output also writes a page
    for the customer that explains their segment in plain words.

    Example: custseg subject 12347 --output answer.html
    """
    from dataclasses import replace

    from custseg.cli.files import refuse_to_replace, write_file
    from custseg.privacy.subject import find_subject, page
    from custseg.report.tables.people import subject as view

    named = _named([customer], None)
    found = find_subject(run.workspace, named[0])
    found = replace(found, reasons=_reasons(run, found.customer_id))
    if output:
        refuse_to_replace(output, force=force)
        write_file(output, page(found), private=True)
    whole = found.to_dict() if run.json else {}
    run.print([] if run.json else [view(found)], whole)


@app.command()
@command
def privacy_record(
    run: Invocation,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="File to write, as Markdown or .json.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,  # noqa: FBT002  (Typer flags)
) -> None:
    """Write a record of processing (Art. 30 GDPR), with blanks that only the shop can fill in.

    Purposes, data, recipients, retention and security are filled in from the settings and the
    workspace. No customer is in it.

    Example: custseg privacy-record --output record.md
    """
    from custseg.cli.files import refuse_to_replace, write_file
    from custseg.privacy.record import processing_record

    record = processing_record(run.workspace, run.settings())
    if output:
        refuse_to_replace(output, force=force)
        as_json = output.suffix.lower() == ".json"
        write_file(output, record.to_json() if as_json else record.to_markdown())
    if run.json:
        run.print([], record.to_dict())
    elif not run.quiet:
        run.say(str(output) if output else record.to_markdown().rstrip())


def _leave_out(run: Invocation, named: list[str], kind: Kind, *, verify: bool) -> None:
    from custseg.errors import WorkspaceError
    from custseg.privacy.erasure import leave_out_people
    from custseg.report.tables.people import receipt, receipt_facts

    listener = run.listener()
    waiting = listener.waiting if listener else None
    done = leave_out_people(run.workspace, run.settings(), named, kind, waiting=waiting)
    searched = None
    if verify:
        from custseg.privacy.register import possible_ids
        from custseg.privacy.traces import search

        searched = search(run.workspace.root, set(possible_ids(named)))
    run.print([receipt(done, searched)], receipt_facts(done, searched))
    if searched and searched.found:
        raise WorkspaceError(
            f"There are still traces in {', '.join(searched.found)}.",
            "These are files of your own: delete them, or take the customers out of them.",
        )


def _reasons(run: Invocation, customer_id: str) -> dict[str, str]:
    """Why the customer was in their segment, month by month."""
    from custseg.report.tables.customers import sentence
    from custseg.segments.customers.explanation import explain_customer
    from custseg.segments.customers.published import read_month

    settings = run.settings()
    reasons = {}
    for snapshot in run.workspace.history.snapshots():
        month = read_month(snapshot, settings.segments)
        if month.row_of(customer_id) is None:
            continue
        told = explain_customer(customer_id, month, None, settings.segments)
        reasons[snapshot.as_of] = sentence(told, run.currency())
    return reasons


def _named(words: list[str] | None, file: Path | None) -> list[str]:
    """The customers as typed, each once; nothing of them is an argument amiss.

    Raises
    ------
    DataError
        There is none, or the file cannot be read.
    """
    given = list(words or ())
    if given == ["-"]:
        given = typer.get_binary_stream("stdin").read().decode(errors="replace").splitlines()
    if file:
        from custseg.privacy.register import lines_of

        given += lines_of(file)
    named = list(dict.fromkeys(line.strip() for line in given if line.strip()))
    if not named:
        from custseg.errors import DataError

        raise DataError("No customer was named.", "Write them as in the orders, such as: 12347")
    return named
