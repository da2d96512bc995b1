"""A transcript as one self-contained HTML page.

Whatever a model wrote, the page only shows it: HTML in the text stays text, links are http and https only,
pictures are links, and on top of that a content security policy forbids scripts and all loading.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.tasklists import tasklists_plugin
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.joining import joined
from neurotui.chat.media_types import media_type
from neurotui.chat.text import clean, clean_line
from neurotui.errors import AttachmentLost
from neurotui.i18n import _, language
from neurotui.markdown import fences
from neurotui.markdown.cells import add_cells
from neurotui.markdown.emphasis import add_emphasis
from neurotui.markdown.linking import Linkify
from neurotui.transcripts import wording

LONGEST_MARKDOWN = 1_000_000
"""A text of more characters is shown as it was written."""
DEEPEST = 100
"""The parser drops quotes and lists nested deeper: such a text is shown as it was written."""

LONGEST_CODE = 200_000
"""Code of more characters is not highlighted."""

_PIECE = 3 << 18
"""Bytes of a picture that are encoded at a time: a multiple of 3, so that the pieces can be joined."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2129; --soft: #667085; --line: #e4e7ec;
  --paper: #fff; --block: #f6f7f9; --accent: #4f46e5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ee; --soft: #98a2b3; --line: #2b303b;
    --paper: #14161b; --block: #1c1f27; --accent: #a5a0ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; }
article { margin: 2rem 0; }
article > header { color: var(--soft); font-size: .85rem; margin-bottom: .4rem; }
article > header b { color: var(--ink); }
article.user { background: var(--block); border-radius: .75rem; padding: .8rem 1.1rem; }
article > footer, .note { color: var(--soft); font-size: .85rem; }
.plain { white-space: pre-wrap; }
.content > :first-child { margin-top: 0; }
.content h2, .content h3 { font-size: 1.25rem; }
.task-list-item { list-style: none; }
.content h4, .content h5, .content h6 { font-size: 1.05rem; }
a { color: var(--accent); }
pre { background: var(--block); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem;
  overflow-x: auto; overflow-wrap: normal; line-height: 1.45; }
code { font: .9em/1.45 ui-monospace, "Cascadia Code", Menlo, monospace; }
:not(pre) > code { background: var(--block); border-radius: .25rem; padding: .1em .3em; }
blockquote { border-left: 3px solid var(--line); color: var(--soft); margin: 1rem 0; padding-left: 1rem; }
details { border-left: 3px solid var(--line); color: var(--soft); margin: 0 0 1rem; padding-left: 1rem; }
summary { cursor: pointer; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .3rem .7rem; text-align: left; }
th.center, td.center { text-align: center; }
th.right, td.right { text-align: right; }
figure { margin: 1rem 0; }
figure img { max-width: 100%; border-radius: .5rem; }
figcaption { color: var(--soft); font-size: .85rem; }
hr { border: 0; border-top: 1px solid var(--line); }
@media print { a::after { content: " (" attr(href) ")"; color: var(--soft); } }
"""


def render(conversation: Conversation, blobs: Blobs | None = None) -> Iterator[str]:
    """Yield the current branch, in pieces, with the pictures that `blobs` has."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    title = escape(wording.title(conversation))
    yield (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="'
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'\">\n"
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    )
    if conversation.system_prompt:
        yield f'<blockquote class="plain">{_text(conversation.system_prompt)}</blockquote>\n'
    for message in joined(conversation.walk()):
        yield from _message(message, blobs)
    if more := wording.elsewhere(conversation):
        yield f'<p class="note">{escape(more)}</p>\n'
    yield "</body>\n</html>\n"


def _message(message: Message, blobs: Blobs | None) -> Iterator[str]:
    heading = f"<b>{escape(wording.speaker(message))}</b> {wording.moment(message.created_at)}"
    yield f'<article class="{message.role}">\n<header>{heading}</header>\n'
    if message.reasoning.strip():
        yield (
            f"<details><summary>{escape(wording.thought(message))}</summary>"
            f'<div class="plain">{_text(message.reasoning)}</div></details>\n'
        )
    if message.role is Role.ASSISTANT:
        yield f'<div class="content">{_markdown(clean(message.text))}</div>\n'
    else:
        yield f'<div class="plain">{_text(message.text)}</div>\n'
    for attachment in message.attachments:
        yield from _attachment(attachment, blobs)
    for call in message.tool_calls:
        yield f"<pre><code>{escape(clean_line(call.name))} {_text(call.arguments)}</code></pre>\n"
    if sources := wording.sources(message):
        items = "".join(f"<li>{escape(title)} {_address(url)}</li>" for url, title in sources)
        yield f"<footer>{escape(_('Sources'))}<ol>{items}</ol></footer>\n"
    if receipt := wording.receipt(message):
        yield f"<footer>{escape(receipt)}</footer>\n"
    yield "</article>\n"


