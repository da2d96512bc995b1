"""The plan of the house, held: imports go down, and a command loads no more than it needs."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import textwrap
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib import import_module
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
    "plain": {"app", "transcripts", "store", "chat", "wire", "settings", "errors", "i18n"},
    "cli": {
        *("tui", "plain", "app", "transcripts", "store", "api", "chat", "wire"),
        *("settings", "errors", "i18n"),
    },
}
"""Each room, and the rooms below it."""

ONLY_IN = {
    "httpx": "api",
    "httpcore": "api",
    "h11": "api",
    "textual": "tui",
    "sqlite3": "store",
    "platformdirs": "settings/places.py",
}
"""Each library that has one room of its own."""


@cache
def modules() -> list[tuple[Path, ast.Module]]:
    files = sorted(PACKAGE.rglob("*.py"))
    return [(path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8"))) for path in files]


@pytest.fixture(scope="module", autouse=True)
def forget() -> Iterator[None]:
    """Hold the trees for this file alone: they are large."""
    yield
    modules.cache_clear()


def imports(tree: ast.AST) -> Iterator[str]:
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


FENCED = ("tui/compat/", "api/net/compat.py")
"""Where the private names of others may be used, each with another way where they are gone."""
FOREIGN = {"textual", "rich", "httpx", "httpcore", "anyio", "markdown_it", "pygments", "tomlkit"}
"""Libraries whose next version may rename what is private."""
PUBLIC = {"_replace", "_asdict", "_fields", "_make"}
"""What a named tuple offers, with an underscore against its fields."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def uses_of_self(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of `self._x`, `cls._x`, `super()._x`, and of what is defined as `_x`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if is_private(node.attr) and ast.unparse(node.value) in {"self", "cls", "super()"}:
                yield node.lineno, node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_private(node.name):
            yield node.lineno, node.name


@cache
def private_names(owner: type) -> frozenset[str]:
    """Return what a class of a library keeps to itself, whether in the class or in its instances."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    except (OSError, TypeError):
        return frozenset(filter(is_private, vars(owner)))
    return frozenset({*filter(is_private, vars(owner)), *(name for _, name in uses_of_self(tree))})


def is_foreign(owner: type) -> bool:
    return owner.__module__.partition(".")[0] in FOREIGN


def test_what_libraries_keep_to_themselves_is_used_in_two_places_alone() -> None:
    """Neither by an attribute, nor by an import, nor by a class that takes over or overwrites such a name."""
    strays = []
    for path, tree in modules():
        if path.as_posix().startswith(FENCED) or path.name == "__main__.py":
            continue
        own = {name for _, name in uses_of_self(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                strays += [
                    f"{path}:{node.lineno} imports {name}"
                    for name in imports(node)
                    if name.partition(".")[0] in FOREIGN and any(map(is_private, name.split(".")))
                ]
            elif isinstance(node, ast.Attribute) and is_private(node.attr):
                target = ast.unparse(node.value)
                if target not in {"self", "cls", "super()", "zlib"} and node.attr not in own | PUBLIC:
                    strays.append(f"{path}:{node.lineno} {target}.{node.attr}")
        module = import_module(".".join(["neurotui", *path.with_suffix("").parts]).removesuffix(".__init__"))
        for node in ast.walk(tree):
            owner = getattr(module, node.name, None) if isinstance(node, ast.ClassDef) else None
            if isinstance(owner, type):
                taken = set().union(*(private_names(base) for base in owner.__mro__ if is_foreign(base)))
                strays += [f"{path}:{line} {name}" for line, name in uses_of_self(node) if name in taken]
    assert strays == []


def test_what_may_be_missing_is_asked_for_first() -> None:
    """A module of `tui.compat` with a `supported` may fail to load: it is imported late, if `available`."""
    guarded = tuple(
        f"neurotui.tui.compat.{path.stem}."
        for path, tree in modules()
        if any(isinstance(node, ast.FunctionDef) and node.name == "supported" for node in tree.body)
    )
    early = [
        f"{path}:{node.lineno} {name}"
        for path, tree in modules()
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imports(node)
        if name.startswith(guarded)
    ]
    assert len(guarded) > 2
    assert early == []


def test_no_files_need_each_other() -> None:
    """Imports within functions and those for types alone count as well: whoever reads a file meets them."""
    house = list(modules())
    names = {_name(path): path for path, _ in house}
    needs = {
        _name(path): {target for name in imports(tree) if (target := _module(name, names)) != _name(path)}
        for path, tree in house
    }
    reached = {name: _reached(name, needs) for name in names}
    circles = {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in names
        if name in reached[name]
    }
    assert circles == set()


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix("__init__").rstrip(".")


def _module(imported: str, names: Collection[str]) -> str:
    """Return the file of the house that an import is of; empty for the package itself and for others."""
    first, _, rest = imported.partition(".")
    if first != "neurotui":
        return ""
    return rest if rest in names else rest.rpartition(".")[0]


def _reached(start: str, needs: Mapping[str, Collection[str]]) -> set[str]:
    """Return all files that a file needs, and those need in turn."""
    reached: set[str] = set()
    left = [start]
    while left:
        for other in needs.get(left.pop(), ()):
            if other and other not in reached:
                reached.add(other)
                left.append(other)
    return reached


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
        (
            "import neurotui.tui.app",
            {
                "httpx",
                "markdown_it",
                "pygments",
                "neurotui.markdown",
                "neurotui.app.attachments.files",
                "PIL",
                "pypdf",
            },
        ),
        (
            "import neurotui.cli.chat, neurotui.tui.app",
            {
                "neurotui.api.catalogue",
                "neurotui.api.encoding",
                "neurotui.app.money.balance_days",
                "neurotui.app.money.balance_report",
                "neurotui.app.attachments.git_ignore",
                "neurotui.app.model_facts",
                "neurotui.app.attachments.picturing",
                "neurotui.app.money.usage",
                "neurotui.chat.turn",
                "neurotui.chat.vitals",
                "neurotui.store.search",
                "neurotui.transcripts",
                "neurotui.tui.drawing",
                "neurotui.wire.events",
                "neurotui.wire.faults",
                "neurotui.wire.parts",
                "neurotui.wire.payloads",
                "neurotui.wire.request",
            },
        ),
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
        # Coverage loads modules of its own, and that names are not used is logged.
        env={**os.environ, "COVERAGE_PROCESS_CONFIG": "", "NEUROTUI_COMPAT": ""},
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
