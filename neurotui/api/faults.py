"""From the exceptions of httpx to those of neurotui: the one seam.

httpx's own texts are not shown: many are empty, and the others speak to programmers.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType

import httpx

from neurotui.api.net.stream import HEAD_TOO_LONG, NOT_HTTP, NOT_TLS, TLS_ALERT
from neurotui.api.timeouts import Timeouts
from neurotui.errors import (
    BadBaseURL,
    BadProxy,
    ConnectionFailed,
    ConnectionRefused,
    ConnectTimeout,
    Disconnected,
    HTTPSExpected,
    LimitExceeded,
    NameNotResolved,
    NeurotuiError,
    NotAnAPI,
    NotTLS,
    ProtocolViolated,
    ProxyFailed,
    Redirected,
    RequestRefused,
    SilenceTimeout,
    TLSRefused,
    TLSUnanswered,
)
from neurotui.i18n import N_, _
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
"""The exceptions to catch."""

PROTOCOL_ERRORS = {
    "Server disconnected": Disconnected,
    "peer closed connection": Disconnected,
    NOT_HTTP: NotAnAPI,
    NOT_TLS: NotTLS,
    TLS_ALERT: HTTPSExpected,
    "illegal status line": NotAnAPI,
    "Receive buffer too long": LimitExceeded,
    HEAD_TOO_LONG: LimitExceeded,
}
"""The meaning of h11's words and of ours; any others mean that the server breaks the protocol."""

_NOT_VALID_FOR = re.compile(r"certificate is not valid for '(.*)'")
"""Python's words for a name or an address that is not in the certificate."""


@dataclass(frozen=True, slots=True)
class Hop:
    """The proxy on the way to a server."""

    address: str
    """Its host and port."""
    variable: str
    """The one that names it."""
    has_password: bool = False
    """True if it is given a name and a password."""
    forwards: bool = False
    """True if it reads requests and answers, as for plain http; False if it only passes bytes on."""
    secure: bool = False
    """True if it is spoken to in TLS."""


def error_of(
    exception: Exception,
    target: Target,
    timeouts: Timeouts,
    hop: Hop | None = None,
    *,
    asked: bool = False,
    handshaking: bool = False,
    at_hop: bool = False,
) -> NeurotuiError:
    """Return the error that an exception of httpx means.

    `hop` is the proxy that it may come from, and `asked` is True if the request itself had begun to leave,
    `handshaking` if an answer in TLS was awaited, `at_hop` if nothing was said to the proxy yet.
    """
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
        case httpx.ProxyError() if hop is not None:
            return _proxy_error(words_of(str(exception)), target, hop)
        case httpx.NetworkError():
            cause = next(filter(None, map(_loss, reasons(exception))), "")
        case httpx.WriteTimeout():
            cause = _("It accepted no more of the request for {n} s").format(n=round(timeouts.write))
        case _:
            pass
    if hop is not None and hop.secure and at_hop and (handshaking or kind is TLSRefused):
        reason = cause or kind(host=hop.address, seconds=round(timeouts.connect)).title
        words = _("TLS with it could not be set up: {reason}")
        return _proxy_failed(words.format(reason=reason), target, hop)
    if handshaking and kind is ConnectTimeout:
        kind = TLSUnanswered
    elif handshaking and kind is ConnectionFailed:
        cause = _("It closed the connection instead of answering in TLS, as an http server does")
    elif hop is not None:
        if kind in (NameNotResolved, ConnectionRefused):
            return _proxy_failed(kind(host=hop.address).title, target, hop)
        if kind is NotAnAPI or (kind is Disconnected and not asked):
            closed = _("It closed the connection: it may want another kind of address, http:// or socks5://")
            other = _("It does not speak HTTP: it may want an address that begins with socks5://")
            return _proxy_failed(closed if kind is Disconnected else other, target, hop)
        if kind is ConnectTimeout:
            host, cause = hop.address, _("It is the proxy of {variable}").format(variable=hop.variable)
        if kind is Disconnected:
            through = _("It went through the proxy of {variable}").format(variable=hop.variable)
            cause = ". ".join(filter(None, (cause, through)))
    seconds = timeouts.connect if issubclass(kind, ConnectTimeout) else timeouts.silence
    return kind(cause, host=host, url=target.url, target=target.host, seconds=round(seconds))


def _loss(reason: BaseException) -> str:
    """Return the words of the exception behind a lost connection; empty if it has none."""
    match reason:
        case ssl.SSLError():
            return _tls_words(reason)
        case ConnectionError(strerror=str(words)) | TimeoutError(strerror=str(words)):
            return _(words)
    return ""


def _tls_words(error: ssl.SSLError) -> str:
    return f"TLS: {error.reason or error}"


SOCKS_UNREADABLE = "no SOCKS reply"
"""The words of a ProxyError of ours."""

