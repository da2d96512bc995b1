"""Which links may be opened, and what is shown of them before."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

import pytest

from neurotui.app.links import links_in, open_link, openable, target
from neurotui.markdown import parse
from neurotui.markdown.layout import lines


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


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("«https://a.example/страница»", ["https://a.example/страница"]),
        ("https://a.example/c… и https://b.example…", ["https://a.example/c", "https://b.example"]),
        ("“https://a.example/x” ‘https://b.example/y’", ["https://a.example/x", "https://b.example/y"]),
        ("„https://a.example/x“ »https://b.example/y«", ["https://a.example/x", "https://b.example/y"]),
        ("https://a.example/x。https://b.example/y，又", ["https://a.example/x", "https://b.example/y"]),
        ("「https://a.example/x」（https://b.example/y）", ["https://a.example/x", "https://b.example/y"]),
        ("详见https://a.example/x（官网）", ["https://a.example/x"]),
        ("(https://a.example/Фильм_(1999)).", ["https://a.example/Фильм_(1999)"]),
        ("«https://a.example/Альбом_«Имя»»", ["https://a.example/Альбом_«Имя»"]),
        ("https://a.example/Schindler’s_List", ["https://a.example/Schindler’s_List"]),
        ("https://a.example/page’s end", ["https://a.example/page"]),
        ("https://a.example/Бойля_—_Мариотта — вот", ["https://a.example/Бойля_—_Мариотта"]),
        ("https://a.example/x: https://b.example/y.» и", ["https://a.example/x", "https://b.example/y"]),
        ("https://a.example/x?! https://b.example/y;", ["https://a.example/x", "https://b.example/y"]),
        ("\"https://a.example/x\" 'https://b.example/y'", ["https://a.example/x", "https://b.example/y"]),
        ("**https://a.example/x**, **https://b.example/y**и", ["https://a.example/x", "https://b.example/y"]),
        ("__https://a.example/x__ ~~https://b.example/y~~", ["https://a.example/x", "https://b.example/y"]),
        ("| «https://a.example/x» |\n|---|\n| https://b.example/y… |",
         ["https://a.example/x", "https://b.example/y"]),
        ("«https://a.example/x»https://b.example/y»", ["https://a.example/x", "https://b.example/y"]),
        ("https://a.example/x\ue200cite\ue201", ["https://a.example/x"]),
        ("https://a.example/a,b;c.d?q=a:b&y=[2]-", ["https://a.example/a,b;c.d?q=a:b&y=[2]-"]),
        ("a.example, www.a.example and «www.a.example»", []),
        ("[x](https://a.example/x») and `https://b.example/y»`", ["https://a.example/x»"]),
    ],
)  # fmt: skip
def test_an_address_ends_before_the_signs_around_it(text: str, addresses: list[str]) -> None:
    assert [unquote(url) for url in links_in(text)] == addresses


def test_an_address_is_not_shown_twice_for_the_signs_in_it() -> None:
    text = "https://a.example/Альбом_«Имя»_—_2 и https://a.example/?q=[1]"
    assert [line.text for line in lines(parse(text), 100)] == [text]


posix = pytest.mark.skipif(os.name != "posix", reason="programs that are scripts")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of browsers that write what they are given to `opened`; no others are found."""
    for name in ("w3m", "lynx", "www-browser", "own-browser"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\necho started; : > /dev/tty\n')
        program.chmod(0o700)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@posix
def test_a_link_goes_to_the_browser_of_the_user_away_from_the_terminal(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROWSER", "w3m:own-browser")
    open_link("https://a.example/x")
    assert (programs / "opened").read_text() == "https://a.example/x\n"
    assert capfd.readouterr() == ("", "")


@posix
@pytest.mark.parametrize("chosen", ["", "w3m", "lynx -nocolor:w3m"])
def test_a_browser_for_terminals_is_not_started(
    chosen: str, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", chosen)
    assert not open_link("https://a.example/x")
    assert not (programs / "opened").exists()


@posix
@pytest.mark.filterwarnings("ignore:.*Popen.__del__:pytest.PytestUnraisableExceptionWarning")
def test_a_browser_that_goes_on_running_is_not_waited_for(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (programs / "own-browser").write_text("#!/bin/sh\nexec /bin/sleep 2\n")
    monkeypatch.setenv("BROWSER", "own-browser")
    monkeypatch.setattr("neurotui.app.links.PATIENCE", 0.2)
    assert open_link("https://a.example/x")
