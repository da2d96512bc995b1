"""Fills what the README takes from the source: python -m tests.make_readme

The tables of keys and of settings, in both languages, between marks such as `<!-- keys en -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from neurotui import i18n
from neurotui.app.commands import help_rows
from neurotui.i18n import _
from neurotui.settings.config import Settings, about, default_of

HEADS = {"en": ("Setting", "What it does", "Default"), "ru": ("Настройка", "Что делает", "По умолчанию")}

README = Path(__file__).parents[1] / "README.md"


def keys() -> Iterator[str]:
    """Every command with its keys and its slash command."""
    for heading, rows in help_rows():
        yield f"| {heading} | | |\n|---|---|---|"
        for row in rows:
            names = " ".join(f"<kbd>{escape(key)}</kbd>" for key in row.keys)
            yield f"| {names} | {f'`{row.slash}`' if row.slash else ''} | {escape(row.text)} |"
        yield ""


def settings(kind: type = Settings, prefix: str = "") -> Iterator[str]:
    """Every setting with what it means and its default."""
    for field in fields(kind):
        described, default = about(field), default_of(field)
        name = prefix + field.name
        if is_dataclass(default):
            yield from settings(type(default), f"{name}.")
        elif isinstance(described.of, type) and is_dataclass(described.of):
            yield f"| `[{name}.NAME]` | {escape(_(described.explanation))} | |"
            yield from settings(described.of, f"{name}.NAME.")
        else:
            yield f"| `{name}` | {escape(_(described.explanation))} | {shown(default)} |"


def shown(default: Any) -> str:
    """A default as TOML has it; nothing where it is empty."""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return (
        f"`{default:g}`"
        if isinstance(default, int | float) and default
        else f"`{default}`"
        if default
        else ""
    )


def escape(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def filled(readme: str) -> str:
    """`readme` with its marked parts as the source has them."""
    for language in i18n.LANGUAGES:
        i18n.use(language)
        head = f"| {' | '.join(HEADS[language])} |\n|---|---|---|"
        parts = {"keys": "\n".join(keys()), "settings": "\n".join([head, *settings()])}
        for name, text in parts.items():
            mark = f"{name} {language}"
            readme = re.sub(
                rf"(?s)(<!-- {mark} -->\n).*?(<!-- /{mark} -->)",
                lambda match, text=text: f"{match[1]}\n{text.rstrip()}\n\n{match[2]}",  # type: ignore[misc]
                readme,
            )
    i18n.use("en")
    return readme


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