def _attachment(attachment: Attachment, blobs: Blobs | None) -> Iterator[str]:
    """Yield a file of a message: a picture as it is, a text that unfolds, anything else by its name."""
    words = escape(wording.attachment(attachment))
    if attachment.kind is AttachmentKind.IMAGE and blobs is not None:
        with suppress(AttachmentLost), blobs.open(attachment.blob) as file:
            data = file.read(_PIECE)
            if (kind := media_type(data)).startswith("image/"):
                yield f'<figure><img alt="{words}" src="data:{kind};base64,'
                while data:
                    yield base64.b64encode(data).decode()
                    data = file.read(_PIECE)
                yield f'"><figcaption>{words}</figcaption></figure>\n'
                return
    if attachment.text:
        text = f'<div class="plain">{_text(attachment.text)}</div>'
        yield f"<details><summary>{words}</summary>{text}</details>\n"
    else:
        yield f'<p class="note">{words}</p>\n'


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        return escape(url)
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{escape(url)}</a>'


def _text(text: str) -> str:
    return escape(clean(text))


def _markdown(text: str) -> str:
    parser = _parser()
    plain = f'<div class="plain">{escape(text)}</div>'
    if len(text) > LONGEST_MARKDOWN:
        return plain
    tokens, references = fences.read(lambda environment: parser.parse(text, environment))
    if max((token.level for token in tokens), default=0) >= DEEPEST - 1:
        return plain
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:  # below the title of the page
            token.tag = f"h{min(6, int(token.tag[1:]) + 1)}"
    html: str = parser.renderer.render(tokens, parser.options, references)
    # Definitions of link targets are shown nowhere else, and could hide a text.
    for label, found in references.get("references", {}).items():
        hidden = f"[{label}]: {found['href']} {found['title']}"
        html += f'<p class="note">{escape(hidden)}</p>'
    return html


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return url.lower().startswith(("http://", "https://"))


class _Renderer(RendererHTML):
    """Renderer whose links send no referrer, with pictures as links and no style attributes."""

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        href = str(tokens[idx].attrGet("href"))
        return f'<a href="{escape(href)}" title="{escape(href)}" rel="noopener noreferrer nofollow">'

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        source = escape(str(tokens[idx].attrGet("src")))
        words = escape(self.renderInlineAsText(tokens[idx].children or (), options, env) or _("picture"))
        return f'<a href="{source}" title="{source}" rel="noopener noreferrer nofollow">🖼 {words}</a>'

    def html_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return the box of a task, as the screen shows it: HTML of the answer itself is text."""
        return "☑" if 'checked="checked"' in tokens[idx].content else "☐"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])


def _cell(token: Token) -> str:
    alignment = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} class="{alignment}">' if alignment else f"<{token.tag}>"


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "maxNesting": DEEPEST, "highlight": _highlighted}
    parser = _Parser("gfm-like", options, renderer_cls=_Renderer)
    parser.linkify = Linkify()
    parser.use(add_emphasis)
    parser.use(add_cells)
    parser.use(fences.add_nesting)
    parser.use(tasklists_plugin)
    return parser


def _highlighted(code: str, name: str, _attributes: str) -> str:
    if not name or len(code) > LONGEST_CODE:
        return escape(code)
    try:
        lexer = get_lexer_by_name(name, stripnl=False)
    except ClassNotFound:
        return escape(code)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


@cache
def _style() -> str:
    light, dark = _colours("default"), _colours("github-dark")
    return f"{_STYLE}{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def _colours(style: str) -> str:
    formatter: Any = HtmlFormatter(style=style)
    rules = formatter.get_style_defs("code").splitlines()
    return "\n".join(rule for rule in rules if rule.startswith("code ."))
