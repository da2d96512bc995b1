"""Fills what is told to users from the source: python -m tests.make_readme

The tables of keys and of settings, in both languages, stand between marks such as `<!-- keys en -->`: the
main keys in the README, all of it in the reference.
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

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
REFERENCES = (ROOT / "neurotui" / "reference.md", ROOT / "neurotui" / "reference.ru.md")

MAIN_KEYS = (
    *("Enter", "Ctrl+J", "Esc", "Ctrl+C", "Ctrl+G", "r", "e", "Ctrl+N"),
    *("Ctrl+R", "Ctrl+F", "Ctrl+L", "F6", "Ctrl+S", "F5", "Ctrl+P", "Ctrl+Q"),
)
"""The first keys of the commands in the README's table: one half on its left side, the other on its right."""


def main_keys() -> Iterator[str]:
    """The commands that a beginner needs, two in a row."""
    # Of two commands with the same key, the one in the place that comes first.
    rows = {row.keys[0]: row for _place, rows in reversed([*help_rows()]) for row in rows if row.keys}
    cells = [f"<kbd>{escape(key)}</kbd> | {escape(rows[key].text)}" for key in MAIN_KEYS]
    half = len(cells) // 2
    yield "| | | | |\n|---|---|---|---|"
    for pair in zip(cells[:half], cells[half:], strict=True):
        yield f"| {' | '.join(pair)} |"


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


def filled(document: str) -> str:
    """`document` with its marked parts as the source has them."""
    for language in i18n.LANGUAGES:
        i18n.use(language)
        head = f"| {' | '.join(HEADS[language])} |\n|---|---|---|"
        parts = {
            "main keys": "\n".join(main_keys()),
            "keys": "\n".join(keys()),
            "settings": "\n".join([head, *settings()]),
        }
        for name, text in parts.items():
            mark = f"{name} {language}"
            document = re.sub(
                rf"(?s)(<!-- {mark} -->\n).*?(<!-- /{mark} -->)",
                lambda match, text=text: f"{match[1]}{text.rstrip()}\n{match[2]}",  # type: ignore[misc]
                document,
            )
    i18n.use("en")
    return document


if __name__ == "__main__":
    for path in (README, *REFERENCES):
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
