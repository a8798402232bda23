"""What can be set: every key with its type, default and meaning."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from custseg.settings.campaigns import CampaignSettings
from custseg.settings.model import ModelSettings, SegmentSettings
from custseg.settings.monthly import MonthlySettings
from custseg.settings.offers import (
    BundleSettings,
    ExportSettings,
    RecommendSettings,
    ShelfSettings,
)
from custseg.settings.orders import CleanSettings, DemoSettings, FeatureSettings
from custseg.settings.outlook import (
    BacktestSettings,
    Calibrate,
    InventorySettings,
    PastDates,
    ValidationSettings,
    ValueSettings,
)
from custseg.settings.playbook import PlaybookSettings
from custseg.settings.privacy import CustomerIds, PrivacySettings
from custseg.settings.profiles import GroupSettings, ProfileSettings, RuleSettings
from custseg.settings.report import ReportSettings, SummarySettings
from custseg.settings.run import EngineSettings, RunSettings
from custseg.settings.section import Section
from custseg.settings.source import CanonicalField, JoinSettings, MoneyField, SourceSettings

__all__ = [
    "BacktestSettings",
    "BundleSettings",
    "Calibrate",
    "CampaignSettings",
    "CanonicalField",
    "CleanSettings",
    "CustomerIds",
    "DemoSettings",
    "EngineSettings",
    "ExportSettings",
    "FeatureSettings",
    "GroupSettings",
    "InventorySettings",
    "JoinSettings",
    "ModelSettings",
    "MoneyField",
    "MonthlySettings",
    "PastDates",
    "PlaybookSettings",
    "PrivacySettings",
    "ProfileSettings",
    "RecommendSettings",
    "ReportSettings",
    "RuleSettings",
    "RunSettings",
    "Section",
    "SegmentSettings",
    "Settings",
    "ShelfSettings",
    "SourceSettings",
    "SummarySettings",
    "ValidationSettings",
    "ValueSettings",
]


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
    monthly: MonthlySettings = MonthlySettings()
    groups: GroupSettings = GroupSettings()
    profile: ProfileSettings = ProfileSettings()
    rules: RuleSettings = RuleSettings()
    value: ValueSettings = ValueSettings()
    validation: ValidationSettings = ValidationSettings()
    backtest: BacktestSettings = BacktestSettings()
    recommend: RecommendSettings = RecommendSettings()
    shelves: ShelfSettings = ShelfSettings()
    inventory: InventorySettings = InventorySettings()
    bundles: BundleSettings = BundleSettings()
    playbook: PlaybookSettings = PlaybookSettings()
    privacy: PrivacySettings = PrivacySettings()
    summary: SummarySettings = SummarySettings()
    report: ReportSettings = ReportSettings()
    export: ExportSettings = ExportSettings()
    campaigns: CampaignSettings = CampaignSettings()
    run: RunSettings = RunSettings()
    engine: EngineSettings = EngineSettings()

    @model_validator(mode="before")
    @classmethod
    def _studies_need_duckdb(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Leave out side studies where another engine computes: they take order lines to Python."""
        engine, run = (
            part.model_dump() if isinstance(part, Section) else part or {}
            for part in (given.get("engine"), given.get("run"))
        )
        if engine.get("backend", "duckdb") == "duckdb":
            return given
        return given | {"run": {**run, "thorough": False}}

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
