"""The Markdown of an answer as HTML, read as for the screen: formulas, notes, tasks, code with its name.

Whatever a model wrote is only shown: HTML stays text, links are http, https and mailto, pictures are links,
and what entities stand for is cleaned as all foreign text is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import format as formatted
from pygments.formatters.html import HtmlFormatter

from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _
from neurotui.markdown import fences, mathematics
from neurotui.markdown.addresses import legible
from neurotui.markdown.cells import add_cells
from neurotui.markdown.emphasis import add_emphasis
from neurotui.markdown.highlight import language_of, lexer_for
from neurotui.markdown.linking import Linkify
from neurotui.markdown.mathml import displayed_math, inline_math
from neurotui.markdown.rules import add_formulas
from neurotui.transcripts import page_notes

LONGEST_MARKDOWN = 1_000_000
"""A text of more characters is shown as it was written."""
DEEPEST = 100
"""The parser drops quotes and lists nested deeper: such a text is shown as it was written."""
MOST_LOOKS = 4_000_000
"""A paragraph is shown as it was written where its brackets times its length are more than this.

For each bracket the parser may look through all that follows, and nobody writes like that.
"""
LONGEST_CODE = 200_000
"""Code of more characters is not highlighted."""
LONGEST_NAME = 60
"""Most characters of the name of a language that are shown."""
LONGEST_URL = 2000
"""Most characters of an address that are shown."""
LEVEL_OF_HEADINGS = 2
"""Levels of headings above those of an answer: the title of the page, and the name of the speaker."""

log = logging.getLogger(__name__)

_PLACE = "place"
"""Key in the parser's environment: the id of the message."""


def text_html(text: str, place: str) -> str:
    """Return a clean text in Markdown as HTML; `place` is an id that no other text of the page has."""
    parser = _parser()
    if len(text) > LONGEST_MARKDOWN:
        return plain_html(text)
    tokens, environment = fences.read(lambda environment: parser.parse(text, environment))
    if max((token.level for token in tokens), default=0) >= DEEPEST - 1:
        return plain_html(text)
    environment[_PLACE] = place
    shown, notes = page_notes.take_notes(tokens)

    def rendered(tokens: Sequence[Token]) -> str:
        return str(parser.renderer.render(tokens, parser.options, environment))

    html = rendered(shown)
    if notes:
        items = "".join(
            f'<li id="{place}-note-{note.number}">{rendered(note.tokens)}</li>\n' for note in notes
        )
        words = escape(_("Notes"))
        html += (
            f'<section class="notes" role="doc-endnotes" aria-label="{words}"><ol>\n{items}</ol></section>\n'
        )
    # Definitions of link targets are shown nowhere else, and could hide a text.
    for label, found in environment.get("references", {}).items():
        hidden = clean_line(f"[{label}]: {found['href']} {found['title']}", LONGEST_URL)
        html += f'<p class="note">{escape(hidden)}</p>'
    return html


def plain_html(text: str) -> str:
    """Return a clean text as it was written."""
    return f'<div class="plain">{escape(text)}</div>'


def code_html(code: str, name: str, *, highlighted: bool = True) -> str:
    """Return a card of code: its name, a button that copies it where scripts run, and the code itself."""
    label, code = clean_line(name, LONGEST_NAME), code.removesuffix("\n")
    shown = _highlighted(code, name) if highlighted else escape(code)
    copy, copied = escape(_("Copy")), escape(_("Copied"))
    return (
        f'<figure class="code{"" if label else " unnamed"}"><figcaption><span>{escape(label)}</span>'
        f'<button type="button" aria-live="polite" data-done="{copied}" hidden>{copy}</button></figcaption>'
        f"<pre><code>{shown}</code></pre></figure>\n"
    )


def _highlighted(code: str, name: str) -> str:
    lexer = lexer_for(language_of(name)) if len(code) <= LONGEST_CODE else None
    if lexer is None:
        return escape(code)
    try:
        tokens = ((kind, value) for _place, kind, value in lexer.get_tokens_unprocessed(code))
        return str(formatted(tokens, HtmlFormatter(nowrap=True)))
    except Exception:
        # Lexers get input here that they were not made for, and no fault of theirs may end an export.
        log.warning("the lexer %s failed", type(lexer).__name__, exc_info=True)
        return escape(code)


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return url.lower().startswith(("http://", "https://", "mailto:"))


