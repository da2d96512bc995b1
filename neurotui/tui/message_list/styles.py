"""The words that a style may be made of, and how each looks in the current theme.

They are not component classes, because textual would restyle each of those whenever the terminal window or a
widget gains or loses the focus.
"""

from __future__ import annotations

from collections.abc import Mapping

_QUIET = "$foreground-muted"
_LINE = "$foreground 25%"

GROUND = "on $surface"
"""What stands a little out: a question, code, the head of a table."""

STYLES: Mapping[str, str] = {
    "strong": "bold",
    "emphasis": "italic",
    "strike": "strike",
    "code": "$text-accent",
    "link": "$text-primary underline",
    "target": _QUIET,
    "note": "$text-primary",
    "formula": "$text-secondary",
    "heading1": "$text-accent bold",
    "heading2": "$text-primary bold",
    "heading3": "bold",
    "heading4": "bold",
    "heading5": "bold",
    "heading6": "bold",
    "bar": "$primary 60%",
    "marker": "$text-primary",
    "done": "$text-success",
    "rule": _LINE,
    "border": _LINE,
    "pad": "",
    "table-head": "bold",
    "table-ground": "on $surface",
    "code-fill": "on $surface",
    "code-bar": f"{_LINE} on $surface",
    "code-label": f"{_QUIET} on $surface",
    "code-key": f"{_QUIET} on $surface",
    "code-wrap": f"{_QUIET} on $surface",
    "code-text": "on $surface",
    "code-comment": f"{_QUIET} on $surface",
    "code-keyword": "$text-primary on $surface",
    "code-string": "$text-success on $surface",
    "code-number": "$text-secondary on $surface",
    "code-type": "$text-secondary on $surface",
    "code-name": "$text-accent on $surface",
    "code-added": "$text-success on $surface",
    "code-removed": "$text-error on $surface",
    "reasoning": "$foreground-soft",
    "name-user": "$text-accent bold",
    "name-assistant": "$text-primary bold",
    "name-system": "$text-secondary bold",
    "question": "on $surface",
    "question-bar": "$text-accent on $surface",
    "raw": "$text-secondary",
    "dim": _QUIET,
    "notice": "$foreground-soft",
    "warning": "$text-warning",
    "failure": "$text-error",
    "cursor": "$text-accent",
    "more": "$text-accent on $panel",
    "hit": "$text-warning bold underline",
    "hit-here": "$text-warning bold reverse",
}
"""Each word in textual's style syntax, with the variables of the theme."""
