"""What a stage is: a function on artifacts, and what it reads, uses and writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from custseg.artifacts.table import load

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Stage:
    """A step of the way from orders to recommendations.

    Its function takes the artifacts it reads (those of side studies last), then the facts it uses
    (likewise), then its settings, then those of other sections, then what it reads of the snapshot
    before, each by name; artifacts that it can do without come last. It returns a dataclass with a
    field for each artifact it writes and each fact it finds (or, writing a single artifact and no
    fact, that table; or `lines` for two that it `splits` these into).
    """

    name: str
    function: str
    """`module:function`, imported when it runs."""
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    says: str = ""
    """What a run says once it is done: `{artifact}` is how many rows that has,
    `{artifact:one|many}` the number with its word."""
    settings: str = ""
    """The section of the settings that is its own, given as `settings`; empty where it has none."""
    more_settings: tuple[str, ...] = ()
    """Sections of stages whose work it does too (at past dates, say): `<section>_settings`."""
    only: tuple[str, ...] = ()
    """Dotted keys, of sections of which it looks at no others: these change nothing that it does.
    """
    side_reads: tuple[str, ...] = ()
    """Artifacts of side studies, given as None by a run that leaves these out."""
    uses: tuple[str, ...] = ()
    """Facts (small values) of earlier stages that it is given."""
    side_uses: tuple[str, ...] = ()
    """Facts of side studies, given as None by a run that leaves these out."""
    before: tuple[str, ...] = ()
    """Artifacts of the snapshot that a run of the as-of date starts from, given as
    `previous_<artifact>`; None where there is none."""
    registers: bool = False
    """It is given the registered campaigns with their customers, as `registered`."""
    gathers: str = ""
    """`module:class` of the dataclass in which its function takes all that it reads and uses, if
    that is too much to take one by one; what it reads and uses are the fields."""
    finds: tuple[str, ...] = ()
    """Facts that it finds for later ones."""
    sees: str = ""
    """`module:function` that says which columns of the artifact `features` it looks at, by its
    settings and the features of the model before, if it reads that; without, it is given all."""
    tables: bool = False
    """It is given tables of the engine; otherwise data frames, sorted by their key."""
    progress: bool = False
    """It takes long and tells of its progress, by calling `progress(done, of)`."""
    tells: bool = False
    """It tells what it works on before it begins, by calling `tell(sentence)`."""
    lines: bool = False
    """It takes order lines themselves: left out where another engine than DuckDB has these."""
    splits: str = ""
    """A column of its result's `lines`, which are those of the artifact it reads: rows without a
    value in it are the first artifact that it writes, rows with one the second."""
    reads_source: bool = False
    """Its input is no artifact but the shop's source, which the runner finds for it."""
    source_settings: tuple[str, ...] = ()
    """Sections by which its source is found or simulated; its function is not given them."""
    also_runs: tuple[str, ...] = ()
    """Modules beside its function's that the runner calls for it."""
    side: bool = False
    """A side study: `[run] thorough = false` leaves it out of run-all."""
    prepares: bool = False
    """It only prepares what others read: the command of such a stage runs it first, if stale."""

    @property
    def sections(self) -> tuple[str, ...]:
        """Every section of the settings that its results depend on."""
        return ((self.settings,) if self.settings else ()) + (
            *self.more_settings,
            *self.source_settings,
        )

    def keys_of(self, section: str) -> set[str] | None:
        """The keys of a section that its results depend on; None: all."""
        dotted = (key.partition(".") for key in self.only)
        return {key for of, _, key in dotted if of == section} or None

    @property
    def earlier(self) -> tuple[str, ...]:
        """What it reads of the snapshot before, as its function and its record name it."""
        return tuple(f"previous_{name}" for name in self.before)

    def inputs(self, *, thorough: bool) -> tuple[str, ...]:
        """The artifacts it is given by a run with or without side studies."""
        return self.reads + self.side_reads * thorough

    def facts(self, *, thorough: bool) -> tuple[str, ...]:
        """The facts it is given by a run with or without side studies."""
        return self.uses + self.side_uses * thorough

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        function: Callable[..., Any] = load(self.function)
        return function
