"""Code in Markdown that itself stands in a block of code, and texts that only look like it.

Each text is read by the screen, whole and as it streams, by the commands that copy code, and by the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

import pytest

from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.markdown import parse
from neurotui.markdown.blocks import Block, Code
from neurotui.markdown.document import Document
from neurotui.markdown.fences import DEEPEST
from neurotui.markdown.source import code_blocks
from neurotui.transcripts import Format, render
from tests.markdown.corpus import CORPUS

README = "# Name\n\n```bash\npip install name\n```\n\n## Use\n\n```python\nprint(1)\n```\n"


def shown(blocks: Iterable[Block]) -> list[str]:
    """The text of each block of code on the screen."""
    texts: list[str] = []
    for block in blocks:
        if isinstance(block, Code):
            texts += [""] * (not block.continues)
            texts[-1] += "".join("".join(span.text for span in line) + "\n" for line in block.lines)
    return list(map(ended, texts))


def ended(code: str) -> str:
    """Code with one newline at its end: what was cut may have none or one too many."""
    return code.rstrip("\n") + "\n"


def copied(source: str) -> list[str]:
    return [ended(block.text) for block in code_blocks(source)]


def exported(source: str) -> list[str]:
    asked = Message("q", Role.USER, "?", None, 1.0)
    answer = Message("a", Role.ASSISTANT, source, "q", 2.0)
    page = "".join(render(Conversation.of([asked, answer]), Format.HTML))
    found = re.findall(r"<pre><code[^>]*>(.*?)</code></pre>", page, re.DOTALL)
    return [ended(unescape(re.sub(r"<[^>]*>", "", code))) for code in found]


def coming(source: str) -> list[str]:
    """What is shown of a text that has come, and is not complete."""
    document = Document()
    for character in source:
        document.feed(character)
    return shown([*document.blocks, *document.peek()])


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        (f"Here:\n\n```markdown\n{README}```\nEnd.\n\n```c\nx\n```\n", [README, "x\n"]),
        (f"```md\n{README}```", [README]),
        (f"``` Markdown title=README.md\n{README}```  \n", [README]),
        (f"```{{.mdx}}\n{README}```\n```md\n{README}```\n", [README, README]),
        (f"~~~md\n{README}~~~\n", [README]),
        ("~~~md\n~~~c\nx\n~~~\n~~~~\nEnd.", ["~~~c\nx\n~~~\n"]),
        (f"````markdown\n{README}````\nEnd.", [README]),
        (f"````markdown\n```python\n````\nEnd.\n\n```md\n{README}```\n", ["```python\n", README]),
        ("```md\n````c\n```\n````\n```\nEnd.", ["````c\n```\n````\n"]),
        ("```md\n~~~\n```\nEnd.", ["~~~\n"]),
        ("```md\n```md\n```c\nx\n```\n```\ny\n```\nEnd.", ["```md\n```c\nx\n```\n```\ny\n"]),
        ("```md\n```c`\n    ```c\n```\nEnd.", ["```c`\n    ```c\n"]),
        (
            "> - ```md\n>   ```c\n>   x\n>   ```\n>   y\n>   ```\n>\n>   End.\n\n```\nz\n```\n",
            ["```c\nx\n```\ny\n", "z\n"],
        ),
        (f"```md\n{README * 40}```\n```md\n{README * 40}\n```\n", [README * 40] * 2),
        # cut within code that follows
        (f"```md\n{README}```\nEnd.\n\n```python\nx\n", [README, "x\n"]),
    ],
)
def test_code_in_markdown_does_not_end_its_block(source: str, codes: list[str]) -> None:
    assert shown(parse(source)) == coming(source) == copied(source) == exported(source) == codes


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        # an opening fence is shown, not used
        ("```md\n```python\n```\nWrite so.\n", ["```python\n"]),
        ("```md\n```python\n```\nWrite so:\n```c\nx\n```\nEnd.", ["```python\n", "x\n"]),
        ("```md\n```python\n```\nWrite so:\n```\nx\n```\nEnd.", ["```python\n", "x\n"]),
        ("- ```md\n  ```python\n  ```\n\n  Write so.\n\nEnd.\n\n```\nx\n```\n", ["```python\n", "x\n"]),
        # the outer fence was forgotten
        ("```md\n# A\n```python\nx\n```\nIt is so.\n\n```\ny\n```\nEnd.", ["# A\n```python\nx\n", "y\n"]),
        # only Markdown holds code
        ("```python\n```c\n```\nEnd.", ["```c\n"]),
        ("```\n```c\n```\nEnd.", ["```c\n"]),
        ("```md-x\n```c\n```\nEnd.", ["```c\n"]),
        # a bare fence opens nothing
        ("```md\n# Title\n```\nEnd.\n```\nx\n```\n", ["# Title\n", "x\n"]),
        # cut within Markdown, with what came of it
        ("```md\n```c\nx\n```\ny\n```c\nz\n", ["```c\nx\n", "z\n"]),
        ("```md\n# Title\n```c\nx\n", ["# Title\n```c\nx\n"]),
    ],
)  # fmt: skip
def test_fences_that_do_not_add_up_are_read_as_the_standard_says(source: str, codes: list[str]) -> None:
    assert shown(parse(source)) == copied(source) == exported(source) == codes


def test_levels_are_bounded() -> None:
    opening, closing = "```md\n" * (DEEPEST + 1), "```\n" * (DEEPEST + 1)
    assert copied(opening + closing) == [opening[6:] + closing[4:]]
    assert copied(opening * 50 + closing * 50)[0] == (opening * 50)[6:]


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - {"hostile"}))
def test_what_is_copied_is_what_is_shown(name: str) -> None:
    source = CORPUS[name]
    assert [text.rstrip() for text in copied(source)] == [text.rstrip() for text in shown(parse(source))]


def test_a_block_that_was_read_in_part_goes_on_where_it_was() -> None:
    document = Document()
    for line in ("```md", *"x" * 200, "```c", *"y" * 200, "```", *"z" * 200, "```"):
        document.feed(f"{line}\n")
    assert len(document.blocks) > 5 and not document.stale
    document.feed("End.\n")
    document.finish()
    assert not document.stale and len(shown(document.blocks)) == 1
