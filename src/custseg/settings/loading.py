"""Read the settings of a run: defaults < custseg.toml < CUSTSEG_* variables < options."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as PydanticSettingsError

from custseg.errors import SettingsError, did_you_mean
from custseg.settings import Section, Settings
from custseg.settings.locations import DEMO, STDIN, UCI, is_url
from custseg.settings.own_texts import FILE_NAME as PLAYBOOK_NAME
from custseg.settings.own_texts import read as read_own_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

CONFIG_NAME = "custseg.toml"
_MOVED: Final = {
    "source.customers": 'is [privacy] customer_ids now: "auto", "keep" as before, or "pseudonym", '
    'which was "hash"',
    "playbook.currency": "is [report] currency now",
    "playbook.language": "is [report] language now",
}
"""Keys of earlier versions, and what took their place."""


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
        A file cannot be read, a key is unknown or a value does not fit.

    Notes
    -----
    Texts of plans are read from the playbook.toml beside the settings file, if there is one;
    whether a plan can have them is `custseg.offers.playbook.own_texts.check`'s to say.
    """
    path = settings_path(config)
    document = _read_toml(path) if path else {}

    if path:
        _relative_to_file(document, path.parent)
    own_texts, texts_path = {}, playbook_path(config)
    if texts_path.is_file():
        own_texts = read_own_texts(texts_path)
    _refuse_unknown_variables()
    try:
        variables = EnvSettingsSource(Settings)()
        texts = {"playbook": {"texts": own_texts}} if own_texts else {}
        settings = Settings(**_merge(document, texts, variables, _nest(options or {})))
    except ValidationError as error:
        raise _explain(error, path) from None
    except PydanticSettingsError as error:
        raise SettingsError(
            f"A CUSTSEG_* variable cannot be read: {error}.", "Lists and tables are JSON."
        ) from None
    return settings


def with_options(settings: Settings, options: Mapping[str, object]) -> Settings:
    """Return settings with other values of options, by dotted key, laid over them.

    Raises
    ------
    SettingsError
        A value does not fit.
    """
    there = {
        section: {key: getattr(values, key) for key in values.model_fields_set}
        for section, values in settings
    }
    try:
        return Settings(**_merge(there, _nest(options)))
    except ValidationError as error:
        raise _explain(error, None) from None


def settings_path(config: Path | None) -> Path | None:
    """Return the settings file that is read: the one given, else one in the current folder."""
    return config or (Path(CONFIG_NAME) if Path(CONFIG_NAME).is_file() else None)


def playbook_path(config: Path | None) -> Path:
    """Return where the shop's own texts of plans are: beside the settings file."""
    return (config or Path(CONFIG_NAME)).parent / PLAYBOOK_NAME


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
    lines = [
        "# custseg.toml: uncomment what to change and give it a value. Unknown keys are refused."
    ]
    current, tables = "", list[str]()
    for section, key, default, meaning in documented():
        if section != current:
            summary = (Settings.model_fields[section].annotation.__doc__ or "").strip()
            lines += [*tables, "", f"[{section}]  # {summary}"]
            current, tables = section, []
        if example := _example(section, key):
            # Keys that follow a table would belong to it: it comes after the section's own.
            tables += ["", f"# {meaning}", f"# [{section}.{key}]"]
            tables += [f"# {name} = {_toml(value)}" for name, value in example.items()]
        else:
            lines += [f"# {meaning}", f"# {key} = {default}".rstrip()]
    return "\n".join([*lines, *tables]) + "\n"


def _example(section: str, key: str) -> dict[str, Any]:
    """The example of a setting that is a table, where it has one."""
    model = Settings.model_fields[section].annotation
    assert isinstance(model, type)
    assert issubclass(model, Section)
    examples = model.model_fields[key].examples or [{}]
    example: dict[str, Any] = examples[0]
    return example


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
    except (OSError, RecursionError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from None


def _relative_to_file(document: Mapping[str, object], folder: Path) -> None:
    """Let the paths in a settings file start where it is."""
    privacy, source = document.get("privacy"), document.get("source")
    engine = document.get("engine")
    if isinstance(engine, dict) and isinstance(lines := engine.get("lines"), str):
        engine["lines"] = lines if is_url(lines) else str((folder / lines).resolve())
    if isinstance(privacy, dict) and isinstance(objections := privacy.get("objections"), str):
        privacy["objections"] = str((folder / objections).resolve())
    if not isinstance(source, dict):
        return
    location = source.get("location")
    if isinstance(location, str) and not (location in {UCI, DEMO, STDIN} or is_url(location)):
        source["location"] = str((folder / location).resolve())
    joins = source.get("join")
    for join in joins if isinstance(joins, list) else [joins]:
        if isinstance(join, dict) and isinstance(join.get("file"), str):
            join["file"] = str((folder / join["file"]).resolve())


def _refuse_unknown_variables() -> None:
    for name in os.environ:
        section, nested, _ = name.removeprefix("CUSTSEG_").lower().partition("__")
        if name.startswith("CUSTSEG_") and nested and section not in Settings.model_fields:
            raise SettingsError(
                f"{name}: there is no section {section}"
                f"{did_you_mean(section, Settings.model_fields)}.",
                "docs/settings.md lists every key.",
            )


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
        in_python='docs/settings.md lists every key; a section is a keyword: clean={"returns": …}.',
    )


def _problem(detail: ErrorDetails) -> str:
    dotted = ".".join(str(part) for part in detail["loc"])
    if dotted in _MOVED:
        return f"  {dotted}: {_MOVED[dotted]}"
    if detail["type"] == "extra_forbidden":
        known = [f"{section}.{key}" for section, key, *_ in documented()]
        return f"  {dotted}: unknown key{did_you_mean(dotted, [*known, *Settings.model_fields])}"
    message = detail["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    value = detail["input"]
    shown = f" Got {value!r}." if isinstance(value, str | int | float) else ""
    return f"  {dotted}: {message}.{shown}"
