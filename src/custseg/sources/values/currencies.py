"""Orders in several currencies: never summed without a rate for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import ibis

from custseg.artifacts import MONEY
from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.settings import MoneyField
from custseg.sources.values.faults import masked
from custseg.sources.values.numbers import currency_of, is_plain
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from decimal import Decimal

    import ibis.expr.types as ir

    from custseg.settings import CanonicalField
    from custseg.sources.values.typed import Typed

_SAME: Final = {
    "€": "EUR",
    "£": "GBP",
    "GB£": "GBP",
    "UK£": "GBP",
    "US$": "USD",
    "$US": "USD",
    "₹": "INR",
    "C$": "CAD",
    "CA$": "CAD",
    "CAN$": "CAD",
    "CDN$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "HK$": "HKD",
    "NZ$": "NZD",
    "S$": "SGD",
    "SG$": "SGD",
    "MX$": "MXN",
    "NT$": "TWD",
    "R$": "BRL",
    "RS": "INR",
    "ZŁ": "PLN",
    "KČ": "CZK",
    "RP": "IDR",
    "RM": "MYR",
    "₽": "RUB",
    "円": "JPY",
    "JP¥": "JPY",
    "元": "CNY",
    "CN¥": "CNY",
    "RMB": "CNY",
    "원": "KRW",
    "₩": "KRW",
    "₺": "TRY",
    "TL": "TRY",
    "₴": "UAH",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "₪": "ILS",
    "دإ": "AED",
    "رس": "SAR",
    "FR": "CHF",
    "SFR": "CHF",
    "LEI": "RON",
    "FT": "HUF",
}
"""Signs that mean one currency only; $, ¥ and kr mean several."""
_SEVERAL: Final = frozenset({"$", "¥", "KR"})
_CODES: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD "
    "BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB "
    "EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR "
    "ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND "
    "VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
"""ISO 4217, list one, without metals and units of account."""
_SHOWN: Final = 3
_AMOUNTS: Final = frozenset(get_args(MoneyField))
_MOST: Final = 10
_MOST_SIGNS: Final = 50


def convert_to_one_currency(
    lines: ir.Table, mapped: Collection[CanonicalField], rates: Mapping[str, Decimal], where: str
) -> tuple[ir.Table, str]:
    """Bring every amount to the shop's own currency, and tell which that is.

    Parameters
    ----------
    lines
        Typed columns; `currency` names the currency of a line's amounts.
    rates
        What one unit of each currency is worth in the shop's own. Without any, all lines have to
        be in one currency.

    Returns
    -------
    tuple
        The lines, and the code of their currency: the only one they name, or the one whose rate is
        1; empty where there is none, or what they name is no currency.

    Raises
    ------
    DataError
        There are several currencies, or one without a rate.
    """
    money = [name for name in mapped if name in _AMOUNTS]
    if "currency" not in mapped or not money:
        return lines, ""
    lines = lines.mutate(currency=lines.currency.strip().upper().nullif(""))
    counts = fetch(
        lines.group_by("currency").agg(n=lines.count()).order_by(ibis.desc("n"), "currency")
    )
    named = {row["currency"]: row["n"] for row in counts if row["currency"]}
    known = {code.strip().upper(): rate for code, rate in rates.items()}
    lacking = [code for code in named if code not in known]
    if not known and len(named) < 2:  # noqa: PLR2004  (one currency, or none named)
        return lines, known_currency(named)
    if lacking:
        raise _lacking_rates(named, lacking, known, where)
    # Lines that name none are in the currency of most.
    usual = known[next(iter(named))] if named else None
    own = known_currency({code for code, rate in known.items() if rate == 1})
    if usual is None:
        return lines, own
    rate = ibis.cases(
        *((lines.currency == code, _exact(known[code])) for code in named),
        else_=_exact(usual),
    )
    worth = lines.mutate(rate=rate)
    converted = worth.mutate(
        # Of two decimals of 18 digits the engine would make one of 18, 12 of them decimals.
        **{
            name: (worth[name].cast("decimal(22,8)") * worth.rate).round(4).cast(MONEY)
            for name in money
        }
    ).drop("rate")
    return converted, own


def known_currency(named: Collection[str]) -> str:
    """Return the one currency that codes and signs name, as a code where one is meant.

    Empty where they name several, none, or something else than a currency.
    """
    found = {_SAME.get(code.upper(), code.upper()) for code in named}
    if len(found) != 1:
        return ""
    (code,) = found
    return code if code in _CODES.split() or code in _SEVERAL else ""


def _shown(code: str) -> str:
    """A currency for a message; what is none may be anything."""
    known = code in _CODES.split() or code in _SAME or code in {"KR", *_SAME.values()}
    return code if known else masked(code)


def _lacking_rates(
    named: Mapping[str, int], lacking: Sequence[str], known: Collection[str], where: str
) -> DataError:
    # A row that has slipped by a column shows anything in a currency's place.
    first = [_shown(code) for code in list(named)[:_MOST]]
    listed = ", ".join(
        f"{code} ({counted(count, 'line', 'lines')})"
        for code, count in zip(first, list(named.values())[:_MOST], strict=True)
    )
    wanted = ", ".join(f"{code} = …" for code in first)
    without = ", ".join(map(_shown, lacking[:_MOST]))
    return DataError(
        f"{where}: amounts are in {len(named)} currencies: {listed}"
        + (f"; no rate for {without}." if known else "."),
        f"Say in custseg.toml what one unit of each is worth to you: [source.rates] {wanted}",
    )


def refuse_mixed_signs(read: Typed, labels: Mapping[str, str], where: str) -> tuple[str, ...]:
    """Refuse amounts with the signs or codes of several currencies; return those of each column.

    Raises
    ------
    DataError
        A column has several; the first three are named.
    """
    if "currency" in read.columns:
        return ()
    every: set[str] = set()
    for name in read.columns:
        given = read.lines[f"given_{name}"] if name in _AMOUNTS else None
        if given is None or given.type().is_numeric():
            continue
        lines = read.lines.filter(read.lines[name].notnull() & ~is_plain(given)).view()
        sign = currency_of(lines[f"given_{name}"])
        signs = fetch(lines.select(sign=sign).distinct().order_by("sign").limit(_MOST_SIGNS))
        found = {_SAME.get(row["sign"], row["sign"]): row["sign"] for row in signs if row["sign"]}
        if len(found) > 1:
            raise DataError(
                f'{where}, column "{labels[name]}": amounts are in several currencies: '
                f"{', '.join(map(_shown, list(found.values())[:_SHOWN]))}.",
                "Export the currency in a column of its own, map it to currency, and say what each "
                "is worth: [source.rates]",
            )
        every |= found.keys()
    return tuple(sorted(every))


def _exact(rate: Decimal) -> ir.Value:
    """A rate with all its places; written as a number, the engine would keep three of them."""
    return ibis.literal(f"{rate:f}").cast("decimal(38,8)")
