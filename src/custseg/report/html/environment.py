"""What both pages are rendered with: templates, styles, and a policy against requests."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from custseg.report.html.figures import script_json
from custseg.report.html.vega import library
from custseg.words.colours import on_dark
from custseg.words.language import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jinja2 import Environment
    from markupsafe import Markup

    from custseg.report.html.figures import Figure
    from custseg.report.summary.whole import Summary
    from custseg.settings import ReportSettings
    from custseg.words.language import Wording

_FOLDER: Final = Path(__file__).parent
_DATE: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b")


@cache
def environment(wording: Wording, percent: Callable[[float], str] | None = None) -> Environment:
    """Jinja2 with autoescape and a wording's filters; a name that is not given is an error.

    Parameters
    ----------
    percent
        What writes shares in the place of the wording's own.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "money": wording.money,
        "about": wording.about,
        "number": wording.number,
        "percent": percent or wording.percent,
        "date": wording.written_date,
        "iso_date": wording.iso_date,
        "sentence": sentence,
    }
    return made


@cache
def asset(name: str) -> str:
    """A style or script of this folder."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def policy(scripts: Sequence[str]) -> str:
    """The content security policy of a page: its own scripts run, and nothing is fetched."""
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in scripts if text)
    allowed = " ".join(f"'sha256-{digest.decode()}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def framed(
    template: str,
    summary: Summary,
    settings: ReportSettings,
    drawings: tuple[Sequence[Figure], str],
    wording: Wording,
    **shown: Any,  # noqa: ANN401  (what the template names)
) -> str:
    """Fill a page's template within the frame of both: styles, scripts, charts' data, policy.

    Parameters
    ----------
    drawings
        The figures of the page, and the JSON of their datasets.
    wording
        Writes its figures; `percent` among what is shown can take the place of its own.
    """
    drawn, datasets = drawings
    script, bundle = asset("page.js"), library() if drawn else ""
    light = _colours(summary)
    dark = {number: on_dark(colour) for number, colour in light.items()}
    templates = environment(wording, shown.pop("percent", None))
    return templates.get_template(template).render(
        t=Texts(wording),
        language=wording.language,
        summary=summary,
        colours=light,
        on_dark=dark,
        script=script,
        library=bundle,
        policy=policy([script, bundle]),
        picture=settings.charts[0] if settings.charts else "",
        datasets=datasets,
        repainted=script_json({light[number]: dark[number] for number in light}),
        **shown,
    )


def _colours(summary: Summary) -> dict[int, str]:
    """Every segment's colour, also of those that are no more but drawn."""
    found = {segment.segment: segment.colour for segment in summary.segments}
    if summary.movement:
        found = {one.segment: one.colour for one in summary.movement.segments} | found
    return found


def sentence(text: str) -> Markup:
    """A line of a log as a sentence, whose dates don't break."""
    from markupsafe import Markup, escape

    first = text[:1] if text[1:2] in {"", " "} else text[:1].upper()
    whole = first + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
    return Markup(_DATE.sub(r'<span class="date">\g<0></span>', str(escape(whole))))  # noqa: S704  # nosec B704
