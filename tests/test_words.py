"""Docstrings are in plain English: a maintainer reads each of them once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import neurotui

PACKAGE = Path(neurotui.__file__).parent

VAGUE = {"What", "Whether", "Takes", "Gives", "Says"}
"""Openings that put the thing itself off: say `Return …`, `True if …`, or name it."""
MOST_VAGUE = 0.02
"""Share of docstrings that may open so: sometimes it is the best English."""


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of all docstrings: of modules, classes, functions and attributes."""
    for node in ast.walk(tree):
        statements = getattr(node, "body", None)
        for statement in statements if isinstance(statements, list) else ():
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield statement.lineno, text


def test_docstrings_seldom_open_vaguely() -> None:
    count = 0
    vague = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for line, text in docstrings(ast.parse(path.read_text(encoding="utf-8"))):
            count += 1
            if text.split()[0].strip(".,:;") in VAGUE:
                vague.append(f"{path.relative_to(PACKAGE)}:{line} {text.splitlines()[0]}")
    assert count > 1000, "there are docstrings to look at"
    assert len(vague) <= MOST_VAGUE * count, "\n".join(vague)
