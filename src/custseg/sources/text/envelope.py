"""Objects of JSON as programs wrap them: one object around a list, connections, parents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.sources.nested import ITEM_LISTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from json import JSONDecoder

    from custseg.sources.nested import Path

_LISTS: Final = (
    *("orders", "edges", "nodes", "payments", "charges", "transactions", "invoices", "data"),
    *("results", "records", "rows", "items", "value", "documents", "notificationItems"),
)
"""What programs call the list that an answer holds."""
_ALSO_LINES: Final = {"items", "lines", "products", "details", "articles", "basket"}
"""Names of an order's lines that other lists have, too."""
_PARENT: Final = "__parentId"
_DEEPEST: Final = 5
_DEEPEST_CONNECTION: Final = 30
"""Levels that are looked through; what lies deeper stays as it is."""


def find_list(text: str, decoder: JSONDecoder) -> tuple[Path, int] | None:
    """Find the list of objects that one object holds, as far as its text goes.

    Parameters
    ----------
    text
        The beginning of a file, or all of it.

    Returns
    -------
    path, place
        The keys that lead to the list, and where its first element begins. None: there is none.
        A list that programs call so comes before any other.
    """
    first: list[tuple[Path, int]] = []
    try:
        found = _seek(text, _past(text, 0), (), decoder, first)
    except (ValueError, IndexError, RecursionError):
        found = None
    return found if isinstance(found, tuple) else next(iter(first), None)


def lists_within(found: dict[str, Any], above: Path = ()) -> list[Path]:
    """Return the paths of an object's lists of objects, those in lists left out."""
    paths: list[Path] = []
    for key, value in found.items():
        if isinstance(value, dict) and len(above) < _DEEPEST:
            paths += lists_within(value, (*above, key))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            paths.append((*above, key))
    return paths


def is_order(found: dict[str, Any], path: Path) -> bool:
    """Whether an object that holds a list is an order with its lines, and no list of orders."""
    if path[-1] not in ITEM_LISTS or len(path) > 1:
        return False
    dated = any(word in key.casefold() for key in found for word in ("date", "created", "_at"))
    if path[-1] in _ALSO_LINES and not dated:
        return False
    line = found[path[0]][0]
    return not any(within[-1] in ITEM_LISTS for within in lists_within(line))


def is_well_known(path: Path) -> bool:
    """Whether programs call the list of an answer so."""
    return path[-1] in _LISTS


def has_parents(objects: list[dict[str, Any]]) -> bool:
    """Whether objects name others as their parents, as Shopify's bulk operations write them."""
    return any(_PARENT in found for found in objects)


def has_connections(found: object, depth: int = 0) -> bool:
    """Whether an object is or has a connection or a node of GraphQL."""
    if depth > _DEEPEST_CONNECTION:
        return False
    if isinstance(found, dict):
        inside = (has_connections(part, depth + 1) for part in found.values())
        return _connected(found) is not None or _is_node(found) or any(inside)
    return isinstance(found, list) and any(has_connections(part, depth + 1) for part in found)


def unwrapped(found: Any, depth: int = 0) -> Any:  # noqa: ANN401  (any value of JSON)
    """Return an object in which each connection of GraphQL is a list, and a node itself."""
    if depth > _DEEPEST_CONNECTION:
        return found
    if isinstance(found, list):
        return [unwrapped(part, depth + 1) for part in found]
    if not isinstance(found, dict):
        return found
    if _is_node(found):
        return unwrapped(found["node"], depth + 1)
    nodes = _connected(found)
    if nodes is not None:
        return [unwrapped(node, depth + 1) for node in nodes]
    return {key: unwrapped(part, depth + 1) for key, part in found.items()}


def with_children(
    found: Iterator[tuple[int, dict[str, Any] | str]],
) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Put children into their parents, which come right before them.

    A child's kind names its list: `gid://shopify/LineItem/1` goes into `lineItems`.
    """
    parents: dict[Any, dict[str, Any]] = {}
    held: tuple[int, dict[str, Any]] | None = None
    for number, one in found:
        if not isinstance(one, dict):
            yield number, one
        elif _PARENT not in one:
            if held:
                yield held
            held, parents = (number, one), {one.get("id"): one}
        elif parent := parents.get(one[_PARENT]):
            parent.setdefault(_kind(one), []).append(one)
            if "id" in one:
                parents[one["id"]] = one
        else:
            yield number, "belongs to an object that does not come right before it"
    if held:
        yield held


def _kind(child: dict[str, Any]) -> str:
    parts = str(child.get("id", "")).split("/")
    kind = parts[3] if len(parts) > 4 else "LineItem"  # noqa: PLR2004  (gid://shopify/Kind/number)
    return f"{kind[:1].lower()}{kind[1:]}s"


def _is_node(found: dict[str, Any]) -> bool:
    return set(found) <= {"node", "cursor"} and isinstance(found.get("node"), dict)


def _connected(found: dict[str, Any]) -> list[Any] | None:
    """The nodes of a connection."""
    edges = found.get("edges")
    if isinstance(edges, list) and all(isinstance(e, dict) and "node" in e for e in edges):
        return [edge["node"] for edge in edges]
    nodes = found.get("nodes")
    return nodes if isinstance(nodes, list) and set(found) <= {"nodes", "pageInfo"} else None


def _seek(
    text: str, at: int, path: Path, decoder: JSONDecoder, first: list[tuple[Path, int]]
) -> tuple[Path, int] | int:
    """A list below an object that begins at a place, or where the object ends."""
    if text[at] != "{":
        raise ValueError
    at = _past(text, at + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _past(text, _past(text, at) + 1)
        here = (*path, str(key))
        if text[at] == "{" and len(here) <= _DEEPEST:
            found = _seek(text, at, here, decoder, first)
            if isinstance(found, tuple):
                return found
            at = found
        else:
            if text[at] == "[" and text[_past(text, at + 1)] == "{":
                inside = here, _past(text, at + 1)
                if is_well_known(here):
                    return inside
                first.append(inside)
            at = decoder.raw_decode(text, at)[1]
        at = _past(text, at)
        if text[at] == ",":
            at = _past(text, at + 1)
    return at + 1


def _past(text: str, at: int) -> int:
    """Where the next sign is that is no blank."""
    while text[at].isspace():
        at += 1
    return at
