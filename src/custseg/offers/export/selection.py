"""Which segments are meant by a number, a name or a slug."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALL: Final = "all"


@dataclass(frozen=True)
class Segment:
    """A segment, and what it can be called."""

    number: int
    name: str

    @property
    def slug(self) -> str:
        """Its name for file names and tags: no blanks, no capitals, no punctuation."""
        return slug(self.name) or f"segment-{self.number}"

    def is_called(self, text: str) -> bool:
        """Whether a text is its number, its name or its slug, in capitals or not."""
        asked = text.strip().casefold()
        return asked in {str(self.number), self.name.casefold(), self.slug}


def slug(text: str) -> str:
    """Write a text as words of letters and digits joined by hyphens; empty if it has none.

    Letters of any script stay: a file name and a tag can hold them.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    # Marks (category M) belong to the letter before them, in Hindi or Thai say.
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain)
    return "-".join("".join(kept).split())


def segments_of(named: Iterable[tuple[int, str]]) -> list[Segment]:
    """List the segments of pairs of number and name, by number."""
    found = [Segment(int(number), name) for number, name in named]
    return sorted(found, key=lambda segment: segment.number)


def select(
    asked: Sequence[str], known: Sequence[Segment], option: str = "--segment"
) -> list[Segment]:
    """Find the segments that were asked for.

    Parameters
    ----------
    asked
        Numbers, names or slugs; "all" (unless a segment is called so) is every segment.
    known
        All segments.
    option
        What they were asked for with, for messages.

    Returns
    -------
    list of Segment
        By number, each once.

    Raises
    ------
    UsageError
        Nothing was asked for, or something that is no segment or could be several.
    """
    if not asked:
        raise UsageError(
            f"Which segment? There are: {_told(known)}.", f"Say {option}, by number or name."
        )
    if any(text.strip().casefold() == ALL for text in asked) and not any(
        segment.is_called(ALL) for segment in known
    ):
        return list(known)
    chosen = {_find(text, known, option) for text in asked}
    return sorted(chosen, key=lambda segment: segment.number)


def _find(text: str, known: Sequence[Segment], option: str) -> Segment:
    fitting = [segment for segment in known if segment.is_called(text)]
    if len(fitting) > 1:
        numbers = " and ".join(str(segment.number) for segment in fitting)
        raise UsageError(
            f"{option} {text}: that can be segment {numbers}.", "Rename one: [segments] names."
        )
    if fitting:
        return fitting[0]
    near = did_you_mean(slug(text), [segment.slug for segment in known])
    raise UsageError(f"{option} {text}: no such segment{near}", f"There are: {_told(known)}.")


def _told(known: Sequence[Segment]) -> str:
    return ", ".join(f"{segment.number} {segment.slug}" for segment in known)
