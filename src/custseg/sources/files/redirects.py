"""An HTTP session that follows a redirect only to where the user's own address may lead."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests

from custseg.errors import DataError
from custseg.settings.locations import without_secrets

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses whose last 32 bits are an IPv4 address (RFC 6052)."""


class CarefulSession(requests.Session):
    """Fetches what the user named; a server may send it on to public hosts only.

    The first address may be anywhere, such as a mirror in the shop's own network. Whoever answers
    there must not make custseg ask other machines of that network, or this one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._named: SplitResult | None = None
        self._encrypted = False

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  (requests' own)
        """Send a request, a redirect's too; requests calls it for each.

        Raises
        ------
        DataError
            The redirect leads to a private address, or from https to http.
        """
        # Prepared, it is what the connection is made from: no two readings of it.
        target = urlsplit(request.url or "")
        if self._named is None:
            self._named = target
        elif why := self._refusal(target, self._named):
            raise DataError(
                f"{without_secrets(self._named.geturl())}: the server redirects to {why}; that is "
                "not followed.",
                "If that is the right address, name it yourself with --url.",
            )
        self._encrypted = self._encrypted or target.scheme == "https"
        return super().send(request, **kwargs)

    def _refusal(self, target: SplitResult, named: SplitResult) -> str | None:
        """Say what is wrong with a redirect's target; None where nothing is."""
        if target.scheme not in _PORTS:
            return "an address that is no http"
        if self._encrypted and target.scheme == "http":
            return "an unencrypted address (http)"
        if _place(named) != _place(target) and _is_private(target.hostname or ""):
            return "a private address"
        return None


def _place(address: SplitResult) -> tuple[str | None, int | None]:
    """Host and port; the two usual ports of a host are one place."""
    port = address.port or _PORTS.get(address.scheme)
    return address.hostname, 443 if port in _PORTS.values() else port


def _is_private(host: str) -> bool:
    """Whether a host has an address that is not a public one.

    A name that this machine cannot resolve is let pass: only a proxy could reach it.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(not _is_public(str(entry[4][0]).partition("%")[0]) for entry in found)


def _is_public(written: str) -> bool:
    address = ipaddress.ip_address(written)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast
