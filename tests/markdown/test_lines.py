"""What documents look like in lines, and that no line is wider than its column."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from neurotui.markdown import layout, parse
from neurotui.markdown.blocks import Span
from neurotui.markdown.wrap import Paragraph, width_of, wrap
from tests.markdown.corpus import CORPUS


def shown(source: str, width: int = 60) -> list[str]:
    return [line.text for line in layout.lines(parse(source), width)]


def styles(source: str) -> dict[str, str]:
    """The styles of the pieces of text in `source`."""
    return {span.text: span.style for line in layout.lines(parse(source), 60) for span in line.spans}


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("name", CORPUS)
def test_no_line_is_wider_than_its_column(name: str, width: int) -> None:
    for line in shown(CORPUS[name], width):
        assert cell_len(line) <= width, line


class TestBlocks:
    def test_lists(self) -> None:
        assert shown("- a\n- b\n  - c\n    more\n\n1. x\n1. y\n\n- [ ] to do\n- [x] done") == [
            "• a", "• b", "  ◦ c", "    more", "", "1. x", "2. y", "", "☐ to do", "☑ done",
        ]  # fmt: skip

    @pytest.mark.parametrize("indent", [2, 3, 4])
    def test_lists_in_lists_stay_lists_as_deep_as_there_is_room(self, indent: int) -> None:
        deep = layout.lines(
            parse("\n".join(" " * indent * level + f"- item {level}" for level in range(38))), 160
        )
        assert [line.text.split()[-3:] for line in deep] == [
            ["•◦▪"[min(level, 2)], "item", str(level)] for level in range(38)
        ]

    def test_empty_lines_between_items_are_the_writers(self) -> None:
        assert shown("- a\n- b\n\n- c") == ["• a", "• b", "", "• c"]

    def test_quotes(self) -> None:
        assert shown("> a\nlazy\n>\n> > b") == ["▎ a", "▎ lazy", "▎ ", "▎ ▎ b"]

    def test_code_names_its_language(self) -> None:
        assert shown("```python\nx = 1\n```\n\n```\ny\n```") == [
            "▏python ── 1 copy",
            "▏x = 1",
            "",
            "▏── 2 copy",
            "▏y",
        ]

    def test_a_line_of_code_that_is_too_long_goes_on_behind_a_mark(self) -> None:
        assert shown("```\n  abcdefghijklmnop日本 q\nx\n```", 14)[1:] == [
            "▏  abcdefghij",
            "▏  ↪ klmnop日",
            "▏  ↪ 本 q",
            "▏x",
        ]
        source = "- a\n  ```\n  " + " " * 4 + "word " * 9 + "\n  ```"
        made = [line for line in layout.lines(parse(source), 20) if "▏" in line.text]
        code = [line for line in made if line.gutter < len(line.text)]
        whole = "".join(line.text[line.gutter :] for line in code)
        assert whole == " " * 4 + "word " * 9, "neither mark nor indent is copied"
        assert [line.joint for line in code] == [None, *[""] * (len(code) - 1)]
        assert all(width_of(line.text) <= 20 for line in code)

    def test_a_card_is_as_wide_as_the_text(self) -> None:
        made = layout.lines(parse("```\n" + "x" * 150 + "\n```"), 160)
        assert [width_of(line.text) for line in made] == [len("▏── 1 copy"), 99, 55]

    def test_footnotes(self) -> None:
        assert shown("Text[^1].\n\n[^1]: The note\n    goes on.") == [
            "Text¹.",
            "",
            "¹ The note",
            "  goes on.",
        ]

    def test_tables(self) -> None:
        assert shown("| a | Длинно |\n|--:|:-:|\n| 日本 | x |") == [
            "   a │ Длинно",
            "─────┼───────",
            "日本 │   x   ",
        ]

    def test_a_tag_is_a_break_in_a_cell_and_nowhere_else(self) -> None:
        source = "| a<br>b | c |\n|---|---|\n| one <BR/> **two<br />three** | x<br> |\n| `<br>` | \\<br> |"
        assert shown(source) == [
            "a     │ c   ",
            "b     │     ",
            "──────┼─────",
            "one   │ x   ",
            "two   │     ",
            "three │     ",
            "<br>  │ <br>",
        ]
        assert shown(source, 9) == [
            *("a", "  b: one", "  two", "  three", "c: x", "", "a", "  b: <br>", "c: <br>"),
        ]
        assert shown("a<br>b") == ["a<br>b"]

    def test_breaks_are_kept(self) -> None:
        assert shown("Зима.\nКрестьянин, торжествуя") == ["Зима.", "Крестьянин, торжествуя"]

    def test_rules(self) -> None:
        assert shown("a\n\n***", 10) == ["a", "", "─" * 10]


class TestInline:
    def test_styles(self) -> None:
        found = styles("**a** *b* ~~c~~ `d` ***e*** [f](https://g.example)")
        assert found["a"] == "strong"
        assert found["b"] == "emphasis"
        assert found["c"] == "strike"
        assert found["d"] == "code"
        assert found["e"] == "emphasis strong"
        assert found["f"] == "link"

    def test_a_link_shows_its_true_target(self) -> None:
        assert shown("[bank](https://evil.example/x)") == ["bank (https://evil.example/x)"]
        assert shown("[not evil.example](https://evil.example)") == [
            "not evil.example (https://evil.example)"
        ]
        assert shown("[a.example](https://a.example/)") == ["a.example"]
        assert shown('[a](https://b.example "c")') == ["a (https://b.example “c”)"]
        assert shown("<https://a.example>") == ["https://a.example"]
        assert shown("https://a.example/b.") == ["https://a.example/b."]

    def test_an_address_is_shown_in_its_own_letters(self) -> None:
        assert shown("https://a.example/Я") == ["https://a.example/Я"]
        assert shown("[Я](https://a.example/Я_(я)?%20)") == ["Я (https://a.example/Я_(я)?%20)"]
        assert shown("[a]: https://a.example/Я 'Ё'") == ["[a]: https://a.example/Я (Ё)"]
        assert shown("<https://я.example/Я>") == ["https://я.example/Я (https://xn--41a.example/Я)"]
        assert shown("[a](https://%D1%8F.example)") == ["a (https://%D1%8F.example)"]

    def test_a_file_name_is_no_link(self) -> None:
        assert all(
            not span.link for line in layout.lines(parse("main.py and a.b.com"), 60) for span in line.spans
        )

    def test_images_are_named_and_not_fetched(self) -> None:
        assert shown("![a cat](https://i.example/c.png)") == ["a cat (https://i.example/c.png)"]


class TestNothingIsHidden:
    @pytest.mark.parametrize(
        "source",
        [
            "<b>bold</b> <!-- secret -->",
            "<div>\nsecret\n</div>",
            "[secret]: https://secret.example",
            "List<int> and a<b>c",
            '[a](https://b.example "secret") ![c](https://d.example "secret")',
            "| a |\n|---|\n| b | secret | secret |\n\n> | a |\n> |--|\n> | b | secret",
            "> " * 60 + "secret\nafter secret",
            "\n".join("  " * level + "- secret" for level in range(40)),
        ],
    )
    def test_every_word_is_shown(self, source: str) -> None:
        text = "\n".join(shown(source, 200))
        assert text.count("secret") == source.count("secret")

    def test_what_entities_hide_passes_the_gate(self) -> None:
        text = "".join(shown("a&#x202e;b &#27;[31m &NewLine;c"))
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert "⟨U+202E⟩" in text

    def test_markup_of_the_terminal_library_is_text(self) -> None:
        source = "[/x] [b]bold[/b] [@click=app.quit]x[/]"
        assert shown(source) == [source]


class TestWrapping:
    def test_at_spaces(self) -> None:
        lines = wrap([Span("one two three")], 8)
        assert [(line.text, line.joint) for line in lines] == [("one two", None), ("three", " ")]

    def test_a_word_that_is_too_long_is_broken(self) -> None:
        lines = wrap([Span("abcdefghij")], 4)
        assert [(line.text, line.joint) for line in lines] == [("abcd", None), ("efgh", ""), ("ij", "")]

    def test_wide_characters(self) -> None:
        lines = wrap([Span("日本語のテキスト ab")], 7)
        assert [line.text for line in lines] == ["日本語", "のテキ", "スト ab"]

    def test_graphemes_stay_whole(self) -> None:
        family = "👩‍👩‍👧"
        lines = wrap([Span(family * 5)], 5)
        assert [line.text for line in lines] == [family * 2, family * 2, family]

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(st.text(alphabet="ab c日é👩‍️\n", max_size=60), st.integers(2, 12), st.integers(0, 60))
    def test_nothing_is_lost_and_parts_are_as_the_whole(self, text: str, width: int, cut: int) -> None:
        lines = wrap([Span(text)], width)
        assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "").replace(
            "\n", ""
        )
        paragraph = Paragraph(width)
        paragraph.add([Span(text[:cut])])
        assert paragraph.lines == [] or all(line.joint is None or line.text for line in paragraph.lines)


def test_a_narrow_screen_shows_a_table_as_a_list() -> None:
    source = "| Name | City | Country |\n|---|---|---|\n| Anna | Samara | Russia |\n| Bob | Oslo | Norway |"
    assert shown(source, 20)[:4] == ["Name: Anna", "City: Samara", "Country: Russia", ""]


def test_a_table_without_room_wraps_its_cells_and_divides_its_rows() -> None:
    text = shown("| a | b |\n|---|---|\n| short | " + "word " * 20 + "|\n| x | y |", 40)
    assert all(cell_len(line) <= 40 for line in text)
    assert any(set(line) == {"┄", "┼"} for line in text)
