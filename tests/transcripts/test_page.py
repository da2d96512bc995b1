"""A conversation as a page: what is in an answer is drawn, linked and copied, and nothing of it is run."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from textual.color import Color

from neurotui import i18n
from neurotui.chat.attachments import Attachment, AttachmentKind
from neurotui.chat.conversation import Citation, Conversation, Message, Role, Status, ToolCall
from neurotui.transcripts import Format, render
from neurotui.transcripts.page_look import SCRIPT, STYLE
from neurotui.tui.themes import TEXT, contrast
from neurotui.wire.parts import Blob
from tests.store.examples import answer, small

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


class Page(HTMLParser):
    """The elements of a page in their order, their attributes, and the words outside of style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"meta", "img", "br", "hr"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["style"], ["script"]):
            self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _tag, attributes in self.elements if "id" in attributes]

    @property
    def links(self) -> list[str]:
        return [attributes["href"] for attributes in self.all("a")]


def page_of(*texts: str, **fields: Any) -> Page:
    """The page of a conversation with these answers."""
    messages: list[Message] = []
    for number, text in enumerate(texts):
        parent = messages[-1].id if messages else None
        messages.append(Message(f"q{number}", Role.USER, "?", parent, 1.0))
        messages.append(answer(messages[-1], text))
    return Page("".join(render(Conversation.of(messages, **fields), Format.HTML)))


def test_formulas_are_drawn_and_keep_their_source() -> None:
    page = page_of("Since $E = mc^2$ and \\(a<b\\):\n\n$$\n\\frac{a}{b}\n$$\n\nIt costs $5 and $10.")
    assert '<span class="math" title="E = mc^2"><math>' in page.source
    assert "<msup><mi>c</mi><mn>2</mn></msup>" in page.source
    assert 'title="a&lt;b"' in page.source
    assert '<div class="math" title="\\frac{a}{b}"><math display="block"><mfrac>' in page.source
    assert "It costs $5 and $10." in page.words


def test_what_is_no_formula_or_cannot_be_read_is_shown_as_it_was_written() -> None:
    page = page_of("$\\unknown{x}$\n\n\\[\nsee above\n\\]\n\n$$\njust some words\n$$\n\n`$x^2$`")
    assert '<span class="math"><code>\\unknown{x}</code></span>' in page.source
    assert "[\nsee above\n]" in page.words and "$$\njust some words\n$$" in page.words
    assert "<code>$x^2$</code>" in page.source and not page.all("math")


def test_notes_are_numbered_and_linked_both_ways() -> None:
    page = page_of(
        "One[^b], two[^a], again[^b], and none[^c].\n\n"
        "[^a]: First, see[^d]\n[^b]: **Second**\n\n    ```\n    code\n    ```\n"
        "[^d]: Third\n[^e]: Nobody\n[^a]: Twice\n"
    )
    mentions = re.findall(r'<a class="mention" id="(\S+)" href="#(\S+)"[^>]*>(\d)</a>', page.source)
    assert [number for _id, _target, number in mentions] == ["1", "2", "1", "3"]
    notes = dict(re.findall(r'<li id="(m2-note-\d)">(.*?)</li>', page.source, re.DOTALL))
    assert [re.sub(r"<[^>]+>", "", note).split()[0] for note in notes.values()] == [
        *("Second", "First,", "Third", "Nobody", "Twice"),
    ]
    for mention, target, _number in mentions:
        assert f'href="#{mention}"' in notes[target], "a note leads back to each of its mentions"
    assert "none[^c]" in page.words
    assert "back" not in notes["m2-note-4"] and "back" not in notes["m2-note-5"]


def test_notes_of_two_answers_do_not_meet() -> None:
    page = page_of("One[^1].\n\n[^1]: Mine", "Two[^1].\n\n[^1]: Yours")
    assert len(set(page.ids)) == len(page.ids)
    inner = [link.removeprefix("#") for link in page.links]
    assert inner == ["m2-note-1", "m2-mention-1-1", "m4-note-1", "m4-mention-1-1"]
    assert set(inner) <= set(page.ids)


