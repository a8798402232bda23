"""What is said of a campaign, and of those of one aim, in one or two plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.words.figures import capital, counted, listed, money

if TYPE_CHECKING:
    from collections.abc import Mapping

_POINTS: Final = 100


def sentence(row: Mapping[str, Any], currency: str = "") -> str:
    """Say what a campaign brought, or how far along it is.

    Parameters
    ----------
    row
        Of the artifact `campaigns`, as it may be shown.
    currency
        Its sign.
    """
    return " ".join(part for part in (_outcome(row, currency), _overlap(row)) if part)


def _outcome(row: Mapping[str, Any], currency: str) -> str:
    if row["state"] not in {"finished", "closed"}:
        return _unfinished(row)
    if row["verdict"] == "withheld":
        return "It is of too few customers to be told ([privacy] smallest_group)."
    if row["verdict"] == "not measurable":
        why = "too few customers in one of the groups, or too few buyers"
        if row["control_kind"] == "none":
            why = "nobody was left alone to compare with"
        return f"Not measurable: {why}."
    if row["verdict"] == "not kept":
        return "Not measurable: the orders of its days are not kept any more."
    said = (
        f"{_more(row['share_effect'])} of the list ordered than of the control group "
        f"(95 % interval: {_span(row)})."
    )
    if row["verdict"] == "no effect shown":
        said = f"No effect shown: {_span(row)} of the list ordered than of the control group."
    if row["gain"] is None:
        return said
    gain, low, high = (_amount(row[name], currency) for name in ("gain", "gain_low", "gain_high"))
    return f"{said} Margin less the offer's cost: {gain} ({low} to {high})."


def _unfinished(row: Mapping[str, Any]) -> str:
    along = f"day {row['day']} of {row['horizon_days']}"
    if row["state"] == "planned":
        return f"It is measured from {row['sent']} on, for {row['horizon_days']} days."
    if row["state"] == "stopped":
        return f"It was closed on {along}, without a result."
    if row["control_kind"] == "none":
        return f"{capital(along)}. Nobody was left alone: it can't be measured."
    return f"{capital(along)}: no result yet."


def _span(row: Mapping[str, Any]) -> str:
    return _between(row["share_low"], row["share_high"])


def _between(low: float, high: float) -> str:
    """From one difference to another: 1.1 to 7.3 points more."""
    first, last = _more(low), _more(high)
    kind = last.rpartition(" ")[2]
    alike = first.endswith(kind)
    return f"{first.removesuffix(f' points {kind}')} to {last}" if alike else f"{first} to {last}"


def _more(points: float) -> str:
    shown = round(_POINTS * abs(points), 1)
    return f"{shown:.1f} points {'fewer' if points < 0 and shown else 'more'}"


def _amount(value: float, currency: str) -> str:
    return money(round(value), currency)


def _overlap(row: Mapping[str, Any]) -> str:
    if not row["overlaps"]:
        return ""
    names = listed(row["overlaps"].split("; "))
    both = "Some customers were"
    if row["shared"] is not None:
        both = f"{counted(row['shared'], 'customer was', 'customers were')}"
    return f"{both} on the list of {names} too, in the same weeks: the effects don't add up."


def pool_sentence(row: Mapping[str, Any]) -> str:
    """Say what the campaigns of an aim tell together.

    Parameters
    ----------
    row
        Of the artifact `campaign_pools`.
    """
    tries = counted(row["tries"], "campaign", "campaigns")
    together = " estimated together" if row["pooled"] > 1 else ""
    less = row["tries"] - row["pooled"]
    apart = f" {less} shared customers with another and is not counted." if less == 1 else ""
    if less > 1:
        apart = f" {less} shared customers with others and are not counted."
    span = f"{_between(row['low'], row['high'])} of the list ordered"
    match row["verdict"]:
        case "effect":
            said = f"It worked: {span}"
        case "harm":
            said = f"It did harm: {span}"
        case "no effect twice":
            said = f"No effect in {tries}: {span}"
        case _:
            said = f"Not known yet: {span}"
    tail = "" if row["verdict"] == "no effect twice" else f" ({tries}{together})"
    if row["verdict"] == "no effect twice" and together:
        tail = f" ({together.strip()})"
    return f"{said}{tail}.{apart}"
