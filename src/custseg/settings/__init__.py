"""What can be set: every key with its type, default and meaning."""

from __future__ import annotations

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

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
