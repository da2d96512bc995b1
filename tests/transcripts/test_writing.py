"""Transcripts: whole for programs, readable and harmless for people, under names that every system takes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import stat
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from neurotui import i18n
from neurotui.chat.conversation import Bill, Conversation, Message, Role, Status, Timing, ToolCall
from neurotui.errors import StoreReadOnly
from neurotui.transcripts import Format, document, export, export_all, render, save
from neurotui.transcripts.names import LONGEST, file_name
from neurotui.transcripts.reading import read_file
from neurotui.wire.events import Usage
from neurotui.wire.surrogates import repair
from tests.store.examples import EXACT, answer, everything, small

HOSTILE = """
<script>alert(1)</script> <img src=x onerror=alert(1)> <!-- hidden -->
[a](javascript:alert(1)) [b](JAVASCRIPT%3Aalert(1)) [c](data:text/html,x)
[d](file:///etc/passwd) [e](//host/x)
[f](--help) [g](vbscript:x "onmouseover=alert(1)") <javascript:alert(1)> <a@b.c> www.host.example main.py
![picture](https://tracker.example/x.png "t") ![p](data:image/png;base64,AAAA) [good](https://ok.example/?a="b"&c)

[ref]: https://hidden.example "the hidden text"

| a | b |
|:-:|--:|
| <b>1</b> | `</td>` |

```html" onload="alert(1)
</code></pre><script>alert(2)</script>
```
```python
print("</script>")
```
\x1b]52;c;AAAA\x07 \u202e reversed \x9b31m [@click=app.quit] [/x]
"""


def text_of(conversation: Conversation, form: Format, *, receipts: bool = False) -> str:
    return "".join(render(conversation, form, receipts=receipts))


@pytest.mark.parametrize("form", Format)
def test_an_export_is_a_private_file_with_a_readable_name(form: Format, tmp_path: Path) -> None:
    conversation = small("Как приготовить борщ?")
    first, second = export(conversation, form, tmp_path), export(conversation, form, tmp_path)
    assert first.name == f"Как приготовить борщ.{form}"
    assert second.name == f"Как приготовить борщ (2).{form}"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    if form is not Format.JSON:
        assert first.read_text(encoding="utf-8") == text_of(conversation, form)


def test_a_path_may_be_given_and_overwritten(tmp_path: Path) -> None:
    path = save(small("раз"), Format.TEXT, tmp_path / "a/b.txt")
    assert save(small("два"), Format.TEXT, path, overwrite=True) == path
    assert "два" in path.read_text(encoding="utf-8")
    (tmp_path / "file").touch()
    with pytest.raises(StoreReadOnly):
        save(small(), Format.TEXT, tmp_path / "file/b.txt")


def test_json_gives_the_same_conversation_again(tmp_path: Path) -> None:
    conversation = everything()
    transcript = read_file(export(conversation, Format.JSON, tmp_path))
    assert transcript.conversations == (conversation,)
    assert transcript.problems == ()


def test_all_in_one_file_or_in_one_each(tmp_path: Path) -> None:
    conversations = [everything(), small("раз"), small("раз")]
    (whole,) = export_all(conversations, Format.JSON, tmp_path)
    assert read_file(whole).conversations == tuple(conversations)
    names = [path.name for path in export_all(conversations, Format.MARKDOWN, tmp_path)]
    assert names == ["Всё.md", "раз.md", "раз (2).md"]


def test_json_is_as_it_is_documented() -> None:
    data = json.loads(text_of(everything(), Format.JSON))
    assert (data["format"], data["version"]) == ("neurotui", 1)
    (conversation,) = data["conversations"]
    assert list(conversation) == ["id", "title", "created_at", "system_prompt", "leaf_id", "messages"]
    assert list(conversation["messages"][0]) == ["id", "parent_id", "role", "created_at", "text", "status"]
    named = set(re.findall(r'"(\w+)":', document.__doc__ or ""))
    for message in conversation["messages"]:
        for name, value in message.items():
            assert name in named
            for inner in value if isinstance(value, dict) else (value[0] if isinstance(value, list) else ()):
                assert inner in named


def test_each_message_is_a_line_of_its_own() -> None:
    lines = text_of(everything(), Format.JSON).splitlines()
    assert len([line for line in lines if '"role":' in line]) == 6


texts = st.text(st.characters(exclude_categories=())) | st.sampled_from([EXACT, HOSTILE])
messages = st.builds(
    Message,
    id=st.uuids().map(str),
    role=st.sampled_from(Role),
    text=texts,
    created_at=st.floats(0, 4e9),
    status=st.sampled_from(sorted(set(Status) - {Status.RUNNING})),
    model=texts,
    reasoning=texts,
    refused=st.booleans(),
    tool_calls=st.lists(st.builds(ToolCall, texts, texts, texts), max_size=2).map(tuple),
    finish_reason=texts,
    usage=st.none() | st.builds(Usage, *[st.integers(0, 2**40)] * 5),
    timing=st.none() | st.builds(Timing, total=st.none() | st.floats(0, 1e6), pings=st.integers(0, 99)),
)


@given(st.lists(messages, min_size=1, max_size=6, unique_by=lambda message: message.id), st.data())
@settings(max_examples=60, deadline=None)
def test_every_conversation_survives_every_format(
    tmp_path_factory: pytest.TempPathFactory, found: list[Message], data: st.DataObject
) -> None:
    conversation = Conversation(created_at=1.0)
    for message in found:
        parent_id = data.draw(st.sampled_from([*conversation.messages, ""]).map(lambda id_: id_ or None))
        conversation.put(replace(message, parent_id=parent_id))
    for form in Format:
        text_of(conversation, form).encode()
    path = tmp_path_factory.mktemp("json") / "a.json"
    save(conversation, Format.JSON, path)
    (again,) = read_file(path).conversations
    assert list(again.messages) == list(conversation.messages)
    for before, after in zip(conversation.messages.values(), again.messages.values(), strict=True):
        assert after.text == repair(before.text)
        assert (after.parent_id, after.status, after.usage, after.timing) == (
            before.parent_id,
            before.status,
            before.usage,
            before.timing,
        )


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.TEXT, Format.HTML])
def test_people_read_who_said_what_when_and_how_it_ended(form: Format) -> None:
    asked = Message("q", Role.USER, "Вопрос", None, 1_700_000_000.0)
    stopped = Message(
        "a",
        Role.ASSISTANT,
        "Отве",
        "q",
        1_700_000_001.0,
        Status.STOPPED,
        "gpt-5-mini",
        reasoning="сначала\nпотом",
        usage=Usage(completion_tokens=1234),
        timing=Timing(total=2.5, closed=0.004, thinking=6.0),
        tool_calls=(ToolCall("1", "поиск", '{"a": 1}'),),
    )
    conversation = Conversation.of([asked, answer(asked, "другая ветвь"), stopped], system_prompt="Кратко")
    text = text_of(conversation, form, receipts=True)
    moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(1_700_000_000))
    for part in ("Вопрос", "You", "Кратко", "gpt-5-mini", moment, "Отве", "сначала", "потом", "поиск"):
        assert part in text
    for part in ("stopped", "4 characters kept", "1,234 tokens", "2.5 s", "closed in 4 ms", "1 more message"):
        assert part in text
    assert "Thought for 6" in text
    assert "другая ветвь" not in text


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.COMPLETE}))
@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.TEXT, Format.HTML])
def test_no_ending_reads_like_a_complete_answer(status: Status, form: Format) -> None:
    asked = Message("q", Role.USER, "?", None, 1.0)
    whole, ended = (
        Conversation.of([asked, replace(answer(asked, "Да", each), id="a")])
        for each in (Status.COMPLETE, status)
    )
    assert "finished" in text_of(whole, form, receipts=True)
    assert "finished" not in text_of(ended, form, receipts=True)
    assert text_of(whole, form) != text_of(ended, form), "without receipts too"


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.TEXT, Format.HTML])
def test_what_answers_took_is_said_only_if_asked_for(form: Format) -> None:
    asked = Message("q", Role.USER, "?", None, 1.0)
    usage, timing = Usage(completion_tokens=1234), Timing(total=2.5, closed=0.004)
    bill = Bill("m", completion_tokens=1234, cost=0.5, currency="USD")
    said = ("1,234", "2.5 s", "4 ms", "0.50")
    for status, ending in (
        (Status.COMPLETE, ""),
        (Status.STOPPED, "stopped by you"),
        (Status.CUT, "cut off"),
    ):
        told = replace(answer(asked, "Да", status), usage=usage, timing=timing, bill=bill)
        conversation = Conversation.of([asked, told])
        text = text_of(conversation, form)
        assert ending in text and not [part for part in said if part in text]
        text = text_of(conversation, form, receipts=True)
        assert [part for part in said if part in text] == list(said)


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.TEXT, Format.HTML])
def test_the_language_is_that_of_the_reader(form: Format) -> None:
    i18n.use("ru")
    try:
        stopped = Message("a", Role.ASSISTANT, "Да", None, 1.0, Status.STOPPED)
        assert "остановлено" in text_of(Conversation.of([stopped]), form)
    finally:
        i18n.use("en")


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.TEXT, Format.HTML])
def test_what_is_for_people_obeys_nobody(form: Format) -> None:
    asked = Message("q", Role.USER, HOSTILE, None, 1e300, model=HOSTILE)
    hostile = Message("a", Role.ASSISTANT, HOSTILE, "q", -1e300, Status.FAILED, HOSTILE, HOSTILE)
    text = text_of(Conversation.of([asked, hostile], title=HOSTILE, system_prompt=HOSTILE), form)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


class Page(HTMLParser):
    """The tags of a page, its links and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.policy = self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        self.attributes |= values.keys()
        if "href" in values:
            self.links.append(values["href"] or "")
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_does_nothing_whatever_is_written_in_it() -> None:
    asked = Message("q", Role.USER, HOSTILE, None, 1.0)
    hostile = Message("a", Role.ASSISTANT, HOSTILE, "q", 2.0, Status.COMPLETE, HOSTILE, HOSTILE)
    page = Page(text_of(Conversation.of([asked, hostile], title=HOSTILE, system_prompt=HOSTILE), Format.HTML))
    assert not page.tags & {"img", "iframe", "object", "link", "form", "input", "base", "svg"}
    assert page.attributes <= {
        *(
            "lang",
            "charset",
            "http-equiv",
            "content",
            "name",
            "class",
            "href",
            "title",
            "rel",
            "id",
            "datetime",
        ),
        *("aria-labelledby", "type", "aria-live", "data-done", "hidden"),
    }
    assert page.links == [
        *("mailto:a@b.c", "https://tracker.example/x.png", "https://ok.example/?a=%22b%22&c"),
    ]
    assert "default-src 'none'" in page.policy
    for hidden in ("<script>alert(1)</script>", "<!-- hidden -->", "the hidden text", "javascript:alert(1)"):
        assert hidden in page.words


def test_the_policy_lets_only_this_style_be() -> None:
    text = text_of(small(), Format.HTML)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in Page(text).policy
    assert " style=" not in text


def test_code_is_coloured_and_tables_are_aligned() -> None:
    asked = Message("q", Role.USER, "?", None, 1.0)
    text = text_of(Conversation.of([asked, answer(asked, HOSTILE)]), Format.HTML)
    assert '<span class="nb">print</span>' in text
    assert '<th class="center">a</th>' in text and '<td class="right">' in text


@pytest.mark.parametrize("source", ["> " * 300 + "глубоко", "длинно " * 200_000])
def test_what_markdown_would_leave_out_is_shown_as_it_was_written(source: str) -> None:
    asked = Message("q", Role.USER, "?", None, 1.0)
    page = Page(text_of(Conversation.of([asked, answer(asked, source)]), Format.HTML))
    assert source.strip() in page.words


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Привет, мир! Как дела?", "Привет, мир! Как дела.md"),
        ("日本語 😀", "日本語 😀.md"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("-rf ~", "rf ~.md"),
        ("~root", "root.md"),
        ("con", "con_.md"),
        ("NUL.tar", "NUL.tar_.md"),
        ("com1", "com1_.md"),
        ("точки... ", "точки.md"),
        ("\x1b[31m\u202egnp.exe\n\t", "[31m gnp.exe.md"),
        ("", "neurotui.md"),
        ("???", "neurotui.md"),
        ("\ud83d", "neurotui.md"),
        ("е\u0308ж", "ёж.md"),
    ],
)
def test_names_are_good_on_every_system(title: str, expected: str) -> None:
    assert file_name(title, "md") == expected


