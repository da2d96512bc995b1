"""The Markdown parser as it is set up here: GitHub's dialect, footnotes and formulas, with nothing hidden.

HTML is text. Definitions of link targets are blocks of their own, to be shown. Loaded at the first use: the
parser's modules take longer to import than a first frame may.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from neurotui.chat.text import clean
from neurotui.markdown.addresses import legible
from neurotui.markdown.blocks import Span, Spans
from neurotui.markdown.cells import IN_CELL, add_cells
from neurotui.markdown.emphasis import add_emphasis
from neurotui.markdown.fences import add_nesting
from neurotui.markdown.formulas import inline_formula
from neurotui.markdown.rules import add_formulas

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Environment = dict[str, Any]
"""What the parser remembers from block to block: the targets of links by label, under `references`."""

MAX_NESTING = 80
"""Levels of containers that are parsed; what is nested deeper is shown as its source."""
MANY_SIGNS = 400
"""Of emphasis, code and links in a piece of text, above which it is shown as its source: nobody writes so."""

_STYLES = {"strong_open": "strong", "em_open": "emphasis", "s_open": "strike", "link_open": "link"}
_MARKUP = re.compile(r"[\\`*_\[<&~$]|//|mailto:")
"""What may begin anything but plain text; a text without it is not worth the parser's time."""
_AROUND_BREAKS = re.compile(r" *\n *")
_BREAKS = {ord("\n"): " ", ord("\t"): " "}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LABEL = re.compile(r"\[([^\[\]]+)\]")
_CLOSERS = {"strong_close", "em_close", "s_close", "link_close"}


@cache
def parser() -> MarkdownIt:
    """The parser; the first call takes some 60 ms."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    from neurotui.markdown.linking import Linkify

    options = {"html": False, "inline_definitions": True, "maxNesting": MAX_NESTING}
    markdown = MarkdownIt("gfm-like", options)
    markdown.linkify = Linkify()
    markdown.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    markdown.use(add_formulas)
    markdown.use(add_emphasis)
    markdown.use(add_cells)
    markdown.use(add_nesting)
    return markdown


def block_tokens(source: str, environment: Environment) -> list[Token]:
    """The block structure of `source`; what stands in the blocks is not parsed yet."""
    markdown = parser()
    tokens: list[Token] = []
    markdown.block.parse(source, markdown, environment, tokens)
    return tokens


def inline_spans(source: str, environment: Environment, *, cell: bool = False) -> Spans:
    """The text of a paragraph, a heading or a cell, with its emphasis, code and links."""
    if not _MARKUP.search(source) or sum(map(source.count, "[*_`~$")) > MANY_SIGNS:
        text = _AROUND_BREAKS.sub("\n", source)
        return (Span(text),) if text else ()
    if cell:
        environment = {**environment, IN_CELL: True}
    children = parser().parseInline(source, environment)[0].children
    spans: list[Span] = []
    styles: list[str] = []
    link = title = ""
    link_start = 0
    for token in children or ():
        kind = token.type
        if kind == "text":
            _add(spans, token.content, " ".join(styles), link)
        elif kind in ("softbreak", "hardbreak"):
            _add(spans, "\n", "", "")
        elif kind == "code_inline":
            _add(spans, token.content, " ".join([*styles, "code"]), link)
        elif kind in _STYLES:
            styles.append(_STYLES[kind])
            if kind == "link_open":
                link, title = (_one_line(str(token.attrs.get(name, ""))) for name in ("href", "title"))
                link_start = len(spans)
        elif kind in _CLOSERS:
            styles.pop()
            if kind == "link_close":
                _add_target(spans, link_start, link, title)
                link = ""
        elif kind == "image":
            target, title = (_one_line(str(token.attrs.get(name, ""))) for name in ("src", "title"))
            start = len(spans)
            _add(spans, token.content or "image", " ".join([*styles, "link"]), target)
            _add_target(spans, start, target, title)
        elif kind == "formula":
            _add(spans, inline_formula(token.content), " ".join([*styles, "formula"]), link)
        elif kind == "footnote_ref":
            _add(spans, note_sign(token.meta["label"]), " ".join([*styles, "note"]), "")
        else:
            _add(spans, token.content, " ".join(styles), link)
    return tuple(spans)


def note_sign(label: str) -> str:
    """The sign of a footnote: a raised number, or its name in brackets."""
    return label.translate(_RAISED) if label.isdecimal() and label.isascii() else f"[{label}]"


def _add(spans: list[Span], text: str, style: str, link: str) -> None:
    """Appends a span, or lengthens the last one where it looks the same."""
    if not text:
        return
    if text != "\n" and not text.isprintable():
        text = _one_line(text)
    if spans and spans[-1].style == style and spans[-1].link == link:
        spans[-1] = Span(spans[-1].text + text, style, link)
    else:
        spans.append(Span(text, style, link))


def _one_line(text: str) -> str:
    """What the parser made of the source (entities, escaped addresses) has to pass the gate once more."""
    return clean(text).translate(_BREAKS)


def _add_target(spans: list[Span], start: int, target: str, title: str) -> None:
    """Says where a link leads, unless its text is just that, and its title, which else would be hidden."""
    text = "".join(span.text for span in spans[start:]).strip().rstrip("/")
    legible_target = legible(target)
    address = legible_target.rstrip("/")
    itself = text in (address, address.partition("://")[2]) or _is_written_out(text, target.rstrip("/"))
    shown = [legible_target] if target and not itself else []
    if title:
        shown.append(f"“{title}”")
    if shown:
        spans.append(Span(f" ({' '.join(shown)})", "target", target))


def _is_written_out(text: str, target: str) -> bool:
    """True if `text` is the address `target` as written, its host letter by letter."""
    return text.split("/")[:3] == target.split("/")[:3] and parser().normalizeLink(text) == target


def unknown_labels(source: str, environment: Environment) -> set[str]:
    """The labels of links that `source` may mean and that have no target yet."""
    from markdown_it.common.utils import normalizeReference

    known: dict[str, Any] = environment["references"]
    return {normalizeReference(found) for found in _LABEL.findall(source)} - known.keys()
