"""Records of a workspace bear a signature by the user's key: nobody else can write one that holds.

Each is a JSON file whose last entry is an HMAC-SHA-256 (RFC 2104) of all bytes before it. It is
compared before anything of the record is parsed.
"""

from __future__ import annotations

import hmac
import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from custseg.errors import WorkspaceError
from custseg.workspace.inside import read_own
from custseg.workspace.key import VARIABLE, customer_key, key_check, known_key
from custseg.workspace.leftovers import token_of
from custseg.workspace.trusted import confirm, confirmed

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["manifest", "snapshot", "left-out", "campaigns"]
State = Literal["signed", "unsigned", "another key", "altered"]
_MEBIBYTE: Final = 2**20
LARGEST: Final[dict[Kind, int]] = {
    "manifest": 16 * _MEBIBYTE,
    "snapshot": _MEBIBYTE,
    "left-out": 64 * _MEBIBYTE,
    "campaigns": _MEBIBYTE,
}
"""Bytes of a record: more than custseg writes of 50,000 source files, or a million customers."""
_END: Final = b"\n}\n"
"""Of a record as custseg writes it, without its signature."""
_SIGNATURE: Final = re.compile(rb',\n  "signature": "([0-9a-f]{12}) ([0-9a-f]{64})"\n}\n')
_SIGNATURE_BYTES: Final = 99
_REMEMBERED: Final = "signed workspace"


class SignatureError(WorkspaceError):
    """A record of a workspace is not signed by the user's key."""


@dataclass(frozen=True)
class Signed:
    """The bytes of a record, and what its signature says of them."""

    state: State
    body: bytes
    """The record without its signature."""


def signed(record: str, kind: Kind) -> bytes:
    """Return a record, a JSON object as custseg writes it, with the signature of its kind.

    Raises
    ------
    SettingsError
        There is no key, and none can be made.
    """
    body, key = record.encode(), customer_key()
    assert body.endswith(_END), "a record is a JSON object with indents"
    mark = f',\n  "signature": "{key_check(key)} {_hmac(key, kind, body)}"'
    return body[: -len(_END)] + mark.encode() + _END


def judged(content: bytes, kind: Kind) -> Signed:
    """Take a record apart into body and signature, and say whether that holds."""
    found = _SIGNATURE.fullmatch(content[-_SIGNATURE_BYTES:])
    if not found:
        return Signed("unsigned", content)
    body, key = content[:-_SIGNATURE_BYTES] + _END, known_key()
    by, digest = (group.decode() for group in found.groups())
    if key is None or by != key_check(key):
        return Signed("another key", body)
    holds = hmac.compare_digest(digest, _hmac(key, kind, body))
    return Signed("signed" if holds else "altered", body)


def read_record(path: Path, root: Path, kind: Kind, *, strict: bool = False) -> Any:  # noqa: ANN401
    """Read a record of a workspace whose signature holds.

    One without a signature is from a version that had none. It is read too, unless the workspace
    has had signatures on this machine, or `strict` asks for one.

    Raises
    ------
    SignatureError
        It is signed by another key, was altered, or has no signature and should have one.
    WorkspaceError
        It is larger than any record, or a symbolic link is on the way.
    OSError
        It is not there, or cannot be read.
    ValueError
        It is no JSON.
    """
    found = judged(read_own(path, root, LARGEST[kind]), kind)
    if found.state in {"another key", "altered"}:
        raise refusal(path, root, kind, found.state)
    content = parsed(found.body)
    if found.state == "unsigned" and (strict or is_remembered(root)):
        raise refusal(path, root, kind, found.state)
    return content


def parsed(body: bytes) -> Any:  # noqa: ANN401
    """Parse JSON.

    Raises
    ------
    ValueError
        It is none, or nested as no record is.
    """
    try:
        return json.loads(body.decode("utf-8", errors="replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def refusal(path: Path, root: Path, kind: Kind, state: State) -> SignatureError:
    """Return the error that says why a record is not believed, and what to do."""
    adopt = f"custseg verify --adopt -w {shlex.quote(str(root))}"
    instead = {
        "manifest": ", or delete it and name the source again: custseg run-all SOURCE. All is "
        "computed anew",
        "snapshot": f", or move {path.parent} away and run: custseg run-all --as-of "
        f"{path.parent.name[-10:]}",
        "left-out": "; it says whom this workspace has forgotten and who objects",
        "campaigns": "; it says which campaigns are measured",
    }[kind]
    if state == "another key":
        return SignatureError(
            f"{path}: is signed with another key than that of this machine.",
            f"Set {VARIABLE} to the key of the run that wrote it. If the workspace comes from "
            f"another machine and you trust who sent it, sign it with your key: {adopt}",
        )
    if state == "unsigned":
        return SignatureError(
            f"{path}: has no signature, as a record has that somebody else wrote.",
            f"Put it back from a backup{instead}. If you know that it is yours, sign it: {adopt}",
        )
    return SignatureError(
        f"{path}: was altered after custseg wrote it: its signature does not hold.",
        f"Put it back from a backup{instead}.",
    )


def remember(root: Path) -> None:
    """Expect signatures in a workspace from now on, wherever it is moved to on this machine.

    Where the user has no folder to keep that in, it is not kept.
    """
    for subject in _subjects(root):
        confirm(_REMEMBERED, subject, required=False)


def is_remembered(root: Path) -> bool:
    """Whether a workspace has had signatures on this machine."""
    return any(confirmed(_REMEMBERED, subject) for subject in _subjects(root))


def _subjects(root: Path) -> list[str]:
    """What a workspace is known by: its place, and its token, which stays when it is moved."""
    token = token_of(root)
    return [f"at {root.resolve()}", *([f"token {token}"] if token else [])]


def _hmac(key: bytes, kind: Kind, body: bytes) -> str:
    # A key of its own, so that no hash of a customer is a signature, and no record another kind's.
    own = hmac.digest(key, f"custseg signed {kind}".encode(), "sha256")
    return hmac.new(own, body, "sha256").hexdigest()
