"""Templates that others wrote: they put figures into a text, and can do nothing else."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from jinja2 import nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jinja2 import Template

LONGEST_TEMPLATE: Final = 10_000
LONGEST_TEXT: Final = 20_000
"""Characters. Our own templates have up to 1,000."""
MOST_NODES: Final = 2_000
"""Parts of a template; each is done once, or once per product or letter."""
MOST_NESTED: Final = 60
_SECONDS: Final = 2.0
"""That filling one may take; what the other limits let through takes some milliseconds."""
_LARGEST: Final = 1e15
"""Numbers from here on are no figures of a shop."""
_MOST_DIGITS: Final = 12
_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Keyword),
    *(nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare),
    *(nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod),
    *(nodes.Neg, nodes.Pos, nodes.Concat, nodes.Tuple, nodes.List),
)
"""What a template may be made of: no calls, no assignments, no macros, no other files."""
_FILTERS: Final = (
    *("abs", "capitalize", "count", "d", "default", "first", "int", "last", "length", "lower"),
    *("title", "trim", "truncate", "upper"),
)
"""Of Jinja's filters, those whose result is no longer than what they are given."""
_TESTS: Final = (
    *("defined", "undefined", "none", "number", "string", "even", "odd", "divisibleby", "in"),
    *("eq", "ne", "lt", "le", "gt", "ge", "true", "false"),
)
_OF_LOOPS: Final = frozenset({"first", "last", "index", "index0", "length"})
_OPERATORS: Final = frozenset({"+", "-", "*", "/", "//", "%"})


class TemplateError(Exception):
    """A template does what none may, or more than one needs."""


class LimitedEnvironment(SandboxedEnvironment):
    """Where templates are filled that others wrote.

    Without calls, and with numbers alone to reckon with, no part of a template makes much of
    little: what a text costs is bounded by how long the template is.
    """

    intercepted_binops = _OPERATORS
    intercepted_unops = frozenset({"+", "-"})

    def limit(self) -> None:
        """Take away all filters, tests and globals but those that are allowed."""
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS} | {"round": _rounded}
        self.tests = {name: self.tests[name] for name in _TESTS}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401, ARG002
        """Whether a template may read an attribute: figures, and where a loop is."""
        if isinstance(obj, LoopContext):
            return attr in _OF_LOOPS
        return is_dataclass(obj) and attr in {field.name for field in fields(obj)}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Reckon with two numbers.

        Raises
        ------
        TemplateError
            One is no number, or the result is too large.
        """
        return _figure(super().call_binop(context, operator, _number(left), _number(right)))

    def call_unop(self, context: Any, operator: str, arg: Any) -> Any:  # noqa: ANN401
        """Change the sign of a number."""
        return super().call_unop(context, operator, _number(arg))


def compiled(source: str, environment: LimitedEnvironment) -> Template:
    """Return a template, ready to be filled.

    Raises
    ------
    Exception
        It is no template, or one that is not allowed.
    """
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateError(f"it is longer than {LONGEST_TEMPLATE:,} characters")
    _check(environment.parse(source), environment)
    return environment.from_string(source)


def filled(template: Template, figures: Mapping[str, Any]) -> str:
    """Fill a template.

    Raises
    ------
    Exception
        A figure is missing, the text gets too long, or it takes too much time.
    """
    parts, length, end = [], 0, monotonic() + _SECONDS
    for part in template.generate(figures):
        length += len(part)
        if length > LONGEST_TEXT:
            raise TemplateError(f"its text is longer than {LONGEST_TEXT:,} characters")
        if monotonic() > end:
            raise TemplateError(f"it takes more than {_SECONDS:g} s")
        parts.append(part)
    text = "".join(parts)
    text.encode()
    return text


def _check(root: nodes.Node, environment: LimitedEnvironment) -> None:
    for count, (node, depth) in enumerate(_walk(root)):
        if count > MOST_NODES or depth > MOST_NESTED:
            raise TemplateError(
                f"it has more than {MOST_NODES:,} parts, or more than {MOST_NESTED} within "
                "each other"
            )
        if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            raise TemplateError(f"{node.attr} is not to be read")
    for node, _ in _walk(root):
        if not isinstance(node, _ALLOWED):
            raise TemplateError(f"a template can't use {_told(node)}")
        if isinstance(node, nodes.Filter) and node.name not in environment.filters:
            raise TemplateError(f"No filter named {node.name!r}")
        if isinstance(node, nodes.Test) and node.name not in environment.tests:
            raise TemplateError(f"No test named {node.name!r}")
        if isinstance(node, nodes.For) and (node.recursive or _loops_within(node)):
            raise TemplateError("a loop can't hold another one")
        if isinstance(node, nodes.For) and not _is_figure(node.iter):
            raise TemplateError("a loop goes over figures by name, such as products")


def _walk(root: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Every part with its depth; deep ones must not exhaust Python's own stack."""
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _loops_within(loop: nodes.For) -> bool:
    return any(isinstance(node, nodes.For) for node, depth in _walk(loop) if depth)


def _is_figure(listed: nodes.Node) -> bool:
    """Whether it is a figure, or some of one: products, products[:2]."""
    return isinstance(listed.node if isinstance(listed, nodes.Getitem) else listed, nodes.Name)


def _told(node: nodes.Node) -> str:
    """What a part is, in the words of a template."""
    kind = type(node)
    name = getattr(node, "name", None) or getattr(getattr(node, "node", None), "name", None)
    named = f" ({name})" if isinstance(name, str) else ""
    known: dict[type[nodes.Node], str] = {
        nodes.Call: "calls",
        nodes.Pow: "**",
        nodes.Dict: "tables",
    }
    return known.get(kind, kind.__name__.lower()) + named


def _number(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TemplateError(f"only numbers can be reckoned with, not {_kind(value)}")
    return _figure(value)


def _kind(value: object) -> str:
    if value is None:
        return "what is missing"
    return "a text" if isinstance(value, str) else f"a {type(value).__name__}"


def _figure(value: Any) -> Any:  # noqa: ANN401
    if abs(value) >= _LARGEST:
        raise TemplateError("a number is too large")
    return value


def _rounded(value: float, digits: int = 0) -> float:
    rounded: float = round(_number(value), max(-_MOST_DIGITS, min(digits, _MOST_DIGITS)))
    return rounded
