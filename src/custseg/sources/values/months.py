"""Dates in words and signs, brought to the few forms that a date format can describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ibis.expr.types as ir

FORENOON: Final = "上午|早上|凌晨|午前|오전"
AFTERNOON: Final = "下午|晚上|午後|오후"
_MONTHS: Final = {
    "jan": "january|januar|jänner|januari|janvier|janv|enero|ene|gennaio|gen|janeiro|stycznia"
    "|styczeń|sty|ledna|leden|led|ocak|oca|января|январь|янв|tammikuuta|tammikuu",
    "feb": "february|februar|februari|février|févr|fév|fevr|febrero|febbraio|fevereiro|fev|lutego"
    "|luty|lut|února|únor|úno|şubat|şub|февраля|февраль|февр|фев|helmikuuta|helmikuu",
    "mar": "march|märz|mär|mrz|maart|mrt|mars|marts|marzo|março|marca|marzec|března|březen|bře"
    "|mart|марта|март|мар|maaliskuuta|maaliskuu",
    "apr": "april|avril|avr|abril|abr|aprile|kwietnia|kwiecień|kwi|dubna|duben|dub|nisan|nis"
    "|апреля|апрель|апр|huhtikuuta|huhtikuu",
    "may": "mai|mei|maj|mayo|maggio|mag|maio|maja|května|květen|kvě|mayıs|мая|май|toukokuuta"
    "|toukokuu",
    "jun": "june|juni|juin|junio|giugno|giu|junho|czerwca|czerwiec|cze|června|červen|čvn|haziran"
    "|haz|июня|июнь|июн|kesäkuuta|kesäkuu",
    "jul": "july|juli|juillet|juil|julio|luglio|lug|julho|lipca|lipiec|lip|července|červenec|čvc"
    "|temmuz|tem|июля|июль|июл|heinäkuuta|heinäkuu",
    "aug": "august|augusti|augustus|août|aout|agosto|ago|sierpnia|sierpień|sie|srpna|srpen|srp"
    "|ağustos|ağu|августа|август|авг|elokuuta|elokuu",
    "sep": "september|sept|septembre|septiembre|setiembre|settembre|set|setembro|września"
    "|wrzesień|wrz|září|zář|eylül|eyl|сентября|сентябрь|сент|сен|syyskuuta|syyskuu",
    "oct": "october|oktober|okt|octobre|octubre|ottobre|ott|outubro|out|października|październik"
    "|paź|října|říjen|říj|ekim|eki|октября|октябрь|окт|lokakuuta|lokakuu",
    "nov": "november|novembre|noviembre|novembro|listopada|listopad|listopadu|lis|kasım|kas"
    "|ноября|ноябрь|нояб|ноя|marraskuuta|marraskuu",
    "dec": "december|dezember|desember|dez|des|décembre|déc|diciembre|dic|dicembre|dezembro"
    "|grudnia|grudzień|gru|prosince|prosinec|pro|aralık|ara|декабря|декабрь|дек|joulukuuta"
    "|joulukuu",
}
"""Months, long and short, of English, German, French, Spanish, Italian, Portuguese, Dutch, Polish,
Czech, Swedish, Danish, Norwegian, Finnish, Turkish and Russian. Croatian's listopad is another
month than Polish's and Czech's."""
ENGLISH: Final = (
    r"(?i)(?:^|\PL)(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?:\PL|$)"
)
"""A month that needs no translation."""

_DAY: Final = r"(\d{1,2})(?:st|nd|rd|th|er|º|°|ª)?"
_MONTH: Final = r"(\pL{3,12})\.?"
_GAP: Final = r"[\s.,/-]*(?:(?:of|de|del) )?"
_WEEKDAY: Final = r"^\pL+[.,]* ((?:\d{1,2}(?:\.|st|nd|rd|th|er|º|°|ª)? (?:(?:of|de) )?)?\pL{3})"
_ORDERS: Final = (
    (rf"^{_DAY}{_GAP}{_MONTH}{_GAP}(\d{{4}}|\d{{2}})\b", r"\1 \2 \3"),
    (rf"^{_MONTH}[\s./-]*{_DAY}[\s.,/-]+(\d{{4}}|\d{{2}})\b", r"\1 \2 \3"),
    (rf"^(\d{{4}})[\s.,/-]*{_MONTH}[\s.,/-]*(\d{{1,2}})\b", r"\1 \2 \3"),
)
_YEAR_MARK: Final = r"(?: ?г(?:ода|\.)?| ?r\.| ?m\.)? ?(\d{1,2}:|$)"
"""Russian and Polish put a word for the year behind it."""
SIGNED: Final = r"\d{4}\s*[年년]"
"""A year as Chinese, Japanese and Korean write it."""


def tidy(text: ir.Value) -> ir.Value:
    """One blank between date and time and before AM and PM, a point before fractions."""
    text = text.re_replace(r"[\s\x{a0}\x{202f}]+", " ").strip()
    text = text.re_replace(r"(\d)[Tt](\d)", r"\1 \2")
    text = text.re_replace(r"(\d)(?:,| -|,? at|, ?um) ?(\d{1,2}:\d\d)", r"\1 \2")
    text = text.re_replace(r"(:\d\d),(\d)", r"\1.\2")
    return text.re_replace(r" ?([AaPp])\.? ?[Mm]\.?$", r" \1M")


def spaced(text: ir.Value) -> ir.Value:
    """`Monday, 11th of February 2013`, `11-Feb-2013` and `11FEB2013` as `11 Feb 2013`.

    The order of day, month and year stays; what is no such date stays as it is.
    """
    text = tidy(text).re_replace(_WEEKDAY, r"\1")
    for pattern, form in _ORDERS:
        text = text.re_replace(pattern, form)
    return text.re_replace(rf"^(\d{{1,2}} \pL+ \d{{4}}){_YEAR_MARK}", r"\1 \2").strip()


def in_english(text: ir.Value) -> ir.Value:
    """Months by their short English names, in small letters."""
    text = text.lower()
    for month, names in _MONTHS.items():
        text = text.re_replace(rf"(^|\PL)(?:{names})(\PL|$)", rf"\1{month}\2")
    return text


def unsigned(text: ir.Value) -> ir.Value:
    """`2025年01月29日 12时34分` and its Korean like as `2025-01-29 12:34`."""
    day = (
        r"^\s*(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]\s*(?:[(（].[)）]\s*)?"
    )
    text = text.re_replace(day, r"\1-\2-\3 ")
    text = text.re_replace(r"(\d{1,2})\s*[时時点點시]\s*(\d{1,2})\s*[分분]?\s*", r"\1:\2:")
    return text.re_replace(r"(:\d{1,2}):?\s*[秒초]?\s*$", r"\1").strip()
