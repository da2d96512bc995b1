"""The plan of the house, held: imports go down, and a command loads no more than it needs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import neurotui

PACKAGE = Path(neurotui.__file__).parent

ALLOWED: dict[str, set[str]] = {
    "i18n": set(),
    "errors": {"i18n"},
    "settings": {"errors", "i18n"},
    "wire": {"errors", "i18n"},
    "chat": {"wire", "errors", "i18n"},
    "api": {"wire", "errors", "i18n"},
    "store": {"chat", "wire", "settings", "errors", "i18n"},
    "transcripts": {"store", "chat", "wire", "markdown", "errors", "i18n"},
    "markdown": {"chat", "i18n"},
    "app": {"transcripts", "store", "api", "markdown", "chat", "wire", "settings", "errors", "i18n"},
    "tui": {"app", "transcripts", "store", "markdown", "chat", "wire", "settings", "errors", "i18n"},
    "cli": {
        *("tui", "app", "transcripts", "store", "api", "chat", "wire"),
        *("settings", "errors", "i18n"),
    },
}
"""Each room, and the rooms below it."""

ONLY_IN = {
    "httpx": "api",
    "httpcore": "api",
    "textual": "tui",
    "sqlite3": "store",
    "platformdirs": "settings/places.py",
}
"""Each library that has one room of its own."""


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_go_down() -> None:
    upward = []
    for path, tree in modules():
        room = path.parts[0].removesuffix(".py")
        if room in {"__init__", "__main__"}:
            continue
        for name in imports(tree):
            first, _, rest = name.partition(".")
            target = rest.split(".")[0]
            if first == "neurotui" and target not in {room, "__version__"} | ALLOWED[room]:
                upward.append(f"{path} imports {name}")
    assert upward == []


def test_libraries_stay_in_their_rooms() -> None:
    strays = [
        f"{path} imports {name}"
        for path, tree in modules()
        for name in imports(tree)
        if (room := ONLY_IN.get(name.split(".")[0])) and not path.as_posix().startswith(room)
    ]
    assert strays == []


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        (
            "neurotui.cli.main(['--version'])",
            {"textual", "httpx", "sqlite3", "markdown_it", "pygments", "asyncio"},
        ),
        ("neurotui.cli.main(['--help'])", {"textual", "httpx", "sqlite3", "asyncio"}),
        ("import neurotui.chat.session, neurotui.wire.completions", {"textual", "httpx", "sqlite3"}),
        ("import neurotui.store.library, neurotui.store.journal", {"textual", "httpx", "pygments"}),
        ("import neurotui.api.pool", {"textual", "sqlite3"}),
        ("import neurotui.api.client", {"httpx", "httpcore", "h11", "textual", "sqlite3"}),
        (
            "import neurotui.app.workspace, neurotui.app.recovery, neurotui.app.history_changes",
            {"textual", "httpx", "pygments", "markdown_it", "tomlkit"},
        ),
        (
            "neurotui.cli.main(['ask', '--demo', '-m', 'neurotui-demo-fast', '--no-save', 'Hi'])",
            {"textual", "sqlite3", "markdown_it", "anyio._backends._asyncio"},
        ),
        ("import neurotui.tui.app", {"httpx", "markdown_it", "pygments", "neurotui.markdown"}),
    ],
)
def test_what_is_not_needed_is_not_loaded(statement: str, absent: set[str]) -> None:
    program = f"""
import sys, neurotui.cli
sys.modules["click"] = None  # a tool of the tests brings it, and httpx loads rich where it is
try:
    {statement}
except SystemExit:
    pass
print(*sorted(set(sys.modules) & {absent!r}), file=sys.stderr, end="")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(os.environ, COVERAGE_PROCESS_CONFIG=""),  # coverage loads modules of its own
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""


def test_no_string_from_outside_can_become_markup() -> None:
    """Textual parses markup in these by default; foreign text must go in as Content, or with markup off."""
    offenders = []
    for path, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            off = any(keyword.arg == "markup" for keyword in node.keywords)
            if name == "notify" and not off:
                offenders.append(f"{path}:{node.lineno} notify() without markup=False")
            if name in {"from_markup", "open_url"}:
                offenders.append(f"{path}:{node.lineno} {name}()")
    assert offenders == []
