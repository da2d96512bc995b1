"""What httpx raises, in neurotui's words: the one seam.

httpx's own texts are not shown: many are empty, and the others speak to programmers.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from types import TracebackType

import httpx

from neurotui.api.connection import HEAD_TOO_LONG, NOT_HTTP
from neurotui.api.environment import proxy_variable
from neurotui.api.timeouts import Timeouts
from neurotui.errors import (
    BadBaseURL,
    BadProxy,
    ConnectionFailed,
    ConnectionRefused,
    ConnectTimeout,
    Disconnected,
    LimitExceeded,
    NameNotResolved,
    NeurotuiError,
    NotAnAPI,
    ProtocolViolated,
    Redirected,
    RequestRefused,
    SilenceTimeout,
    TLSRefused,
)
from neurotui.i18n import _
from neurotui.wire.faults import Target
from neurotui.wire.redaction import words_of

ERRORS: dict[type[Exception], type[NeurotuiError]] = {
    httpx.HTTPError: ProtocolViolated,
    httpx.RequestError: ConnectionFailed,
    httpx.TransportError: ConnectionFailed,
    httpx.TimeoutException: SilenceTimeout,
    httpx.ConnectTimeout: ConnectTimeout,
    httpx.ReadTimeout: SilenceTimeout,
    httpx.WriteTimeout: Disconnected,
    httpx.PoolTimeout: ConnectionFailed,
    httpx.NetworkError: Disconnected,
    httpx.ConnectError: ConnectionFailed,
    httpx.ReadError: Disconnected,
    httpx.WriteError: Disconnected,
    httpx.CloseError: Disconnected,
    httpx.ProxyError: ConnectionFailed,
    httpx.UnsupportedProtocol: BadBaseURL,
    httpx.ProtocolError: ProtocolViolated,
    httpx.LocalProtocolError: ProtocolViolated,
    httpx.RemoteProtocolError: ProtocolViolated,
    httpx.DecodingError: ProtocolViolated,
    httpx.TooManyRedirects: Redirected,
    httpx.HTTPStatusError: RequestRefused,
    httpx.InvalidURL: BadBaseURL,
    httpx.CookieConflict: ProtocolViolated,
    httpx.StreamError: Disconnected,
    httpx.StreamConsumed: Disconnected,
    httpx.StreamClosed: Disconnected,
    httpx.ResponseNotRead: Disconnected,
    httpx.RequestNotRead: Disconnected,
}
"""Each exception of httpx and what it means, where nothing more can be read from it."""

HTTPX_ERRORS = tuple(ERRORS)
"""What to catch."""

PROTOCOL_ERRORS = {
    "Server disconnected": Disconnected,
    "peer closed connection": Disconnected,
    NOT_HTTP: NotAnAPI,
    "illegal status line": NotAnAPI,
    "Receive buffer too long": LimitExceeded,
    HEAD_TOO_LONG: LimitExceeded,
}
"""What the words of h11, and ours, mean; any others mean that the server breaks the protocol."""

_NOT_VALID_FOR = re.compile(r"certificate is not valid for '(.*)'")
"""What Python says of a name, or of an address, that is not in the certificate."""


def error_of(exception: Exception, target: Target, timeouts: Timeouts, proxy: str = "") -> NeurotuiError:
    """The error that an exception of httpx means. `proxy` is the one on the way, its host and port."""
    kind, cause, host = ERRORS[type(exception)], "", target.host
    match exception:
        case httpx.ConnectError():
            kind, cause = _connect_error(exception)
        case httpx.RemoteProtocolError():
            words = str(exception)
            kind = next(
                (PROTOCOL_ERRORS[start] for start in PROTOCOL_ERRORS if words.startswith(start)), kind
            )
            if kind is Disconnected:
                cause = _("The server closed it before its answer was complete")
            elif kind is ProtocolViolated:
                cause = _("It breaks the rules of HTTP")
        case httpx.ProxyError():
            words = words_of(str(exception))
            if words.startswith("407"):
                return proxy_refused(words, target)
            cause = _("The proxy answered: {words}").format(words=words)
        case httpx.NetworkError():
            cause = next(filter(None, map(_loss, reasons(exception))), "")
        case httpx.WriteTimeout():
            cause = _("It accepted no more of the request for {n} s").format(n=round(timeouts.write))
        case _:
            pass
    if proxy and kind in (NameNotResolved, ConnectionRefused, ConnectTimeout):
        host, cause = proxy, _("It is the proxy of {variable}").format(variable=proxy_variable(target.url))
    seconds = timeouts.connect if kind is ConnectTimeout else timeouts.silence
    return kind(
        cause,
        host=host,
        url=target.url,
        target=target.host,
        seconds=round(seconds),
        variable=proxy_variable(target.url),
    )


def _loss(reason: BaseException) -> str:
    """What an exception behind the loss of a connection says of it; empty where that is nothing."""
    match reason:
        case ssl.SSLError():
            return _tls_words(reason)
        case ConnectionError(strerror=str(words)) | TimeoutError(strerror=str(words)):
            return _(words)
    return ""


def _tls_words(error: ssl.SSLError) -> str:
    return f"TLS: {error.reason or error}"


def proxy_refused(words: str, target: Target) -> NeurotuiError:
    """The error of a proxy that lets nobody through without a name: 407."""
    cause = _("The proxy answered: {words}").format(words=words)
    return BadProxy(cause, http_status=407, variable=proxy_variable(target.url))


def _connect_error(exception: BaseException) -> tuple[type[NeurotuiError], str]:
    """What kept a connection from being opened: the first of the reasons behind it that says so."""
    for reason in reasons(exception):
        match reason:
            case ssl.SSLCertVerificationError():
                other = _NOT_VALID_FOR.search(reason.verify_message)
                words = _("it is made out for another name than {name}")
                return TLSRefused, words.format(name=other[1]) if other else _(reason.verify_message)
            case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "HTTP_REQUEST" | "RECORD_LAYER_FAILURE"):
                return NotAnAPI, _("It does not speak TLS at this port")
            case ssl.SSLError():
                return ConnectionFailed, _tls_words(reason)
            case socket.gaierror():
                return NameNotResolved, ""
            case ConnectionRefusedError():
                return ConnectionRefused, ""
            case OSError(strerror=str(words)):
                return ConnectionFailed, _(words)
            case ConnectionResetError():  # asyncio's, of one that closes instead of a handshake
                return ConnectionFailed, _("Connection reset by peer")
            case _:
                pass
    return ConnectionFailed, ""


def reasons(exception: BaseException) -> Iterator[BaseException]:
    """An exception and those it came from. httpcore severs `__cause__` on its way up, not `__context__`."""
    seen: list[BaseException] = []
    reason: BaseException | None = exception
    while reason is not None and reason not in seen:
        seen.append(reason)
        yield reason
        reason = reason.__cause__ or reason.__context__


_BELOW = ("httpx", "httpcore", "h11", "neurotui.api.connection", "neurotui.wire.redaction")


def hide_library_frames(exception: BaseException) -> None:
    """Takes the frames below the client off an exception that nobody expected.

    A crash report that prints local variables would print the head of the request out of them, and the key
    with it.
    """
    for reason in reasons(exception):
        kept: TracebackType | None = None
        frames = []
        frame = reason.__traceback__
        while frame is not None:
            frames.append(frame)
            frame = frame.tb_next
        for frame in reversed(frames):
            if not frame.tb_frame.f_globals.get("__name__", "").startswith(_BELOW):
                frame.tb_next = kept
                kept = frame
        reason.__traceback__ = kept
