"""The register of campaigns: a signed record, and a private file of customers for each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Literal

from custseg.errors import WorkspaceError
from custseg.workspace.inside import own
from custseg.workspace.manifest import Output
from custseg.workspace.signing import read_record, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

FILE: Final = "campaigns.json"
FOLDER: Final = "campaigns"
INPUT: Final = "registered"
"""As the manifest names the register among what a stage reads."""
_VERSION: Final = 1
Control = Literal["own", "shop-wide", "none"]


@dataclass(frozen=True)
class Campaign:
    """A campaign as it was registered; nobody is named in it."""

    number: int
    name: str
    as_of: str
    """Of the list."""
    sent: str
    """ISO date of the midnight from which it is measured."""
    horizon_days: int
    segments: tuple[str, ...]
    aim: str
    """Aim of its segments' plans."""
    offer_cost: str
    """Exact amount per customer on the list, shop currency."""
    consent: str
    control: Control
    """Whom the list is compared with."""
    listed: int
    """Customers on the list when it was registered."""
    held: int
    """Customers of the control group then."""
    members: str
    """SHA-256 of the file of its customers; empty once it is closed."""
    result: dict[str, Any] | None = None
    """What is kept of a closed one: a row of the artifact `campaigns`."""

    @property
    def start(self) -> date:
        """First day that it is measured on."""
        return date.fromisoformat(self.sent)

    @property
    def end(self) -> date:
        """Midnight at which its days are over."""
        return self.start + timedelta(days=self.horizon_days)

    @property
    def closed(self) -> bool:
        """Whether it is closed: its result stays as it is."""
        return self.result is not None

    @property
    def stopped(self) -> bool:
        """Whether it was closed before its end, so that its name can be used again."""
        return self.result is not None and self.result["state"] == "stopped"

    @property
    def file(self) -> str:
        """Its customers' file, by its path in the workspace."""
        return f"{FOLDER}/{self.number:04}.parquet"


@dataclass(frozen=True)
class Register:
    """The campaigns of a workspace, in the order in which they were registered."""

    campaigns: tuple[Campaign, ...] = ()

    def find(self, name: str) -> Campaign | None:
        """The campaign of a name, in capitals or not."""
        wanted = name.strip().casefold()
        return next((one for one in self.campaigns if one.name.casefold() == wanted), None)

    def having(self, campaign: Campaign) -> Register:
        """Return it with a campaign, in the place of one of its number."""
        others = [one for one in self.campaigns if one.number != campaign.number]
        return Register(tuple(sorted([*others, campaign], key=lambda one: one.number)))

    def files(self, root: Path) -> dict[Path, Output]:
        """The files of customers, each as it has to be."""
        return {root / one.file: Output(one.members, 0) for one in self.campaigns if one.members}

    def with_files(self, root: Path, changed: Mapping[Path, Output]) -> Register:
        """Return it once some of its files of customers are others."""
        return Register(
            tuple(
                replace(one, members=changed[root / one.file].sha256)
                if root / one.file in changed
                else one
                for one in self.campaigns
            )
        )

    def digest(self) -> str:
        """Tell it from others; empty where there is no campaign."""
        return sha256(self.to_json().encode()).hexdigest() if self.campaigns else ""

    def to_json(self) -> str:
        """The register as text."""
        content = {"version": _VERSION, "campaigns": [asdict(one) for one in self.campaigns]}
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    def stored(self) -> bytes:
        """As stored: signed."""
        return signed(self.to_json(), "campaigns")


@dataclass(frozen=True)
class Registered:
    """A campaign with its customers."""

    campaign: Campaign
    members: pd.DataFrame | None
    """As the artifact `MEMBERS` has them; None of a closed one."""


def register_of(content: Mapping[str, Any]) -> Register:
    """Take a register from a parsed record.

    Raises
    ------
    ValueError, TypeError, KeyError
        It is none, or of another version.
    """
    if content["version"] != _VERSION:
        raise ValueError("another version")
    return Register(tuple(_campaign(entry) for entry in content["campaigns"]))


def _campaign(entry: Mapping[str, Any]) -> Campaign:
    given = {field.name: entry[field.name] for field in fields(Campaign)}
    for name in ("number", "horizon_days", "listed", "held"):
        given[name] = int(given[name])
    campaign = Campaign(**given | {"segments": tuple(map(str, entry["segments"]))})
    _ = campaign.end, campaign.file
    return campaign


def read_register(root: Path) -> Register:
    """Read the register of the workspace in a folder; empty where there is no such file.

    Raises
    ------
    SignatureError
        Its signature does not hold.
    WorkspaceError
        It is damaged, or a link.
    """
    path = root / FILE
    try:
        return register_of(read_record(path, root, "campaigns"))
    except (FileNotFoundError, NotADirectoryError):
        return Register()
    except OSError as error:
        raise WorkspaceError(f"{path}: cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError):
        raise WorkspaceError(
            f"{path}: damaged, or of another version of custseg.",
            "It says which campaigns are measured: put it back from a backup.",
        ) from None


def read_members(root: Path, campaigns: Iterable[Campaign]) -> tuple[Registered, ...]:
    """Read the customers of campaigns.

    Raises
    ------
    WorkspaceError
        A file of customers is missing, or not as the register has it.
    """
    return tuple(Registered(one, _members(root, one) if one.members else None) for one in campaigns)


def _members(root: Path, campaign: Campaign) -> pd.DataFrame:
    from custseg.engine.parquet import read_frame, require_table
    from custseg.workspace.files import sha256 as digest_of

    path = own(root / campaign.file, root)
    if not path.is_file() or digest_of(path) != campaign.members:
        state = "is missing" if not path.is_file() else "is not as it was registered"
        raise WorkspaceError(
            f"{path}: {state}.",
            "It says who was on a campaign's list: put it back from a backup, or end the campaign "
            "without a result: custseg campaign close NAME --force",
        )
    return read_frame(require_table(path))