@pytest.mark.parametrize("label", ['x"><script>', "m1", "__proto__", "a&quot;b", "1' onclick='x", "‮x"])
def test_a_label_is_no_part_of_a_link(label: str) -> None:
    page = page_of(f"One[^{label.replace(' ', '')}].\n\n[^{label.replace(' ', '')}]: Note")
    assert [link for link in page.links if link.startswith("#")] == ["#m2-note-1", "#m2-mention-1-1"]
    assert set(page.ids) == {"m1", "m1-who", "m2", "m2-who", "m2-note-1", "m2-mention-1-1"}


def test_tasks_have_boxes_and_other_items_have_not() -> None:
    page = page_of(
        "- [x] done\n- [ ] to do\n- [x]: not one\n- plain\n\n1. [X] first\n\n[x] no item\n\n[x]: https://a.example\n"
    )
    boxes = re.findall(r'<span class="(box[ \w]*)" role="img" aria-label="([\w ]+)">(.)</span>', page.source)
    assert boxes == [("box done", "done", "☑"), ("box", "to do", "☐"), ("box done", "done", "☑")]
    assert page.source.count('<li class="task">') == 3 and "<input" not in page.source
    assert "☑ first" in page.words


def test_code_has_the_name_of_its_language_and_a_button_that_waits_for_the_script() -> None:
    page = page_of("```python title\nprint(1)\n```\n\n    indented\n\n```\nunnamed\n```")
    assert re.findall(r"<figcaption><span>(.*?)</span>", page.source) == ["python title", "", ""]
    assert '<span class="nb">print</span>' in page.source
    assert [button.get("type") for button in page.all("button")] == ["button"] * 3
    assert all("hidden" in button and button["data-done"] == "Copied" for button in page.all("button"))


