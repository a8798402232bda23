"""A record of processing (Art. 30 GDPR), filled in from the settings and what a workspace holds."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.privacy.holdings import RECORD, lists
from custseg.words.figures import counted, listed, printable
from custseg.workspace.inside import own, read_own
from custseg.workspace.left_out import read_left_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from custseg.settings import Settings
    from custseg.workspace.manifest import Manifest
    from custseg.workspace.workspace import Workspace

_FORMAT: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
_PURPOSES: Final = {
    "segments": "Put customers into segments by what they bought, to plan marketing by segment",
    "value": "Forecast how often each customer will order and what they will spend",
    "recommendations": "List products that may suit each customer",
}
"""What is done with customers, by the artifact that is made for it."""


@dataclass(frozen=True)
class Part:
    """A part of the record: what custseg knows, and what only the shop can say."""

    name: str
    title: str
    known: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProcessingRecord:
    """The whole record; no customer is in it."""

    as_of: str
    """The day that the orders reach to."""
    parts: tuple[Part, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    def to_json(self) -> str:
        """As a file of JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_markdown(self) -> str:
        """As a page to fill in: each blank is marked."""
        lines = [
            "# Record of processing activities (Art. 30 GDPR)",
            "",
            f"Customer segmentation with custseg. Orders up to {self.as_of or 'an unknown day'}.",
            "Lines marked **TO FILL IN** are the shop's to write, and the others to check.",
        ]
        for part in self.parts:
            lines += ["", f"## {part.title}", ""]
            lines += [f"- {line}" for line in part.known]
            lines += [f"- **TO FILL IN:** {blank}" for blank in part.blanks]
        return "\n".join(lines) + "\n"


def processing_record(workspace: Workspace, settings: Settings) -> ProcessingRecord:
    """Fill in what the settings, the manifest and the files of a workspace tell.

    Raises
    ------
    WorkspaceError
        No orders have been read into it.
    """
    manifest = workspace.manifest()
    if manifest.source is None or "download" not in manifest.stages:
        raise WorkspaceError(
            f"{workspace.root}: holds no orders yet, so there is nothing to record.",
            "Run: custseg run-all",
        )
    return ProcessingRecord(
        str(manifest.facts().get("as_of", "")),
        (
            Part(
                "controller",
                "Controller",
                blanks=(
                    "name and contact of the controller, and of a joint controller",
                    "representative in the EU or UK, where one is needed",
                    "data protection officer, where there is one",
                ),
            ),
            _purposes(workspace),
            _people(manifest),
            _data(workspace, manifest),
            _recipients(workspace, settings),
            _retention(workspace, settings),
            _security(workspace, manifest, settings),
        ),
    )


def _purposes(workspace: Workspace) -> Part:
    made = tuple(text for name, text in _PURPOSES.items() if workspace.path(name).is_file())
    return Part(
        "purposes",
        "Purposes (Art. 30(1)(b))",
        made or ("Read and clean orders; no segments are made yet",),
        (
            "legal basis of each purpose (Art. 6); of legitimate interests also the balancing test",
            "whether an impact assessment (Art. 35) is needed, and where it is",
        ),
    )


def _people(manifest: Manifest) -> Part:
    raw = manifest.stages["download"].outputs.get("raw")
    rows = f" ({raw.rows:,} order lines)" if raw and raw.rows is not None else ""
    return Part(
        "people",
        "Categories of people (Art. 30(1)(c))",
        (f"Customers of the shop who ordered{rows}",),
        ("whether children or other people in need of protection are among them",),
    )


def _data(workspace: Workspace, manifest: Manifest) -> Part:
    assert manifest.source is not None
    facts = manifest.stages["download"].facts
    mapped = {str(one["field"]) for one in facts.get("mapping", [])}
    read = [
        f"{column.name}: {column.description}"
        for column in ARTIFACTS["raw"].columns
        if column.name in mapped
    ]
    ids = (
        "Customers' e-mail addresses, names or telephone numbers are kept as keyed hashes only"
        if facts.get("people")
        else "Customers' ids are kept as the source has them"
    )
    masked = facts.get("masked_texts", 0)
    notes = [ids]
    if masked:
        notes.append(f"{counted(masked, 'text', 'texts')} had addresses or numbers masked")
    made = [
        f"{artifact.file}: {artifact.description}"
        for artifact in ARTIFACTS.values()
        if artifact.personal and workspace.path(artifact.name).is_file()
    ]
    return Part(
        "data",
        "Categories of data (Art. 30(1)(c))",
        (
            f"Source: {_code(str(facts.get('source_name') or manifest.source.shown()))}",
            *(f"Read: {line}" for line in read),
            *notes,
            *(f"Held per customer or order: {line}" for line in made),
        ),
        ("whether purchases tell of health, religion or other special categories (Art. 9)",),
    )


