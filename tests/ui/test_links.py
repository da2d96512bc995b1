"""Which links may be opened, and what is shown of them before."""

from __future__ import annotations

import pytest

from neurotui.ui.links import links_in, openable, target


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a?b=1#c",
        "http://127.0.0.1:8000/",
        "https://пример.рф/",
        "https://a.example/%2D%2Dx",
    ],
)
def test_web_addresses_may_be_opened(url: str) -> None:
    assert openable(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "javascript%3Aalert(1)",
        "%6aavascript:alert(1)",
        "file:///etc/passwd",
        "file%3A///etc/passwd",
        "data:text/html,x",
        "--help",
        "-https://example.org",
        "https:///no-host",
        "https://",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https://[::1",
        "//example.org",
        "mailto:a@example.org",
        " https://example.org",
        "https://example.org/\nx",
        "https://example.org/\x1b[31m",
        "",
    ],
)
def test_nothing_else_may(url: str) -> None:
    assert openable(url) == ""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://google.com@evil.example/x", "https://evil.example/x"),
        ("https://user:secret@a.example/", "https://a.example/"),
        ("https://аррӏе.com/", "https://xn--80ak6aa92e.com/"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("https://ru.example/%D0%AF%20%2F?q=%D1%91", "https://ru.example/Я%20%2F?q=ё"),
        ("https://a.example/%E2%80%AE%FF", "https://a.example/%E2%80%AE%FF"),
        ("https://a.example/\u202egnp.exe", "https://a.example/⟨U+202E⟩gnp.exe"),
    ],
)
def test_the_true_target_is_shown(url: str, shown: str) -> None:
    assert target(url) == shown


def test_the_links_of_a_text_are_found_once_and_in_order() -> None:
    text = (
        "[a](https://a.example) https://b.example [a](https://a.example) ![i](https://i.example/x.png)\n\n"
        "| [t](https://t.example) |\n|---|\n\n[r]\n\n[r]: https://r.example\n\n[x](javascript:alert(1)) "
        "`https://code.example`\n\n[a: b]: https://last.example 'Title'"
    )
    assert links_in(text) == (
        "https://a.example",
        "https://b.example",
        "https://i.example/x.png",
        "https://t.example",
        "https://r.example",
        "https://last.example",
    )
