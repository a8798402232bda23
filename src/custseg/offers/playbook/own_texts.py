"""The shop's own texts: playbook.toml, read, checked, and written to start from."""

from __future__ import annotations

import json
import re
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from custseg.errors import SettingsError, did_you_mean
from custseg.offers.playbook.context import NAMES, Product
from custseg.offers.playbook.figures import Group
from custseg.settings.loading import playbook_path, settings_path
from custseg.settings.own_texts import OwnTexts, read
from custseg.words.language import FIELDS, Wording
from custseg.words.names import PLAIN_NAMES, SEGMENT_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from custseg.settings import Settings


_SECONDS: Final = 20
"""That checking all texts may take; those of every field of thirty segments take one."""
_NUMBER: Final = re.compile(r" ([2-9]|[1-9]\d)$")
_SHOP: Final = Group(
    customers=5000,
    recency=50,
    orders=2,
    spend=600,
    tenure=200,
    basket=280,
    gap=70,
    value=900_000,
    orders_ahead=3_000,
    buying=0.5,
)
_PLENTY: Final[dict[str, Any]] = {name: 11 + i for i, name in enumerate(NAMES)} | {
    "segment_name": "Loyal",
    "once": False,
    "overdue": False,
    "late": False,
    "forecast": True,
    "doubled": False,
    "personal": False,
    "weekday": 6,
    "send_on": date(2024, 12, 2),
    "deadline": date(2024, 12, 16),
    "result_on": date(2025, 3, 2),
    "shop": _SHOP,
    "products": [Product("mug", 1.5, 0.2)] * 3,
}
"""Figures of a segment, each of its own, so that no difference is nothing to divide by."""
MISSABLE: Final = (
    "gap",
    "wait",
    "orders_ahead_low",
    "orders_ahead_high",
    "value_low",
    "value_high",
    "weekday",
    "weekday_share",
    "weekday_others",
    "hour",
    "hour_share",
    "hour_others",
    "voucher",
    "threshold",
    "detectable",
    "detectable_points",
    "rounds",
)
"""Figures that a segment need not have."""
_SPARSE: Final = _PLENTY | dict.fromkeys(MISSABLE) | {"products": [], "once": True}


def check(settings: Settings, config: Path | None = None) -> None:
    """Refuse texts that no plan could have.

    Parameters
    ----------
    settings
        As they were loaded from `config`.

    Raises
    ------
    SettingsError
        All that is wrong: segments and fields that there are none of, templates that are broken,
        name a figure that there is none of, or fail where a segment lacks one.
    """
    texts = settings.playbook.texts
    if not texts:
        return
    own_file = playbook_path(config)
    in_file = read(own_file) if own_file.is_file() else {}
    path = settings_path(config)
    _check({name: texts[name] for name in texts if name in in_file}, settings, str(own_file))
    others = {name: texts[name] for name in texts if name not in in_file}
    _check(others, settings, f"[playbook.texts]{f' of {path}' if path else ''}")


def _check(texts: OwnTexts, settings: Settings, where: str) -> None:
    problems = list(_problems(texts, settings)) if texts else []
    if problems:
        raise SettingsError(
            "\n".join(f"{where}, {problem}" for problem in problems),
            f"Fields: {', '.join(FIELDS)}. Figures: see docs/playbook.md, or what custseg playbook "
            "--write writes.",
        )


def _problems(texts: OwnTexts, settings: Settings) -> Iterator[str]:
    known = segment_names(settings)
    end = monotonic() + _SECONDS
    wording = Wording(settings.report.language, settings.report.currency)
    for segment, fields in texts.items():
        if segment not in known and _NUMBER.sub("", segment) not in known:
            yield (
                f'segment "{segment}": there is never one of that name'
                f"{did_you_mean(segment, known)} (there can be: {_told(known)})"
            )
        for field, template in fields.items():
            if field not in FIELDS:
                yield f'segment "{segment}", {field}: unknown field{did_you_mean(field, FIELDS)}'
            elif monotonic() > end:
                yield f'segment "{segment}", {field}: checking the texts takes over {_SECONDS} s'
                return
            elif problem := _broken(wording, template):
                yield f'segment "{segment}", {field}: {problem}'


def _broken(wording: Wording, template: str) -> str:
    """What is wrong with a template; nothing where it can be filled with any figures."""
    missing = ((_PLENTY | {name: None}, f" where {name} is missing") for name in MISSABLE)
    for given, when in ((_PLENTY, ""), *missing, (_SPARSE, " where all that can be is missing")):
        try:
            wording.fill_own(template, given)
        except Exception as error:  # noqa: BLE001  (a template can fail in any way)
            name = re.match(r"'(\w+)' is undefined", str(error))
            return f"{error}{did_you_mean(name[1], NAMES) if name else ''}{when}"
    return ""


def _told(known: Sequence[str]) -> str:
    """List names; of the plain ones, which are many, an example."""
    plain = [name for name in known if name in PLAIN_NAMES]
    most = [name for name in known if name not in PLAIN_NAMES]
    return ", ".join([*most, *([f'plain ones such as "{plain[-2]}"'] if plain else [])])


def segment_names(settings: Settings) -> tuple[str, ...]:
    """Return the names that segments can have, but for numbers."""
    own = settings.segments.names
    return tuple(dict.fromkeys([*(own.get(name, name) for name in SEGMENT_NAMES), *own.values()]))


def starting_point(plans: Sequence[Mapping[str, Any]]) -> str:
    """Write a playbook.toml that changes nothing yet.

    Parameters
    ----------
    plans
        Rows of the artifact `plans`, whose texts it holds, commented out.
    """
    lines = [
        "# playbook.toml: uncomment a text and change it. It then replaces that text of the plan,",
        "# whatever the segment's figures; {{ name }} puts a figure in, written by a filter:",
        "# {{ value_each | money }}, {{ buying | percent }}, {{ orders | number }},",
        '# {{ recency | plural("day", "days") }}, {{ next_order | ordinal }}, {{ send_on | day }}.',
        "#",
        *(f"# {name}: {meaning}" for name, meaning in NAMES.items()),
        "#",
        f"# Can be missing ({{% if gap %}}…{{% endif %}} asks): {', '.join(MISSABLE)}.",
    ]
    for plan in plans:
        lines += ["", f"[segments.{_quoted(plan['segment_name'])}]"]
        lines += [f"# {field} = {_quoted(_verbatim(plan[field]))}" for field in FIELDS]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are among TOML's, which wants one more sign escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _verbatim(text: str) -> str:
    """A text as a template that gives it again, whatever a product is called."""
    if not re.search(r"\{[{%#]", text):
        return text
    return re.sub(r"\{(?=[{%#])", "{{ '{' }}", text)
