"""Typed settings: defaults < custseg.toml < CUSTSEG_* variables < command-line options."""

from __future__ import annotations

import difflib
import json
import tomllib
from datetime import date  # noqa: TC003  (pydantic reads the annotation at run time)
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as PydanticSettingsError

from custseg.artifacts import MODEL_FEATURES, NUMERIC_FEATURES
from custseg.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

CONFIG_NAME = "custseg.toml"

CanonicalField = Literal[
    "customer_id",
    "order_id",
    "product_id",
    "description",
    "quantity",
    "unit_price",
    "ordered_at",
    "country",
    "category",
]


class Section(BaseModel):
    """One `[section]` of custseg.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(Section):
    """Where the orders come from and how their columns are named."""

    location: str | None = Field(
        None,
        description='"uci", "demo" or a path (relative to this file) that run-all reads when none '
        "is given",
    )
    url: str | None = Field(None, description="Mirror to download the UCI data from")
    sheet: str | None = Field(
        None, description="Sheet of a workbook; default: the first that has the columns"
    )
    columns: dict[CanonicalField, str] = Field(
        default_factory=dict,
        description='Your column for each of ours: {order_id = "Order Number", …}; '
        "known exports need none",
    )
    date_format: str | None = Field(
        None,
        description='How dates are written, such as "%d/%m/%Y %H:%M"; default: found from all rows',
    )


class DemoSettings(Section):
    """The simulated shop behind `custseg download demo`."""

    customers: int = Field(3500, ge=50, description="Customers with an account")
    seed: int = Field(42, ge=0, description="Seed of the simulation; equal seeds, equal shops")


class CleanSettings(Section):
    """Which order lines count."""

    as_of: date | None = Field(
        None,
        description="Segment as of this midnight: nothing on or after it exists; default: the "
        "midnight after the last order that counts",
    )
    duplicates: Literal["auto", "drop", "keep"] = Field(
        "auto", description="Exact copies of a row; auto drops them where lines have an order id"
    )
    returns: Literal["net", "drop", "subtract"] = Field(
        "net",
        description="net: a return undoes the customer's latest earlier purchase; drop: returns "
        "are removed, purchases stay whole; subtract: they count against their own date",
    )
    preset: Literal["auto", "none", "online-retail"] = Field(
        "auto", description="Code patterns to start from; auto: those of the export recognised"
    )
    product_pattern: str | None = Field(
        None,
        description="Regular expression that a product code (trimmed, upper-cased) matches; others "
        "are service codes. Default: the preset's",
    )
    not_products: tuple[str, ...] = Field(
        (), description="Codes that are no products, besides those the pattern excludes"
    )
    bad_debt_pattern: str | None = Field(
        None,
        description="Regular expression for order ids of bad-debt adjustments. Default: the "
        "preset's",
    )
    return_pattern: str | None = Field(
        None,
        description="Regular expression for order ids of returns. Default: the preset's; without "
        "one, a negative quantity is a return",
    )


class FeatureSettings(Section):
    """What is measured for each customer."""

    recent_days: int = Field(
        90, ge=1, description="Length in days of the recent window and of the one before it"
    )


class ModelSettings(Section):
    """How customers are grouped."""

    features: tuple[str, ...] = Field(
        MODEL_FEATURES, description="Features the model sees; any numeric column of features"
    )
    variance: float = Field(
        0.85, gt=0, le=1, description="Share of variance that the principal components retain"
    )
    k: int | None = Field(
        None, ge=2, description="Number of segments; default: chosen from kmin to kmax"
    )
    kmin: int = Field(2, ge=2, description="Smallest number of segments tried")
    kmax: int = Field(12, ge=2, description="Largest number of segments tried")
    n_init: int = Field(20, ge=1, description="K-means starts per fit; the best one counts")
    seed: int = Field(42, ge=0, lt=2**32, description="Seed of everything random in the model")
    silhouette_sample: int = Field(
        10_000,
        ge=100,
        description="Up to this many customers the silhouette is exact, above it is sampled",
    )

    @field_validator("features")
    @classmethod
    def _known_features(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one feature is needed")
        for name in value:
            if name not in NUMERIC_FEATURES:
                raise ValueError(f'"{name}" is no numeric feature{_did_you_mean(name)}')
        if len(set(value)) < len(value):
            raise ValueError("a feature is named twice")
        return value

    @model_validator(mode="after")
    def _k_range(self) -> ModelSettings:
        if self.kmax < self.kmin:
            raise ValueError(f"kmax ({self.kmax}) is below kmin ({self.kmin})")
        return self


class ProfileSettings(Section):
    """How much of each segment is told."""

    top: int = Field(10, ge=1, description="Products and countries listed per segment")


class RecommendSettings(Section):
    """Which products a segment is shown."""

    shelf_size: int = Field(10, ge=1, description="Products per list")
    prior_strength: float = Field(
        1000.0, gt=0, description="Weight of the shop's average in the log-odds (alpha 0)"
    )
    min_buyers: int = Field(
        20, ge=1, description="A product needs this many buyers in the segment to be over-bought"
    )
    min_buyer_share: float = Field(
        0.05, ge=0, le=1, description="… and this share of the segment's customers"
    )
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of chance finds tolerated among over-bought products"
    )


class EngineSettings(Section):
    """The embedded DuckDB that cleans and measures."""

    memory_limit: str | None = Field(
        None,
        pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$",
        description='Memory it may use before it spills to disk, such as "4GB"; default: 80 % of '
        "the machine's",
    )
    threads: int | None = Field(None, ge=1, description="Threads it may use; default: all cores")


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="CUSTSEG_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    source: SourceSettings = SourceSettings()
    demo: DemoSettings = DemoSettings()
    clean: CleanSettings = CleanSettings()
    features: FeatureSettings = FeatureSettings()
    model: ModelSettings = ModelSettings()
    profile: ProfileSettings = ProfileSettings()
    recommend: RecommendSettings = RecommendSettings()
    engine: EngineSettings = EngineSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  (the signature is pydantic's)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values as given: `load_settings` has merged the sources."""
        return (init_settings,)


