"""httpx's exceptions in neurotui's words, all of them."""

from __future__ import annotations

import inspect
from pathlib import Path

import h11
import httpcore
import httpx
import pytest

from neurotui import errors, i18n
from neurotui.api.faults import ERRORS, PROTOCOL_ERRORS, error_of, hide_library_frames
from neurotui.api.net.pooled import in_words_of_httpx
from neurotui.api.net.stream import HEAD_TOO_LONG, NOT_HTTP, NOT_TLS, TLS_ALERT
from neurotui.api.timeouts import Timeouts
from neurotui.wire.faults import Target

TARGET = Target("example.com", "https://example.com/v1", "m")


def exceptions_of_httpx() -> list[type[Exception]]:
    return [
        value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception)
    ]


def made(kind: type[Exception], words: str) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", "http://x")
        return httpx.HTTPStatusError(words, request=request, response=httpx.Response(500))
    takes_words = len(inspect.signature(kind).parameters) > 0
    return kind(words) if takes_words else kind()


@pytest.mark.parametrize("kind", exceptions_of_httpx())
@pytest.mark.parametrize("words", ["", "words that speak to programmers"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_exception_is_a_sentence(kind: type[Exception], words: str, language: str) -> None:
    assert kind in ERRORS
    i18n.use(language)
    try:
        error = error_of(made(kind, words), TARGET, Timeouts())
        assert error.title and error.hint
        assert "{" not in str(error)
        if kind is not httpx.ProxyError:  # the one whose words come from outside
            assert "programmers" not in str(error)
    finally:
        i18n.use("en")


def test_httpcore_raises_nothing_that_httpx_has_no_word_for() -> None:
    """The pool's exceptions become those of the same name: each of them, and none by chance."""
    for name, kind in vars(httpcore).items():
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            continue
        if kind is httpcore.ConnectionNotAvailable:  # within the pool alone
            continue
        with pytest.raises(getattr(httpx, name)), in_words_of_httpx():
            raise kind("words")


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (ConnectionRefusedError(111, "Connection refused"), errors.ConnectionRefused),
        (OSError(101, "Network is unreachable"), errors.ConnectionFailed),
        (ConnectionResetError(104, "Connection reset by peer"), errors.ConnectionFailed),
        (ConnectionResetError(), errors.ConnectionFailed),
    ],
)
def test_the_reason_behind_a_failed_connection_is_found(reason: OSError, kind: type[Exception]) -> None:
    exception = httpx.ConnectError("")
    exception.__context__ = httpcore.ConnectError()
    exception.__context__.__context__ = reason
    assert type(error_of(exception, TARGET, Timeouts())) is kind


def test_h11_still_says_what_is_looked_for() -> None:
    """Where h11 changes its words, the tests of the fault table fail as well, but not so plainly."""
    files = [*Path(h11.__file__).parent.glob("*.py"), *Path(httpcore.__file__).parent.rglob("*.py")]
    source = "".join(path.read_text() for path in files)
    for words in PROTOCOL_ERRORS.keys() - {NOT_HTTP, NOT_TLS, TLS_ALERT, HEAD_TOO_LONG}:
        assert words in source


def test_the_frames_of_the_libraries_are_taken_off() -> None:
    def raised() -> Exception:
        try:
            httpx.URL("http://x:port")
        except httpx.InvalidURL as exception:
            return exception
        raise AssertionError

    exception = raised()
    hide_library_frames(exception)
    frames = []
    trace = exception.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame.f_globals["__name__"])
        trace = trace.tb_next
    assert frames == [__name__]
    hide_library_frames(ValueError())
