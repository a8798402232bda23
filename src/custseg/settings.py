"""What can be set: every key with its type, default and meaning."""

from __future__ import annotations

from datetime import date  # noqa: TC003  (pydantic reads the annotation at run time)
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from custseg.artifacts import MODEL_FEATURES, NUMERIC_FEATURES
from custseg.errors import did_you_mean

SEGMENT_NAMES: Final = (
    "New",
    "Champions",
    "Loyal",
    "Potential loyal",
    "Big baskets",
    "Big baskets, slipping",
    "Needs attention",
    "Hibernating",
    "Lapsed small buyers",
    "Dormant",
)
"""The names that segments can get; more of a kind get a number ("Dormant 2")."""

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

    @field_validator("product_pattern", "bad_debt_pattern", "return_pattern")
    @classmethod
    def _valid_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            import pyarrow as pa
            import pyarrow.compute as pc

            try:
                # Arrow and the engine read the same regular expressions (RE2's).
                pc.match_substring_regex(pa.array([""]), value)
            except pa.ArrowInvalid as error:
                raise ValueError(f"is no regular expression: {error}") from None
        return value


class FeatureSettings(Section):
    """What is measured for each customer."""

    recent_days: int = Field(
        90,
        ge=1,
        le=36_500,
        description="Length in days of the recent window and of the one before it",
    )


