"""Zones of times: recognised behind a clock, taken off, and converted to the shop's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt

if TYPE_CHECKING:
    import ibis.expr.types as ir

_HOURS: Final = {
    "PST": -8,
    "PDT": -7,
    "MST": -7,
    "MDT": -6,
    "CST": -6,
    "CDT": -5,
    "EST": -5,
    "EDT": -4,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
    "AST": -4,
    "ADT": -3,
    "NST": -3.5,
    "NDT": -2.5,
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "MEZ": 1,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "TRT": 3,
    "SAST": 2,
    "WAT": 1,
    "CAT": 2,
    "EAT": 3,
    "GST": 4,
    "PKT": 5,
    "IST": 5.5,
    "ICT": 7,
    "WIB": 7,
    "SGT": 8,
    "HKT": 8,
    "PHT": 8,
    "JST": 9,
    "KST": 9,
    "AWST": 8,
    "ACST": 9.5,
    "ACDT": 10.5,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "BRT": -3,
    "ART": -3,
    "CLT": -4,
    "COT": -5,
    "PET": -5,
}
"""Hours ahead of UTC of the zones that exports name by letters."""
_NAMES: Final = "|".join(sorted(_HOURS, key=len, reverse=True))
_COMMENT: Final = r"(?:\s*[\[(][^\])]*[\])])?\s*$"
"""What follows a zone: `(Central European Standard Time)`, `[Europe/Paris]`."""
_CLOCK: Final = r":\d\d(?:[.,]\d+)?(?: ?[AaPp]\.? ?[Mm]\.?)?|T\d{4,6}"
_ZONE: Final = (
    rf"\s*(?:Z|z|(?:UTC|GMT)?\s?[+-]\d\d?:?(?:\d\d)?|UTC|GMT|[( ]\s*(?i:{_NAMES})\)?){_COMMENT}"
)
ZONED: Final = f"(?:{_CLOCK}){_ZONE}"
"""A clock and its zone at the end of a date."""
_OFFSET: Final = rf"([+-])(\d\d?):?(\d\d)?{_COMMENT}"
_NAME: Final = rf"(?i:({_NAMES}))\)?{_COMMENT}"
YEAR_LAST: Final = (
    rf"^(?:\pL+,? +)?(\pL{{3,9}} +\d{{1,2}}),? +(\d{{1,2}}:\d\d(?::\d\d(?:\.\d+)?)?)"
    rf"( +(?:(?i:{_NAMES})|(?:UTC|GMT)?(?:[+-]\d\d:?\d\d)?))? +(\d{{4}})\s*$"
)
"""As C, Java and Unix write: `Mon Jan  6 10:00:00 CET 2025`."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp)
)
def clock(zone: str, moment: object) -> object:
    """DuckDB's own: what a zone's clocks show at a moment, whatever the session's zone is."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="timezone", signature=((dt.string, dt.timestamp), dt.Timestamp(timezone="UTC"))
)
def _moment(zone: str, clock: object) -> object:
    """DuckDB's own: the moment at which a zone's clocks show a time."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="to_minutes", signature=((dt.int64,), dt.Interval("m"))
)
def _minutes(number: int) -> object:
    """DuckDB's own: an interval."""


def without_zone(text: ir.Value) -> ir.Value:
    """Take the zone away that follows a clock."""
    return text.re_replace(f"({_CLOCK}){_ZONE}", r"\1")


def on_clocks_of(timezone: str, written: ir.Value, moment: ir.Value, *, zoned: bool) -> ir.Value:
    """Convert times to what a zone's clocks show.

    Parameters
    ----------
    timezone
        The zone, such as `Europe/London`.
    written
        The texts.
    moment
        What the texts say, without their zones.
    zoned
        Whether the texts have zones; otherwise they are in UTC.
    """
    utc = moment - _minutes(_offset(written, timezone)) if zoned else moment
    return clock(timezone, _moment("UTC", utc))


def _offset(text: ir.Value, timezone: str) -> ir.Value:
    """Minutes that the clocks are ahead of UTC."""
    hours, minutes = (text.re_extract(_OFFSET, i).try_cast("int64").coalesce(0) for i in (2, 3))
    ahead = hours * 60 + minutes
    signed = (text.re_extract(_OFFSET, 1) == "-").ifelse(-ahead, ahead)
    name = text.re_extract(_NAME, 1).upper()
    named = {zone: round(60 * hours) for zone, hours in _HOURS.items()} | _own_names(timezone)
    return ibis.cases(*((name == zone, ahead) for zone, ahead in named.items()), else_=signed)


def _own_names(timezone: str) -> dict[str, int]:
    """What a zone's own letters mean: CST is China's in Shanghai, and not Chicago's."""
    zone = ZoneInfo(timezone)
    moments = [datetime(2025, month, 1, tzinfo=UTC).astimezone(zone) for month in (1, 7)]
    offsets = {moment.tzname() or "": moment.utcoffset() for moment in moments}
    return {
        name: round(offset.total_seconds() / 60)
        for name, offset in offsets.items()
        if offset is not None and name in _HOURS
    }
