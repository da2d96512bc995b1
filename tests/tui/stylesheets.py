"""Stylesheets parsed once in a process, and rules chosen once for each kind of place: not in each test.

Textual parses all its CSS, and the app's, for every app that is made, and again for every theme; what comes
of it is never changed and depends on nothing but the arguments and the theme's variables. Then it looks for
the rules of every widget, among all that there are: which apply depends on nothing but the types, ids,
classes and pseudo-classes from the app down to the widget. Together that is a third of what it costs to start
the app.
"""

from __future__ import annotations

from typing import Any

from textual.css.model import RuleSet, Selector
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

_parse = Stylesheet._parse_rules
choose = Stylesheet.apply
"""Textual's own choice."""
_replace = Stylesheet.replace_rules
_parse_all = Stylesheet.parse
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}
_parsed_together: dict[tuple[Any, ...], list[RuleSet]] = {}


def _parse_all_once(sheet: Stylesheet) -> None:
    key = (frozenset(sheet._variables.items()), frozenset(sheet._invalid_css), *sheet.source.items())
    rules = _parsed_together.get(key)
    if rules is None:
        _parse_all(sheet)
        _parsed_together[key] = sheet._rules
    else:
        sheet._rules, sheet._rules_map, sheet._require_parse = rules, None, False


def _parse_once(sheet: Stylesheet, *arguments: Any, **named: Any) -> list[RuleSet]:
    key = (frozenset(sheet._variables.items()), arguments, frozenset(named.items()))
    rules = _parsed.get(key)
    if rules is None:
        rules = _parsed[key] = _parse(sheet, *arguments, **named)
    return rules


class _Candidates:
    """The rules of one stylesheet that may apply to nodes of the same names, and what was chosen of them."""

    def __init__(self, rules: list[RuleSet]) -> None:
        names: set[str] = set().union(*[rule.pseudo_classes for rule in rules])
        self.has_hover = "hover" in names
        self.has_focus_within = "focus-within" in names
        self.has_order = not names.isdisjoint(
            {"first-of-type", "last-of-type", "first-child", "last-child", "empty"}
        )
        self.has_odd_or_even = "odd" in names or "even" in names
        self.conditional: list[Selector] = [
            selector
            for rule in rules
            for selectors in rule.selector_set
            for selector in selectors.selectors
            if selector.pseudo_classes
        ]
        """What depends on more than a node's types, id and classes."""
        self.asked_about: dict[tuple[Any, ...], tuple[Any, tuple[str, ...]]] = {}
        """By types, id and classes: a short name for them, and the pseudo-classes that matter with them."""
        self.chosen: dict[tuple[Any, ...], RulesMap | None] = {}

    def key(self, node: DOMNode | None) -> tuple[Any, ...]:
        """All that the choice depends on."""
        key: list[Any] = []
        while isinstance(node, DOMNode):
            fixed = (node._css_type_names, node._id, frozenset(node._classes))
            asked = self.asked_about.get(fixed)
            if asked is None:
                names = {
                    name
                    for selector in self.conditional
                    if selector._check(node)
                    for name in selector.pseudo_classes
                }
                asked = self.asked_about[fixed] = (len(self.asked_about), tuple(sorted(names)))
            short, questions = asked
            key.append(short)
            if questions:
                checks = node._PSEUDO_CLASSES
                key += [name in checks and bool(checks[name](node)) for name in questions]  # type: ignore[arg-type]
            node = node._parent  # type: ignore[assignment]
        return tuple(key)


class _Rules:
    """The rules of one stylesheet, however many apps have it."""

    def __init__(self, sheet: Stylesheet) -> None:
        self.rules = sheet.rules
        self.by_name = sheet.rules_map
        self._candidates: dict[frozenset[str], _Candidates] = {}

    def candidates(self, names: set[str]) -> _Candidates:
        wanted = frozenset(self.by_name.keys() & names)
        found = self._candidates.get(wanted)
        if found is None:
            limit = {rule for name in wanted for rule in self.by_name[name]}
            found = self._candidates[wanted] = _Candidates([rule for rule in self.rules if rule in limit])
        return found


_shared: dict[tuple[int, ...], _Rules] = {}


def _rules(sheet: Stylesheet) -> _Rules:
    rules: list[RuleSet] = sheet.rules
    mine: _Rules | None = getattr(sheet, "_shared_rules", None)
    if mine is None or getattr(sheet, "_shared_of", None) is not rules:
        key = tuple(map(id, rules))  # what was parsed once is kept
        mine = _shared.get(key)
        if mine is None:
            mine = _shared[key] = _Rules(sheet)
        sheet._shared_rules, sheet._shared_of = mine, rules  # type: ignore[attr-defined]
    sheet._rules_map = mine.by_name
    return mine


def _apply_once(
    sheet: Stylesheet, node: DOMNode, *, animate: bool = False, cache: dict[Any, RulesMap] | None = None
) -> None:
    candidates = _rules(sheet).candidates(node._selector_names)
    key = candidates.key(node)
    if key not in candidates.chosen:
        _choose_and_keep(sheet, node, candidates, key, animate)
        return
    node._has_hover_style = candidates.has_hover
    node._has_focus_within = candidates.has_focus_within
    node._has_order_style = candidates.has_order
    node._has_odd_or_even = candidates.has_odd_or_even
    rules = candidates.chosen[key]
    if rules is not None:
        _replace(node, rules, animate=animate)
    sheet._process_component_classes(node)


def _choose_and_keep(
    sheet: Stylesheet, node: DOMNode, candidates: _Candidates, key: tuple[Any, ...], animate: bool
) -> None:
    def keep(of: DOMNode, rules: RulesMap, animate: bool = False) -> None:
        candidates.chosen[key] = rules
        vars(sheet).pop("replace_rules", None)
        _replace(of, rules, animate=animate)

    candidates.chosen[key] = None  # no rule applies
    sheet.replace_rules = keep  # type: ignore[method-assign, assignment]
    choose(sheet, node, animate=animate)
    vars(sheet).pop("replace_rules", None)


def share_parsed_rules() -> None:
    """From now on, what was parsed and chosen for one app is used by all."""
    Stylesheet.parse = _parse_all_once  # type: ignore[method-assign, assignment]
    Stylesheet._parse_rules = _parse_once  # type: ignore[method-assign, assignment]
    Stylesheet.apply = _apply_once  # type: ignore[method-assign, assignment]
