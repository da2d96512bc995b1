"""Footnotes of an answer: taken out of its text, numbered by their first mention, linked both ways.

Links are made of numbers alone, that of the message among them: so answers with the same labels do not meet,
and no label of an answer can be an id. Nothing is left out: notes that nothing mentions come last, and so do
those that define a label once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from neurotui.i18n import _

BACK = "note_back"
"""Type of the token of the links back from a note."""
MENTION = "note_mention"
"""Type of the token of a note's mention in the text."""

_MENTION = re.compile(r"\[\^([^\]\s]{1,200})\]")


def add_notes(markdown: MarkdownIt) -> None:
    """Teach a parser to read notes where they stand, and mentions of those that are there.

    The plugin's own rule for mentions looks for the end of a label as far as the text goes.
    """
    markdown.use(footnote_plugin, inline=False, move_to_end=False)
    markdown.inline.ruler.at("footnote_ref", _mention)


def _mention(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "[" or not (known := state.env.get("footnotes", {}).get("refs")):
        return False
    found = _MENTION.match(state.src, state.pos, state.posMax)
    if found is None or f":{found[1]}" not in known:
        return False
    if not silent:
        state.push(MENTION, "", 0).meta = {"label": found[1]}
    state.pos = found.end()
    return True


@dataclass(slots=True)
class Note:
    """A footnote."""

    label: str
    tokens: list[Token] = field(default_factory=list)
    number: int = 0
    mentions: int = 0


def take_notes(tokens: Sequence[Token]) -> tuple[list[Token], list[Note]]:
    """Return the tokens of a text without its notes, and its notes in their order."""
    text: list[Token] = []
    notes: list[Note] = []
    open_notes: list[Note] = []
    for token in tokens:
        if token.type == "footnote_reference_open":
            open_notes.append(Note(token.meta["label"]))
            notes.append(open_notes[-1])
        elif token.type == "footnote_reference_close":
            open_notes.pop()
        else:
            (open_notes[-1].tokens if open_notes else text).append(token)
    return text, _numbered(text, notes) if notes else []


def _numbered(text: Sequence[Token], notes: Sequence[Note]) -> list[Note]:
    by_label: dict[str, Note] = {}
    for note in notes:
        by_label.setdefault(note.label, note)
    ordered: list[Note] = []

    def number(note: Note) -> None:
        if not note.number:
            ordered.append(note)
            note.number = len(ordered)

    def read(tokens: Sequence[Token]) -> None:
        for mention in _mentions(tokens):
            note = by_label[mention.meta["label"]]
            number(note)
            note.mentions += 1
            mention.meta = {"number": note.number, "mention": note.mentions}

    read(text)
    waiting, place = iter(notes), 0
    while len(ordered) < len(notes):
        if place == len(ordered):
            number(next(note for note in waiting if not note.number))
        read(ordered[place].tokens)
        place += 1
    for note in ordered[place:]:
        read(note.tokens)
    for note in ordered:
        _add_links_back(note)
    return ordered


def _mentions(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        for child in token.children or ():
            if child.type == MENTION:
                yield child


def _add_links_back(note: Note) -> None:
    """Put the links back at the end of a note's last paragraph, or behind all where it ends otherwise."""
    back = Token(BACK, "", 0, meta={"number": note.number, "mentions": note.mentions})
    at_end = len(note.tokens) - (bool(note.tokens) and note.tokens[-1].type == "paragraph_close")
    note.tokens.insert(at_end, back)


def mention_html(token: Token, place: str) -> str:
    """Return the mention of a note; `place` is the id of the message."""
    number, mention = token.meta["number"], token.meta["mention"]
    return (
        f'<sup><a class="mention" id="{place}-mention-{number}-{mention}" href="#{place}-note-{number}" '
        f'role="doc-noteref">{number}</a></sup>'
    )


def back_html(token: Token, place: str) -> str:
    """Return the links from a note to its mentions."""
    number, words = token.meta["number"], escape(_("Back to the text"))
    return "".join(
        f' <a class="back" href="#{place}-mention-{number}-{mention}" role="doc-backlink" '
        f'aria-label="{words}">↩\ufe0e{f"<sup>{mention}</sup>" if mention > 1 else ""}</a>'
        for mention in range(1, token.meta["mentions"] + 1)
    )