_SOCKS_REPLIES = (
    N_("General SOCKS server failure"),
    N_("Connection not allowed by ruleset"),
    N_("Network unreachable"),
    N_("Host unreachable"),
    N_("Connection refused"),
    N_("TTL expired"),
    N_("Command not supported"),
    N_("Address type not supported"),
)
"""Of RFC 1928, as httpcore words them."""
_FORBIDDEN = "Connection not allowed by ruleset"
_PROXIES = re.compile(r"squid|tinyproxy|privoxy|polipo|mitmproxy|3proxy|ccproxy|\bzscaler\b|bluecoat", re.I)
"""Programs that are a client's proxy, and no gateway before a server, by what they write as Server."""
_GATEWAY_STATUSES = (502, 503, 504)


def _proxy_error(words: str, target: Target, hop: Hop) -> NeurotuiError:
    """Return the error of a proxy that did not open the way, by httpcore's words for what it said."""
    if status := re.match(r"\d{3}\b", words):  # the answer to CONNECT
        return proxy_answer(int(status[0]), words, target, hop)
    if words == "Invalid username/password":
        return BadProxy(_("The proxy refused the name or the password"), variable=hop.variable)
    if words.startswith("Requested NO AUTHENTICATION"):
        return BadProxy(_("The proxy wants a name and a password"), variable=hop.variable)
    if words.startswith("Requested"):
        return BadProxy(_("The proxy takes no name and no password"), variable=hop.variable)
    if reply := next((reply for reply in _SOCKS_REPLIES if reply in words), ""):
        said = _("The proxy of {variable} answered: {words}").format(variable=hop.variable, words=_(reply))
        if reply == _FORBIDDEN:
            return _proxy_failed(_("It answered: {words}").format(words=_(reply)), target, hop)
        return ConnectionFailed(said, host=target.host)
    return _proxy_failed(_("It does not speak SOCKS, or closes the connection"), target, hop)


def proxy_answer(status: int, words: str, target: Target, hop: Hop) -> NeurotuiError:
    """Return the error of a proxy that answered by itself, with a status line of `words`.

    A tunnel that it cannot open is a failed connection like any other: nothing was asked yet. But a request
    that it has read may have reached the server.
    """
    if status in (401, 407):  # 401 is tinyproxy's word for a wrong password
        cause = (
            _("The proxy refused the name or the password ({words})")
            if hop.has_password
            else _("The proxy wants a name and a password ({words})")
        )
        return BadProxy(cause.format(words=words), http_status=status, variable=hop.variable)
    if status >= 500 and not hop.forwards:
        said = _("The proxy of {variable} answered: {words}")
        return ConnectionFailed(said.format(variable=hop.variable, words=words), host=target.host)
    return _proxy_failed(_("It answered: {words}").format(words=words), target, hop, status)


def is_of_proxy(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a refusal that a forwarding proxy handed out is its own, and not the server's.

    It is with 407, a header of Squid's errors, or a Server that is a proxy's program. A page that says a
    gateway failed is too, where nothing says that it was forwarded: a proxy has to put Via into what it
    passes on (RFC 9110, 7.6.3), and an API has JSON to say.
    """
    if status == 407 or "X-Squid-Error" in headers or _PROXIES.search(headers.get("Server", "")):
        return True
    return status in _GATEWAY_STATUSES and "Via" not in headers and not body.lstrip().startswith((b"{", b"["))


def _proxy_failed(cause: str, target: Target, hop: Hop, status: int | None = None) -> NeurotuiError:
    return ProxyFailed(cause, http_status=status, host=target.host, variable=hop.variable)


_WANTS_TLS = re.compile(
    rb"plain HTTP request was sent to HTTPS port"  # nginx, and what is made of it
    rb"|sent an HTTP request to an HTTPS server"  # Go: Caddy, Traefik, Ollama
    rb"|speaking plain HTTP to an SSL-enabled server port"  # Apache
    rb"|combination of host and port requires TLS"  # Tomcat
    rb"|use the HTTPS scheme to access",  # Apache's older words
    re.IGNORECASE,
)


def wants_tls(status: int, body: bytes) -> bool:
    """Return whether a refusal of plain http means that the port is one for https."""
    return status in (400, 403, 426, 497) and _WANTS_TLS.search(body) is not None


def _connect_error(exception: BaseException) -> tuple[type[NeurotuiError], str]:
    """Return the error that kept a connection from being opened: the first reason that tells."""
    for reason in reasons(exception):
        match reason:
            case ssl.SSLCertVerificationError():
                other = _NOT_VALID_FOR.search(reason.verify_message)
                words = _("it is made out for another name than {name}")
                return TLSRefused, words.format(name=other[1]) if other else _(reason.verify_message)
            case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "HTTP_REQUEST" | "RECORD_LAYER_FAILURE"):
                return NotTLS, ""
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


_BELOW = (
    "httpx",
    "httpcore",
    "h11",
    "neurotui.api.net.stream",
    "neurotui.wire.redaction",
    "neurotui.wire.secrets",
)


def hide_library_frames(exception: BaseException) -> None:
    """Remove the frames below the client from an exception that nobody expected.

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
