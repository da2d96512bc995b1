"""httpx's exceptions in neurotui's words, all of them; and the private names that are relied on."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import h11
import httpcore
import httpcore._synchronization
import httpx
import pytest

from neurotui import errors, i18n
from neurotui.api.faults import ERRORS, PROTOCOL_ERRORS, error_of, hide_library_frames
from neurotui.api.net.compat import Primitives
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


def test_httpx_still_speaks_through_the_pool_that_it_is_given() -> None:
    for method in (httpx.AsyncHTTPTransport.handle_async_request, httpx.AsyncHTTPTransport.aclose):
        assert "self._pool" in inspect.getsource(method)


def test_httpcore_takes_no_more_of_anyio_than_there_is_in_its_place() -> None:
    source = inspect.getsource(httpcore._synchronization)
    wanted = set(re.findall(r"\banyio\.(\w+)", source))
    assert wanted == {"Lock", "Event", "Semaphore", "fail_after", "CancelScope"}
    assert wanted <= vars(Primitives).keys()
    others = [path for path in Path(httpcore.__file__).parent.rglob("*.py") if "anyio" in path.read_text()]
    assert {path.stem for path in others} == {"_synchronization", "__init__", "anyio", "auto"}


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