def _recipients(workspace: Workspace, settings: Settings) -> Part:
    known = [*_list_lines(workspace), *_hook_lines(settings)]
    return Part(
        "recipients",
        "Recipients (Art. 30(1)(d) and (e))",
        tuple(known) or ("None by custseg: it has made no list here and calls no hook",),
        (
            "who is given the lists, report and workbook, and the contract with each (Art. 28)",
            "transfers to countries outside the EU or UK, and their safeguards",
        ),
    )


def _list_lines(workspace: Workspace) -> Iterator[str]:
    if not workspace.exports.is_dir():
        return
    files = lists(workspace)
    if files:
        yield f"{counted(len(files), 'file', 'files')} in the folder of lists"
    for path in sorted(workspace.exports.rglob(f"*{RECORD}")):
        yield _list_line(_json_of(own(path, workspace.root), workspace))


def _json_of(path: Path, workspace: Workspace) -> dict[str, Any]:
    """Return a list's record; empty where it is none."""
    try:
        content = json.loads(read_own(path, workspace.root))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _list_line(told: dict[str, Any]) -> str:
    """What a list's record tells, and nothing that is not of the form it should have."""
    platform, sent, day = told.get("format"), told.get("sent"), told.get("as_of")
    if not (isinstance(platform, str) and _FORMAT.fullmatch(platform) and type(sent) is int):
        return "A list's record that cannot be read"
    contacts = told.get("contacts")
    fields = [one for one in ("email", "phone") if isinstance(contacts, list) and one in contacts]
    consent = (
        "consent by the contacts' column"
        if told.get("consent_not_needed") is None
        else "said to need no consent"
    )
    dated = f" of {day}" if isinstance(day, str) and re.fullmatch(r"[\d-]{10}", day) else ""
    held = f" with {listed(fields)}" if fields else ""
    return f"List for {platform}{dated}: {counted(sent, 'customer', 'customers')}{held}; {consent}"


def _hook_lines(settings: Settings) -> Iterator[str]:
    """Whom the hooks tell of runs: an address's host, or a program; no argument, no path."""
    monthly = settings.monthly
    for name, hook in (("on_success", monthly.on_success), ("on_failure", monthly.on_failure)):
        if not hook:
            continue
        if hook.startswith(("http://", "https://")):
            whom = _host(hook)
        else:
            try:
                word = next(iter(shlex.split(hook)), "")
            except ValueError:
                word = ""
            whom = "a command" if "=" in word else PurePath(word).name or "a command"
        yield f"{name} tells {_code(whom)} how a run went; no customer is in it"


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "an address"
    except ValueError:
        return "an address"


def _retention(workspace: Workspace, settings: Settings) -> Part:
    months = len(list(workspace.history.snapshots()))
    keep = settings.monthly.keep
    kept = f"{keep:,} at most are kept" if keep else "all are kept ([monthly] keep)"
    left = read_left_out(workspace.root)
    known = [f"{counted(months, 'published month', 'published months')}; {kept}"]
    if settings.privacy.keep_months:
        known.append(
            f"What is older than {settings.privacy.keep_months:,} months goes at the next run: "
            "orders, published months, lists, control groups and receipts ([privacy] keep_months)"
        )
    if left:
        known.append(
            "Keyed hashes of the forgotten and of those who object are kept, so that they stay away"
        )
    return Part(
        "retention",
        "Time limits of erasure (Art. 30(1)(f))",
        (*known, "Tables of the last run are replaced by the next"),
        (
            "when orders, tables, months and lists are deleted, and who does it",
            "the same of backups, and of lists that were uploaded",
        ),
    )


def _security(workspace: Workspace, manifest: Manifest, settings: Settings) -> Part:
    open_to_others = workspace.root.stat().st_mode & 0o077
    known = [
        "Others on the machine have rights on the workspace's folder: take them away (chmod 700)"
        if open_to_others
        else "The workspace's folder is its owner's only",
        "custseg works on this machine, and sends no customer's data anywhere",
        "Messages, logs and hooks are given no customer's id",
    ]
    if manifest.stages["download"].facts.get("people"):
        known.append("Keyed hashes (HMAC-SHA-256) stand for addresses; the key is kept outside")
    if settings.privacy.objections:
        known.append("A file of objections is read at each run")
    return Part(
        "security",
        "Security measures (Art. 30(1)(g), Art. 32)",
        tuple(known),
        (
            "who has access to the machine, and how that is checked",
            "encryption of the disk and of backups; where the key is kept",
        ),
    )


def _code(text: str) -> str:
    """A text of somebody's as Markdown shows it, whatever is in it."""
    return f"`{printable(text).replace('`', ' ')}`"