def load_settings(
    config: Path | None = None, options: Mapping[str, object] | None = None
) -> Settings:
    """Read the settings that hold for a run.

    Parameters
    ----------
    config
        A custseg.toml; without one, `custseg.toml` in the current folder is read if it exists.
    options
        Values given on the command line, by dotted key (`clean.as_of`).

    Raises
    ------
    SettingsError
        The file cannot be read, a key is unknown or a value does not fit.
    """
    path = config or (Path(CONFIG_NAME) if Path(CONFIG_NAME).is_file() else None)
    document = _read_toml(path) if path else {}

    location = document.get("source", {}).get("location") if path else None
    if path and isinstance(location, str) and location not in {"uci", "demo"}:
        document["source"]["location"] = str((path.parent / location).resolve())
    try:
        variables = EnvSettingsSource(Settings)()
        return Settings(**_merge(document, variables, _nest(options or {})))
    except ValidationError as error:
        raise _explain(error, path) from None
    except PydanticSettingsError as error:
        raise SettingsError(
            f"A CUSTSEG_* variable cannot be read: {error}.", "Lists and tables are JSON."
        ) from None


def documented() -> Iterator[tuple[str, str, str, str]]:
    """Every setting as (section, key, default in TOML, meaning), in order."""
    for section, info in Settings.model_fields.items():
        model = info.annotation
        assert isinstance(model, type)
        assert issubclass(model, Section)
        for key, field in model.model_fields.items():
            yield section, key, _toml(field.get_default(call_default_factory=True)), _choices(field)


def template() -> str:
    """A custseg.toml with every setting commented out at its default."""
    lines = ["# custseg.toml: uncomment what you want to change. Unknown keys are refused."]
    current = ""
    for section, key, default, meaning in documented():
        if section != current:
            summary = (Settings.model_fields[section].annotation.__doc__ or "").strip()
            lines += ["", f"[{section}]  # {summary}"]
            current = section
        lines += [f"# {meaning}", f"# {key} = {default}".rstrip()]
    return "\n".join(lines) + "\n"


def _choices(field: Any) -> str:  # noqa: ANN401  (pydantic's FieldInfo is generic)
    choices = [c for c in get_args(field.annotation) if isinstance(c, str)]
    return f"{field.description}" + (f" ({' | '.join(choices)})" if choices else "")


def _toml(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "{}"
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such settings file.", "Write one: custseg init") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from None


def _merge(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Join nested mappings; later layers win."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(merged.get(key), dict)
            merged[key] = _merge(merged[key], value) if both else value
    return merged


def _nest(options: Mapping[str, object]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for dotted, value in options.items():
        section, key = dotted.split(".")
        nested.setdefault(section, {})[key] = value
    return nested


def _explain(error: ValidationError, path: Path | None) -> SettingsError:
    problems = "\n".join(_problem(detail) for detail in error.errors())
    where = f" ({path})" if path else ""
    return SettingsError(
        f"Settings{where} do not fit:\n{problems}",
        "docs/settings.md lists every key; custseg init writes them all with their defaults.",
    )


def _problem(detail: ErrorDetails) -> str:
    dotted = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"  {dotted}: unknown key{_did_you_mean(dotted)}"
    message = detail["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    value = detail["input"]
    shown = f" Got {value!r}." if isinstance(value, str | int | float) else ""
    return f"  {dotted}: {message}.{shown}"


def _did_you_mean(name: str) -> str:
    known = [f"{section}.{key}" for section, key, *_ in documented()] if "." in name else []
    known = known or [*Settings.model_fields, *NUMERIC_FEATURES]
    close = difflib.get_close_matches(name, known, n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
