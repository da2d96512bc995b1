"""The words that a style may be made of, and their colours in variables of the theme, which switches live."""

from __future__ import annotations

STYLES = frozenset(
    {"strong", "emphasis", "strike", "code", "link", "target", "note", "formula", "bar", "marker", "rule"}
    | {"border", "pad", "table-head", "code-text", "code-bar", "code-label", "code-fill", "code-comment"}
    | {"code-keyword", "code-string", "code-number", "code-name", "code-added", "code-removed"}
    | {"reasoning", "name-user", "name-assistant", "name-system", "raw", "dim"}
    | {"notice", "warning", "failure"}
    | {"cursor", "more", *(f"heading{level}" for level in range(1, 7))}
)
"""The words that a style may be made of: each has its component class."""

CSS = """
Transcript {
    width: 100%;
    background: $background;
    color: $foreground;
    overflow-x: hidden;
    overflow-y: auto;
    scrollbar-gutter: stable;
    scrollbar-size-vertical: 1;
    & > .transcript--strong { text-style: bold; }
    & > .transcript--emphasis { text-style: italic; }
    & > .transcript--strike { text-style: strike; }
    & > .transcript--code { color: $text-accent; }
    & > .transcript--link { color: $text-primary; text-style: underline; }
    & > .transcript--target { color: $foreground 62%; }
    & > .transcript--note { color: $text-primary; }
    & > .transcript--formula { color: $text-secondary; }
    & > .transcript--heading1 { color: $text-primary; text-style: bold underline; }
    & > .transcript--heading2 { color: $text-primary; text-style: bold; }
    & > .transcript--heading3 { text-style: bold; }
    & > .transcript--heading4 { text-style: bold; }
    & > .transcript--heading5 { text-style: bold; }
    & > .transcript--heading6 { text-style: bold; }
    & > .transcript--bar { color: $primary 60%; }
    & > .transcript--marker { color: $text-primary; }
    & > .transcript--rule { color: $foreground 25%; }
    & > .transcript--border { color: $foreground 25%; }
    & > .transcript--table-head { text-style: bold; }
    & > .transcript--code-fill { background: $surface; }
    & > .transcript--code-bar { color: $foreground 25%; background: $surface; }
    & > .transcript--code-label { color: $foreground 58%; background: $surface; }
    & > .transcript--code-text { background: $surface; }
    & > .transcript--code-comment { color: $foreground 58%; background: $surface; }
    & > .transcript--code-keyword { color: $text-primary; background: $surface; }
    & > .transcript--code-string { color: $text-success; background: $surface; }
    & > .transcript--code-number { color: $text-warning; background: $surface; }
    & > .transcript--code-name { color: $text-accent; background: $surface; }
    & > .transcript--code-added { color: $text-success; background: $surface; }
    & > .transcript--code-removed { color: $text-error; background: $surface; }
    & > .transcript--reasoning { color: $foreground 72%; }
    & > .transcript--name-user { color: $text-accent; text-style: bold; }
    & > .transcript--name-assistant { color: $text-primary; text-style: bold; }
    & > .transcript--name-system { color: $text-secondary; text-style: bold; }
    & > .transcript--raw { color: $text-secondary; }
    & > .transcript--dim { color: $foreground 62%; }
    & > .transcript--notice { color: $foreground 72%; }
    & > .transcript--warning { color: $text-warning; }
    & > .transcript--failure { color: $text-error; }
    & > .transcript--cursor { color: $text-accent; }
    & > .transcript--more { color: $text-accent; background: $panel; }
}
"""