class ModelSettings(Section):
    """How customers are grouped."""

    features: tuple[str, ...] = Field(
        MODEL_FEATURES, description="Features the model sees; any numeric column of features"
    )
    transform: dict[str, Literal["log1p", "none"]] = Field(
        default_factory=dict,
        description='How a feature enters, log1p unless said: {recency_days = "none"}',
    )
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="How much a standardised feature counts, 1 unless said: {monetary = 2.0}",
    )
    variance: float = Field(
        0.85, gt=0, le=1, description="Share of variance that the principal components retain"
    )
    components: int | None = Field(
        None, ge=1, description="Number of principal components, instead of that share"
    )
    algorithm: Literal["kmeans", "minibatch"] = Field(
        "kmeans", description="minibatch is for millions of customers"
    )
    k: int | None = Field(
        None, ge=2, description="Number of segments; default: chosen from kmin to kmax"
    )
    kmin: int = Field(2, ge=2, description="Smallest number of segments tried")
    kmax: int = Field(12, ge=2, description="Largest number of segments tried")
    fewest_segments: int = Field(
        4, ge=2, description="Fewest segments chosen where there are no natural groups"
    )
    most_segments: int = Field(
        7, ge=2, description="Most segments chosen where there are no natural groups"
    )
    min_stability: float = Field(
        0.75,
        ge=0,
        le=1,
        description="Mean adjusted Rand index that segments keep when customers are resampled",
    )
    min_share: float = Field(
        0.05, ge=0, lt=0.5, description="Share of customers the smallest segment must hold"
    )
    max_share: float = Field(
        0.8, gt=0.5, le=1, description="A segment above this share of customers is a blob"
    )
    natural_silhouette: float = Field(
        0.5, gt=0, le=1, description="Mean silhouette from which groups count as natural"
    )
    resamples: int = Field(50, ge=2, description="Bootstrap resamples behind a stability")
    n_init: int = Field(20, ge=1, description="K-means starts per fit; the best one counts")
    seed: int = Field(42, ge=0, lt=2**32, description="Seed of everything random in the model")
    silhouette_sample: int = Field(
        10_000,
        ge=100,
        description="Up to this many customers the silhouette is exact, above it is sampled",
    )
    study_sample: int = Field(
        20_000,
        ge=100,
        description="Stability and the gap statistic use at most this many customers, sampled",
    )

    @field_validator("features")
    @classmethod
    def _known_features(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one feature is needed")
        for name in value:
            if name not in NUMERIC_FEATURES:
                raise ValueError(
                    f'"{name}" is no numeric feature{did_you_mean(name, NUMERIC_FEATURES)}'
                )
        if len(set(value)) < len(value):
            raise ValueError("a feature is named twice")
        return value

    @model_validator(mode="after")
    def _ranges(self) -> ModelSettings:
        if self.kmax < self.kmin:
            raise ValueError(f"kmax ({self.kmax}) is below kmin ({self.kmin})")
        if self.most_segments < self.fewest_segments:
            raise ValueError(
                f"most_segments ({self.most_segments}) is below fewest_segments "
                f"({self.fewest_segments})"
            )
        for key in ("transform", "weights"):
            for name in getattr(self, key):
                if name not in self.features:
                    raise ValueError(
                        f'{key}: "{name}" is not in [model] features'
                        f"{did_you_mean(name, self.features)}"
                    )
        for name, weight in self.weights.items():
            if not 0 < weight < float("inf"):
                raise ValueError(f"weights: {name} must be above 0 and finite, not {weight}")
        if self.components and self.components > len(self.features):
            raise ValueError(
                f"components ({self.components}) is more than there are features "
                f"({len(self.features)})"
            )
        return self


class SegmentSettings(Section):
    """How segments are named. The figures are means of standardised log features."""

    names: dict[str, str] = Field(
        default_factory=dict,
        description='Your names for ours: {Hibernating = "Sleeping"}',
    )
    new_below: float = Field(
        -1.0, description="The segment of lowest tenure is New where that is at most this"
    )
    loyal_above: float = Field(0.5, description="Loyal: frequency above this, recency below 0")
    big_baskets_above: float = Field(0.5, description="Big baskets: order value above this")
    attention_above: float = Field(-0.3, description="Needs attention: frequency above this")
    ambiguous_margin: float = Field(
        0.1,
        ge=0,
        le=1,
        description="A customer is ambiguous whose margin to the next segment is below this",
    )

    @field_validator("names")
    @classmethod
    def _distinct_names(cls, value: dict[str, str]) -> dict[str, str]:
        for ours, yours in value.items():
            if ours.rstrip(" 0123456789") not in SEGMENT_NAMES:
                raise ValueError(f'"{ours}" is no name{did_you_mean(ours, SEGMENT_NAMES)}')
            if not yours.strip():
                raise ValueError(f'"{ours}" is given no name')
        if len(set(value.values())) < len(value):
            raise ValueError("two segments are given the same name")
        return value


class ProfileSettings(Section):
    """How much of each segment is told."""

    top: int = Field(10, ge=1, description="Products and countries listed per segment")
    fewest_groups: int = Field(
        20,
        ge=2,
        description="Smallest number of product groups tried where the source has no category; a "
        "catalogue of few products has fewer",
    )
    most_groups: int = Field(36, ge=2, description="Largest number of product groups tried")
    rule_leaves: int = Field(
        24, ge=2, le=256, description="Most rules that describe all segments together"
    )
    rule_holdout: float = Field(
        0.3,
        gt=0,
        lt=1,
        description="Share of each segment's customers that the rules are not fitted but tested on",
    )

    @model_validator(mode="after")
    def _group_range(self) -> ProfileSettings:
        if self.most_groups < self.fewest_groups:
            raise ValueError(
                f"most_groups ({self.most_groups}) is below fewest_groups ({self.fewest_groups})"
            )
        return self


class ValidationSettings(Section):
    """At which past dates the segments are held against what customers did next."""

    dates: tuple[date, ...] = Field(
        (),
        description="Past dates to segment at; default: the one horizon_days before the end of the "
        "orders",
    )
    horizon_days: int = Field(
        90, ge=1, le=36_500, description="Days after each date that are to be foretold"
    )
    min_history_days: int = Field(
        180,
        ge=1,
        description="Without dates of your own: days from first to last order that it takes (and "
        "at least twice horizon_days)",
    )

    @field_validator("dates")
    @classmethod
    def _different_dates(cls, value: tuple[date, ...]) -> tuple[date, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a date is named twice")
        return value


Calibrate = Literal["spend", "both", "none"]


class ValueSettings(Section):
    """What customers are expected to order and spend."""

    horizon_days: int = Field(
        90, ge=1, le=1095, description="Length of the time ahead, in days; twice it is looked back"
    )
    model: Literal["auto", "mbg-nbd", "bg-nbd", "steady"] = Field(
        "auto",
        description="auto: the likelier of MBG/NBD and BG/NBD, or steady (everyone goes on at "
        "their own rate) if that was nearer to each customer's spend in the back-test",
    )
    calibrate: Calibrate = Field(
        "spend",
        description="What the back-test corrects. spend: the spend per order; both: the number of "
        "orders too, which carries its season on; none: nothing",
    )


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


class RunSettings(Section):
    """How much a run does."""

    thorough: bool = Field(
        True,
        description="Do the side studies too: every criterion for k, validation, back-tests",
    )
    workers: int | None = Field(
        None, ge=1, le=1024, description="Processes that resample; default: all cores"
    )


class EngineSettings(Section):
    """The embedded DuckDB that cleans and measures."""

    memory_limit: str | None = Field(
        None,
        pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$",
        description='Memory it may use before it spills to disk, such as "4GB"; default: 80 % of '
        "the machine's",
    )
    threads: int | None = Field(
        None, ge=1, le=1024, description="Threads it may use; default: all cores"
    )


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
    segments: SegmentSettings = SegmentSettings()
    profile: ProfileSettings = ProfileSettings()
    value: ValueSettings = ValueSettings()
    validation: ValidationSettings = ValidationSettings()
    recommend: RecommendSettings = RecommendSettings()
    run: RunSettings = RunSettings()
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