class _Renderer(RendererHTML):
    """Renderer whose links send no referrer, with pictures as links and no style attributes."""

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return escape(clean(tokens[idx].content), quote=False)

    def written(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<span class="plain">{escape(tokens[idx].content)}</span>'

    def html_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return HTML as text: the parser makes no such token, and none may pass if it ever did."""
        return escape(clean(tokens[idx].content))

    html_block = html_inline

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<{_heading(tokens[idx])}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"</{_heading(tokens[idx])}>\n"

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        kind = ' class="bare"' if tokens[idx].info == "auto" else ""
        return f"<a{kind}{_target(str(tokens[idx].attrGet('href')))}>"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        words = self.renderInlineAsText(tokens[idx].children or (), options, env)
        shown = escape(clean_line(words) or _("picture"))
        return f"<a{_target(str(tokens[idx].attrGet('src')))}>🖼 {shown}</a>"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return code_html(tokens[idx].content, unescapeAll(tokens[idx].info))

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return code_html(tokens[idx].content, "")

    def formula(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        source = tokens[idx].content.strip()
        return _formula("span", source, inline_math(source))

    def formula_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        source = tokens[idx].content.strip()
        return _formula("div", source, displayed_math(source)) + "\n"

    def task(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        done = tokens[idx].meta["done"]
        kind, sign, words = ("box done", "☑", _("done")) if done else ("box", "☐", _("to do"))
        return f'<span class="{kind}" role="img" aria-label="{escape(words)}">{sign}</span> '

    def note_mention(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return page_notes.mention_html(tokens[idx], env[_PLACE])

    def note_back(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return page_notes.back_html(tokens[idx], env[_PLACE])

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])


def _heading(token: Token) -> str:
    return f"h{min(6, int(token.tag[1:]) + LEVEL_OF_HEADINGS)}"


def _target(url: str) -> str:
    """Return the attributes of a link."""
    shown = clean_line(legible(url), LONGEST_URL)
    return f' href="{escape(url)}" title="{escape(shown)}" rel="noopener noreferrer nofollow"'


def _formula(element: str, source: str, markup: str | None) -> str:
    """Return a formula as MathML, with its source as a hint; what cannot be read is the source alone."""
    title = escape(source)
    if markup is None:
        return f'<{element} class="math"><code>{title}</code></{element}>'
    return f'<{element} class="math" title="{title}">{markup}</{element}>'


def _cell(token: Token) -> str:
    alignment = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} class="{alignment}">' if alignment else f"<{token.tag}>"


@cache
def _parser() -> MarkdownIt:
    options: dict[str, Any] = {"html": False, "maxNesting": DEEPEST}
    parser = _Parser("gfm-like", options, renderer_cls=_Renderer)
    parser.linkify = Linkify()
    parser.use(page_notes.add_notes)
    parser.use(add_formulas)
    parser.use(add_emphasis)
    parser.use(add_cells)
    parser.use(fences.add_nesting)
    parser.core.ruler.before("inline", "blocks", _read_blocks)
    parser.core.ruler.after("inline", "tasks", _add_boxes)
    return parser


def _read_blocks(state: StateCore) -> None:
    """Find the tasks, and make text of what has a formula's delimiters and is none.

    A paragraph that would take too long is left as it was written.
    """
    tokens: list[Token] = []
    for token in state.tokens:
        match token.type:
            case "inline" if token.content[:4] in ("[ ] ", "[x] ", "[X] ") and _begins_item(tokens):
                token.meta["done"] = token.content[1] != " "
                token.content = token.content[4:]
                tokens[-2].attrSet("class", "task")
            case "inline" if _looks(token.content) > MOST_LOOKS:
                token.type = "written"
            case "formula_block" if not _is_formula(token):
                tokens += _paragraph(token)
                continue
        tokens.append(token)
    state.tokens = tokens


def _looks(source: str) -> int:
    return len(source) * (source.count("[") + source.count("\\("))


def _begins_item(before: Sequence[Token]) -> bool:
    return [token.type for token in before[-2:]] == ["list_item_open", "paragraph_open"]


def _is_formula(token: Token) -> bool:
    opening, source = token.markup[:2], token.content
    return mathematics.displayed(opening, source if opening == "$$" else f"\n{source}\n")


def _paragraph(token: Token) -> list[Token]:
    """Return the text of a block with its delimiters as a paragraph."""
    opening, closing = token.markup[:2], token.markup[2:]
    text = Token("inline", "", 0, level=token.level + 1, map=token.map, block=True, children=[])
    text.content = f"{opening}\n{token.content}\n{closing}".strip()
    return [
        Token("paragraph_open", "p", 1, level=token.level, block=True),
        text,
        Token("paragraph_close", "p", -1, level=token.level, block=True),
    ]


def _add_boxes(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and "done" in token.meta and token.children is not None:
            token.children.insert(0, Token("task", "", 0, meta=token.meta))