@given(st.text(st.characters(exclude_categories=())), st.just("md"))
def test_every_title_makes_a_name_that_can_be_written(title: str, ending: str) -> None:
    name = file_name(title, ending)
    assert 3 < len(name.encode()) <= LONGEST + 4
    assert Path(name).name == name
    assert not name.startswith((".", "-", " "))


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = 1",
        "~~~~\n```\n~~~",
        "1. one\n\n   ```\n   x",
        "- ```\n  x\n  ```",
        "> ```\n> x",
        "```\nx\n```",
        "a ``` b",
    ],
)
def test_code_that_was_cut_does_not_take_in_what_follows(text: str) -> None:
    conversation = small("Hi", text)
    question = Message("q2", Role.USER, "Go on", conversation.leaf_id, 2000.0)
    conversation.put(question)
    page = "".join(render(conversation, Format.MARKDOWN))
    headings = [
        tokens.content
        for tokens in MarkdownIt().parse(page)
        if tokens.type == "inline" and " · " in tokens.content
    ]
    assert sum(heading.startswith("You · ") for heading in headings) == 2
    assert "```\n```" not in page


def test_the_page_reads_addresses_and_emphasis_as_the_screen_does() -> None:
    text = "«https://a.example/x» и https://b.example/y…\n\n**Важно:**текст, и**«Слово»**и, f(*a,*b)"
    text += "\n\n| a<br>b |\n|--|\n\nc<br>d"
    asked = Message("q", Role.USER, "?", None, 1.0)
    shown = text_of(Conversation.of([asked, Message("a", Role.ASSISTANT, text, "q", 2.0)]), Format.HTML)
    assert Page(shown).links == ["https://a.example/x", "https://b.example/y"]
    assert "<strong>Важно:</strong>текст, и<strong>«Слово»</strong>и, f(*a,*b)" in shown
    assert re.search(r"<th>a<br ?/?>\nb</th>", shown) and "c&lt;br&gt;d" in shown


def test_headings_of_answers_nest_below_the_title_and_tasks_have_boxes() -> None:
    text = "# One\n\n###### Six\n\n- [x] done\n- [ ] to do\n"
    page = text_of(small("Question", text), Format.HTML)
    assert page.count("<h1") == 1, "the title of the page"
    assert "<h3>One</h3>" in page and "<h6>Six</h6>" in page
    assert "☑ done" in Page(page).words and "☐ to do" in Page(page).words
    assert "[x]" not in page and "<input" not in page
