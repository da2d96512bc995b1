"""Stylesheets parsed once in a process, not once in each test: a fifth of what it costs to start the app.

Textual parses all its CSS, and the app's, for every app that is made, and again for every theme; what comes
of it is never changed and depends on nothing but the arguments and the theme's variables.
"""

from __future__ import annotations

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse = Stylesheet._parse_rules
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}


def _parse_once(sheet: Stylesheet, *arguments: Any, **named: Any) -> list[RuleSet]:
    key = (frozenset(sheet._variables.items()), arguments, frozenset(named.items()))
    rules = _parsed.get(key)
    if rules is None:
        rules = _parsed[key] = _parse(sheet, *arguments, **named)
    return rules


def share_parsed_rules() -> None:
    """From now on, what was parsed for one app is used by all."""
    Stylesheet._parse_rules = _parse_once  # type: ignore[method-assign, assignment]
