"""The Markdown parser, set up for GitHub's dialect, footnotes and formulas, with nothing hidden.

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
"""The parser's memory from block to block: link targets by label, under `references`."""

MAX_NESTING = 80
"""Deepest nesting of containers that is parsed; anything deeper is shown as its source."""
MANY_SIGNS = 400
"""Text with more signs of emphasis, code and links is shown as its source: nobody writes like that."""

_STYLES = {"strong_open": "strong", "em_open": "emphasis", "s_open": "strike", "link_open": "link"}
_MARKUP = re.compile(r"[\\`*_\[<&~$]|//|mailto:")
"""Beginnings of anything but plain text; text without any need not be parsed."""
_AROUND_BREAKS = re.compile(r" *\n *")
_BREAKS = {ord("\n"): " ", ord("\t"): " "}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LABEL = re.compile(r"\[([^\[\]]+)\]")
_CLOSERS = {"strong_close", "em_close", "s_close", "link_close"}


@cache
def parser() -> MarkdownIt:
    """Return the parser; the first call takes about 60 ms."""
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
    """Return the block structure of `source`; the text in the blocks is not parsed."""
    markdown = parser()
    tokens: list[Token] = []
    markdown.block.parse(source, markdown, environment, tokens)
    return tokens


def inline_spans(source: str, environment: Environment, *, cell: bool = False) -> Spans:
    """Parse the text of a paragraph, a heading or a cell: emphasis, code, links, formulas."""
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
    """Return the sign of a footnote: a raised number, or its name in brackets."""
    return label.translate(_RAISED) if label.isdecimal() and label.isascii() else f"[{label}]"


def _add(spans: list[Span], text: str, style: str, link: str) -> None:
    """Append a span, or lengthen the last one if it has the same style."""
    if not text:
        return
    if text != "\n" and not text.isprintable():
        text = _one_line(text)
    if spans and spans[-1].style == style and spans[-1].link == link:
        spans[-1] = Span(spans[-1].text + text, style, link)
    else:
        spans.append(Span(text, style, link))


def _one_line(text: str) -> str:
    """Return `text` clean and on one line: the parser has decoded entities and escaped addresses in it."""
    return clean(text).translate(_BREAKS)


def _add_target(spans: list[Span], start: int, target: str, title: str) -> None:
    """Append a link's target, unless its text is just that, and its title: both would be hidden."""
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
    """True if `text` is the address `target` as it was written, with the host letter by letter."""
    return text.split("/")[:3] == target.split("/")[:3] and parser().normalizeLink(text) == target


def unknown_labels(source: str, environment: Environment) -> set[str]:
    """Return the possible link labels in `source` that have no target yet."""
    from markdown_it.common.utils import normalizeReference

    known: dict[str, Any] = environment["references"]
    return {normalizeReference(found) for found in _LABEL.findall(source)} - known.keys()
