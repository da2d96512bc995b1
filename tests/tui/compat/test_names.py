"""Every private name of textual's that is relied on is there, and is still used as it was.

Where one of these fails with a newer textual, the program runs on without the module that needs it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from textual import _ansi_sequences, _compositor, _keyboard_protocol, _parser, _xterm_parser
from textual.app import App
from textual.screen import Screen

from neurotui.tui import compat

MODULES = ["faults", "key_parser", "quick_compositor"]
PARSER = _xterm_parser.XTermParser


def uses(function: Any, *names: str) -> bool:
    """True if the code of a function, or of a property, reaches for all of `names`."""
    code: CodeType = getattr(function, "fget", function).__code__
    return set(names) <= {*code.co_names, *code.co_freevars, *code.co_varnames}


NAMES: dict[str, Callable[[], bool]] = {
    "App._fatal_error": lambda: uses(App._handle_exception, "_fatal_error"),
    "App._handle_exception": lambda: callable(App._handle_exception),
    "Screen._compositor": lambda: uses(Screen.__init__, "_compositor", "Compositor"),
    "Compositor._full_map": lambda: uses(vars(_compositor.Compositor)["full_map"], "_full_map"),
    "Compositor._dirty_regions": lambda: uses(
        _compositor.Compositor.render_partial_update, "_dirty_regions"
    ),
    "_compositor.Compositor.visible_widgets": lambda: isinstance(
        vars(_compositor.Compositor)["visible_widgets"], property
    ),
    "_compositor.ChopsUpdate": lambda: issubclass(_compositor.ChopsUpdate, _compositor.CompositorUpdate),
    "_compositor.CompositorUpdate": lambda: uses(App._display, "CompositorUpdate", "render_segments"),
    "_compositor.CompositorMap": lambda: hasattr(_compositor, "CompositorMap"),
    "_xterm_parser.XTermParser": lambda: issubclass(PARSER, _parser.Parser),
    "XTermParser._sequence_to_key_events": lambda: uses(PARSER.parse, "_sequence_to_key_events"),
    "XTermParser.parse_mouse_code": lambda: uses(PARSER.parse_mouse_code, "mouse_pixels"),
    "Parser._timeout_time": lambda: uses(_parser.Parser.feed, "_timeout_time"),
    "Parser._gen": lambda: uses(_parser.Parser.feed, "_gen"),
    "Parser._awaiting": lambda: uses(_parser.Parser.feed, "_awaiting"),
    "Parser._tokens": lambda: uses(_parser.Parser.__init__, "_tokens"),
    "_ansi_sequences.ANSI_SEQUENCES_KEYS": lambda: "\x1bf" in _ansi_sequences.ANSI_SEQUENCES_KEYS,
    "_keyboard_protocol.FUNCTIONAL_KEYS": lambda: _keyboard_protocol.FUNCTIONAL_KEYS["13u"] == "enter",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_private_name_that_is_relied_on_is_there(name: str) -> None:
    assert NAMES[name]()


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_needs_is_supported_here(name: str) -> None:
    assert import_module(f"neurotui.tui.compat.{name}").supported()


def test_no_name_is_forgotten() -> None:
    own = {"_KEY", "_PRIVATE_USE", "_with_alt", "_is_key", "_uncovered", "_end"}
    told = {part for name in NAMES for part in name.split(".")}
    for path in Path(compat.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            used = []
            if isinstance(node, ast.Attribute):
                used = [node.attr]
            elif isinstance(node, ast.FunctionDef):
                used = [node.name]
            elif isinstance(node, ast.ImportFrom) and node.module and "._" in node.module:
                used = [node.module.partition(".")[2], *(alias.name for alias in node.names)]
            for name in used:
                private = name.startswith("_") and not name.endswith("__")
                if private or isinstance(node, ast.ImportFrom):
                    assert name in told | own, f"{path.name}: {name}"


def test_every_module_with_a_way_around_it_is_named_here() -> None:
    found = [
        path.stem for path in Path(compat.__file__).parent.glob("*.py") if "def supported" in path.read_text()
    ]
    assert sorted(found) == MODULES
