"""Tell another program how a run went: a command, or an address that takes JSON."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
from contextlib import suppress
from http.client import HTTPException
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from custseg._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from custseg.pipeline.outcomes import Outcome

_STDERR: Final = 2
_NEVER: Final = frozenset({"CUSTSEG_KEY", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE"})
"""Variables that no hook is given: the key of customers' hashes, and ways into the database."""
_SECRET_NAME: Final = re.compile(
    "PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|_KEY$|^KEY$", re.IGNORECASE
)
_SECRET_VALUE: Final = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
"""An address with a password in it."""


def run_report(  # noqa: PLR0913  (fields of a report, each given by name)
    *,
    workspace: str,
    exit_code: int,
    started: datetime,
    finished: datetime,
    outcomes: Sequence[Outcome],
    facts: Mapping[str, Any],
    published: str | None = None,
    conditions: Sequence[str] = (),
    error: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Return what is told of a run: never a customer's data.

    Parameters
    ----------
    workspace
        Its folder's name, without the folders above.
    started, finished
        In UTC.
    outcomes
        What became of each stage, as far as the run came.
    facts
        What the stages found that have run: the as-of date, warnings.
    published
        The snapshot that the run published.
    conditions
        Those of `--fail-on` that are met, whether asked for or not.
    error
        Message and hint of what ended it.
    """
    seconds = round((finished - started).total_seconds(), 1)
    as_of = facts.get("as_of")
    if exit_code == 0:
        text = f"custseg: {workspace} is segmented as of {as_of} ({seconds:g} s)."
    else:
        message = error[0] if error else ""
        text = f"custseg: {workspace} failed (exit code {exit_code}). {message}".rstrip()
    return {
        "text": text,
        "status": "failure" if exit_code else "success",
        "exit_code": exit_code,
        "as_of": as_of,
        "workspace": workspace,
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "seconds": seconds,
        "stages": [
            {"stage": o.stage, "fresh": o.fresh, "seconds": round(o.seconds, 3)} for o in outcomes
        ],
        "published": published,
        "conditions": list(conditions),
        "error": {"message": error[0], "hint": error[1] or None} if error else None,
        "warnings": list(facts.get("warnings") or ()),
    }


def notify(
    target: str,
    payload: Mapping[str, Any],
    timeout: float,
    printed: Callable[[str], None] | None = None,
    passed: Collection[str] = (),
) -> str | None:
    """Send a report; return a sentence that says what went wrong, if anything did.

    Parameters
    ----------
    target
        An http:// or https:// address, which gets a POST of JSON; or a command, which gets the
        JSON on standard input. Either may hold a secret, so no sentence shows more than an
        address's scheme and host, or a command's first word.
    timeout
        Seconds that it may take. After that a command is killed, with what it has started.
    printed
        Given each line that a command prints; without it, they go to stderr.
    passed
        Variables of the environment that a command is given although they may hold a secret.

    Notes
    -----
    No shell reads the command. Redirects of an address are not followed: who is told of a run is
    settled by the settings alone.
    """
    body = json.dumps(payload, ensure_ascii=True).encode()
    if target.lower().startswith(("http://", "https://")):
        return _post(target, body, timeout)
    return _run(target, body, timeout, printed, environment(os.environ, passed))


def environment(variables: Mapping[str, str], passed: Collection[str] = ()) -> dict[str, str]:
    """Return what a hook's command is given of the environment: no secret that is not passed."""
    return {
        name: value
        for name, value in variables.items()
        if name.upper() not in _NEVER
        and (name in passed or not (_SECRET_NAME.search(name) or _SECRET_VALUE.search(value)))
    }


class _NoRedirect(HTTPRedirectHandler):
    """Leaves a redirect to be an error."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Make no other request."""


def _post(address: str, body: bytes, timeout: float) -> str | None:
    try:
        parts = urlsplit(address)
        host = parts.hostname
        asks_password = parts.username is not None
    except ValueError:
        host = None
    if not host:
        return "The hook's address cannot be read."
    shown = f"{parts.scheme}://{host}"
    if asks_password:
        return f"{shown}: hooks take no address with a user or password in it."
    failures: list[str | None] = []
    # The time limit of a connection starts anew with each byte that comes; this one does not.
    sender = Thread(target=lambda: failures.append(_answer(address, body, timeout)), daemon=True)
    sender.start()
    sender.join(timeout)
    if not failures:
        return f"{shown}: the hook did not answer within {timeout:g} s."
    return f"{shown}: {failures[0]}." if failures[0] else None


def _answer(address: str, body: bytes, timeout: float) -> str | None:
    """Post; return what went wrong, without the address."""
    headers = {"Content-Type": "application/json", "User-Agent": f"custseg/{__version__}"}
    try:
        request = Request(address, body, headers, method="POST")  # noqa: S310  (http or https)
        with build_opener(_NoRedirect).open(request, timeout=timeout):
            return None
    except HTTPError as error:
        error.close()
        redirect = " (redirects are not followed)" if 300 <= error.code < 400 else ""  # noqa: PLR2004  (RFC 9110 classes)
        return f"the hook answered {error.code}{redirect}"
    except (URLError, OSError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            return f"the hook did not answer within {timeout:g} s"
        told = reason.strerror if isinstance(reason, OSError) else None
        return f"the hook cannot be reached{f': {told}' if told else ''}"
    except (HTTPException, ValueError):
        return "the hook's address is no valid one, or its answer no HTTP"


def _run(
    command: str,
    body: bytes,
    timeout: float,
    printed: Callable[[str], None] | None,
    variables: Mapping[str, str],
) -> str | None:
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        return "The hook's command cannot be split into words; check its quotes."
    # For a shell, a first word could give a variable its value.
    shown = "command" if "=" in words[0] else os.path.basename(words[0])  # noqa: PTH119  (no path)
    try:
        process = subprocess.Popen(  # noqa: S603  (the shop's own command, and no shell)  # nosec B603
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if printed else _STDERR,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=variables,
        )
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else "it holds a NUL"
        return f"{shown}: the hook cannot be run: {told}."
    output, late = _finish(process, body, timeout)
    if printed:
        for line in output.decode(errors="replace").splitlines():
            printed(line)
    how = f"took more than {timeout:g} s and was killed" if late else _ended(process.returncode)
    return f"{shown}: the hook {how}." if how else None


def _finish(process: subprocess.Popen[bytes], body: bytes, timeout: float) -> tuple[bytes, bool]:
    """Wait for a command's end; return what it printed, and whether it was late and killed."""
    late = False
    try:
        output, _ = process.communicate(body, timeout)
    except subprocess.TimeoutExpired as error:
        output, late = error.output, True
    finally:
        # Also where a signal ends the wait.
        if late or process.returncode is None:
            _kill(process)
    return output or b"", late


def _ended(returncode: int) -> str | None:
    """Say how a command ended; None where it ended well."""
    if returncode < 0:
        # Signals for any purpose (SIGRTMIN+1, say) have a number alone.
        names = {one.value: one.name for one in signal.Signals}
        return f"was ended by {names.get(-returncode, f'signal {-returncode}')}"
    return f"ended with exit code {returncode}" if returncode else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a command and what it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