def test_headings_of_answers_are_below_that_of_the_speaker() -> None:
    page = page_of("# One\n\nTwo\n---\n\n###### Six", title="Title")
    levels = [tag for tag, _attributes in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels == ["h1", "h2", "h2", "h3", "h4", "h6"]


def test_the_page_tells_its_language_its_title_and_its_parts() -> None:
    i18n.use("ru")
    try:
        page = page_of("```\nx\n```\n\na[^1]\n\n[^1]: b", title="Беседа", system_prompt="Кратко")
    finally:
        i18n.use("en")
    assert page.all("html") == [{"lang": "ru"}]
    assert "<title>Беседа</title>" in page.source and page.source.count("<main>") == 1
    for article in page.all("article"):
        assert article["aria-labelledby"] in page.ids
    assert "Копировать" in page.words and 'aria-label="Сноски"' in page.source
    assert "prefers-color-scheme: dark" in page.source and "@media print" in page.source


def test_everything_can_be_read_in_light_and_in_dark() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    for colours in (light, dark):
        colour = {name: Color.parse(value) for name, value in re.findall(r"--(\w+): (#\w+)", colours)}
        assert len(colour) == 12
        for text in ("ink", "soft", "accent", "name", "keyword", "string", "type", "wrong"):
            for ground in ("paper", "raised"):
                assert contrast(colour[text], colour[ground]) >= TEXT, f"{text} on {ground}"
        assert contrast(colour["ink"], colour["panel"]) >= TEXT


EVIL_WORD = "\"'><script>alert(1)</script>\x1b\u202e"
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;\x1b[31m\u202e"


def test_nothing_gets_in_by_any_field() -> None:
    attachments = (
        Attachment(AttachmentKind.FILE, EVIL, EVIL, Blob("0" * 64, 1)),
        Attachment(AttachmentKind.TEXT, EVIL, EVIL, Blob("1" * 64, 1), text=EVIL),
    )
    text = "\n\n".join(
        (
            EVIL,
            f"```{EVIL}\n{EVIL}\n```",
            f"~~~&quot;&gt;&lt;script&gt;&#x202e;\n{EVIL}\n~~~",
            f"$x^{{{EVIL}}}$ $\\text{{{EVIL}}}$ \\({EVIL} = 1\\) $\\unknown{{{EVIL}}}^2$",
            f"$$\n\\frac{{{EVIL}}}{{2}} = {EVIL}\n$$",
            f"a[^{EVIL_WORD}]\n\n[^{EVIL_WORD}]: {EVIL}",
            f"[a](https://ok.example/{EVIL_WORD}) [b](javascript:alert(1)) [c](&#106;avascript:alert(1))",
            '[d](https://ok.example "&quot; onclick=x") <https://ok.example/"onclick=x>',
            '[e](data:text/html,x) ![&quot;&gt;&lt;img&gt;](https://ok.example/x" "t")',
            "[m](mailto:a@b.example) [f](vbscript:x) [g](//x)",
            f"| {EVIL} | b |\n|:-:|--|\n| {EVIL} | &#x202e; |",
            f"- [x] {EVIL}\n\n# {EVIL}\n\n> {EVIL}\n\n[ref]: https://ok.example/{EVIL_WORD} 'hidden'",
            "&#x202e;&lt;script&gt;&#27;",
        )
    )
    messages = [
        Message("q", Role.USER, EVIL, None, 1.0, attachments=attachments),
        Message(
            "a",
            Role.ASSISTANT,
            text,
            "q",
            2.0,
            Status.CUT,
            EVIL,
            EVIL,
            tool_calls=(ToolCall(EVIL, EVIL, EVIL),),
            finish_reason=EVIL,
            citations=(
                Citation(EVIL, EVIL),
                Citation(f"https://ok.example/{EVIL}", EVIL),
                Citation("javascript:x"),
            ),
        ),
    ]
    conversation = Conversation.of(messages, title=EVIL, system_prompt=EVIL)
    for receipts in (False, True):
        page = Page("".join(render(conversation, Format.HTML, receipts=receipts)))
        tags = {tag for tag, _attributes in page.elements}
        assert not tags & {"img", "iframe", "object", "link", "form", "input", "base", "svg", "b"}
        assert page.source.count("<script") == page.source.count("</script") == 1
        assert page.source.count(f"<script>{SCRIPT}</script>") == 1
        assert page.source.count(f"<style>{STYLE}</style>") == 1
        names = {name for _tag, attributes in page.elements for name in attributes}
        assert not [name for name in names if name.startswith("on") or name in ("style", "src", "srcdoc")]
        for link in page.links:
            assert link.startswith(("https://ok.example", "mailto:a@b.example", "#m2-")), link
        assert "#m2-note-1" in page.links and "mailto:a@b.example" in page.links and page.all("math")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page.source)
        assert page.words.count("<script>alert(1)</script>") > 12, "it is all there, as text"


def test_the_policy_lets_the_page_itself_be_and_nothing_else() -> None:
    page = page_of("x")
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv")]
    assert re.fullmatch(
        r"default-src 'none'; img-src data:; style-src 'sha256-\S+'; script-src 'sha256-\S+'; "
        r"base-uri 'none'; form-action 'none'",
        policy,
    )
    assert not re.search(r"url\(|@import|https?:", STYLE + SCRIPT)


@pytest.mark.parametrize("unit", ["[", "\\(", "![a", "[^a", "\\[x"])
def test_a_paragraph_of_brackets_does_not_hold_an_export_up(unit: str) -> None:
    text = unit * 60_000
    assert text in page_of(f"[^a]: note\n\n{text}").words


def test_a_long_list_of_tasks_and_notes_is_read_in_one_go() -> None:
    page = page_of(
        "- [x] a\n" * 10_000 + "\n" + "".join(f"[^{n}]: n\n\n" for n in range(1000)) + "[^7] " * 500
    )
    assert page.source.count('<li class="task">') == 10_000
    assert page.source.count('class="mention"') == page.source.count('class="back"') == 500


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_runs_the_script_and_shows_the_buttons(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("".join(render(small("Q", "```python\nx\n```"), Format.HTML)), encoding="utf-8")
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    shown = subprocess.run(
        [*command, "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=120, check=True
    ).stdout
    assert re.search(r'<button type="button"[^>]*>Copy</button>', shown)
    assert not re.search(r"<button[^>]* hidden", shown), "the policy let the script run"
