"""Settings of how customers are grouped, and how the groups are named."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, field_validator, model_validator

from custseg.artifacts import MODEL_FEATURES, NUMERIC_FEATURES, OUTLOOK_FEATURES
from custseg.errors import did_you_mean
from custseg.settings.section import Section
from custseg.words.names import SEGMENT_NAMES, is_segment_name

_SMALLEST_WEIGHT: Final = 1e-3
_LARGEST_WEIGHT: Final = 1e3


class ModelSettings(Section):
    """How customers are grouped."""

    features: tuple[str, ...] = Field(
        MODEL_FEATURES,
        description="Features the model uses: any numeric columns of the artifact features",
    )
    transform: dict[str, Literal["log1p", "none"]] = Field(
        default_factory=dict,
        description='How a feature is transformed; log1p if not named: {recency_days = "none"}',
    )
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="Weight of a standardised feature; 1 if not named: {monetary = 2.0}",
    )
    clip: float = Field(
        3.0,
        ge=0,
        description="Standard deviations from the mean at which a feature is cut; 0 cuts nothing",
    )
    variance: float = Field(
        0.85, gt=0, le=1, description="Share of variance that the principal components retain"
    )
    components: int | None = Field(
        None, ge=1, description="Number of principal components, instead of variance"
    )
    outlook_features: tuple[str, ...] = Field(
        OUTLOOK_FEATURES,
        description="Features that only the outlook axis uses, besides those of the model",
    )
    outlook_weight: float = Field(
        2.0,
        ge=0,
        le=10,
        description="Standard deviation of customers along the outlook axis; 0: without that axis",
    )
    outlook_days: int = Field(
        90,
        ge=7,
        description="Days of spend that this axis is learned from; at most a third of all days",
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
        description="Least stability of the segments: mean adjusted Rand index when customers are "
        "resampled",
    )
    min_share: float = Field(
        0.05, ge=0, lt=0.5, description="Share of customers the smallest segment must hold"
    )
    least_customers: int = Field(
        20, ge=1, description="Customers that the smallest segment must hold, whatever their share"
    )
    max_share: float = Field(
        0.8, gt=0.5, le=1, description="Largest share of customers that one segment may hold"
    )
    natural_silhouette: float = Field(
        0.5, gt=0, le=1, description="Mean silhouette from which groups count as natural"
    )
    resamples: int = Field(50, ge=2, description="Bootstrap resamples for each stability")
    n_init: int = Field(20, ge=1, description="K-means starts per fit; the best one counts")
    seed: int = Field(42, ge=0, lt=2**32, description="Seed of everything random in the model")
    max_fit_customers: int = Field(
        500_000,
        ge=1_000,
        description="With more customers, the model is fitted on a sample of this size and scores "
        "the rest",
    )
    silhouette_sample: int = Field(
        10_000,
        ge=100,
        description="Up to this many customers the silhouette is exact, above that it is sampled",
    )
    study_sample: int = Field(
        20_000,
        ge=100,
        description="Stability and the gap statistic use at most this many customers, sampled",
    )

    @field_validator("features")
    @classmethod
    def _some_features(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one feature is needed")
        return value

    @field_validator("features", "outlook_features")
    @classmethod
    def _known_features(cls, value: tuple[str, ...]) -> tuple[str, ...]:
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
        enter = (*self.features, *self.outlook_features)
        for key, known in (("transform", enter), ("weights", self.features)):
            for name in getattr(self, key):
                if name not in known:
                    raise ValueError(
                        f'{key}: "{name}" is not in [model] features{did_you_mean(name, known)}'
                    )
        for name, weight in self.weights.items():
            if not _SMALLEST_WEIGHT <= weight <= _LARGEST_WEIGHT:
                raise ValueError(
                    f"weights: {name} must be from {_SMALLEST_WEIGHT:g} to {_LARGEST_WEIGHT:g}, "
                    f"not {weight:g}; to leave it out, take it out of features"
                )
        if self.components and self.components > len(self.features):
            raise ValueError(
                f"components ({self.components}) is more than there are features "
                f"({len(self.features)})"
            )
        return self


class SegmentSettings(Section):
    """What segments are called, and who is near the border of one."""

    names: dict[str, str] = Field(
        default_factory=dict,
        description='Your names for ours: {Hibernating = "Sleeping"}',
    )
    ambiguous_margin: float = Field(
        0.1,
        ge=0,
        le=1,
        description="A customer whose margin to the next segment is below this is ambiguous",
    )

    @field_validator("names")
    @classmethod
    def _distinct_names(cls, value: dict[str, str]) -> dict[str, str]:
        for ours, yours in value.items():
            if not is_segment_name(ours):
                raise ValueError(f'"{ours}" is no name{did_you_mean(ours, SEGMENT_NAMES)}')
            if not yours.strip() or yours != yours.strip() or not yours.isprintable():
                raise ValueError(f'"{ours}" is given a name that is blank or cannot be printed')
            if yours in SEGMENT_NAMES and yours not in value:
                raise ValueError(
                    f'"{ours}" is given the name of another segment, "{yours}", that keeps it'
                )
        if len(set(value.values())) < len(value):
            raise ValueError("two segments are given the same name")
        return value
