"""The error that a refusal tells of: a response with another status than one of success."""

from __future__ import annotations

import re
import time

import httpx

from neurotui.api.faults import Hop, is_of_proxy, proxy_answer, wants_tls
from neurotui.errors import HTTPSExpected, NeurotuiError, PasswordRefused, ProtocolViolated
from neurotui.wire.errorbody import read_error
from neurotui.wire.faults import Target, classify
from neurotui.wire.pauses import asked_pause
from neurotui.wire.redaction import words_of

_REQUEST_ID_HEADERS = ("X-Oneapi-Request-Id", "X-Request-Id", "X-Generation-Id", "Request-Id")


def refusal_of(
    response: httpx.Response, body: bytes, target: Target, hop: Hop | None
) -> tuple[NeurotuiError, bool]:
    """Return the error, and whether it asks for a pause that could not be read.

    `hop` is the proxy that the response may come from.
    """
    status = response.status_code
    words = words_of(f"{status} {response.reason_phrase}")
    if status < 400:
        return ProtocolViolated(words, http_status=status, host=target.host), False
    if hop is not None and hop.forwards and is_of_proxy(status, response.headers, body):
        return proxy_answer(status, words, target, hop), False
    if target.url.startswith("http:") and wants_tls(status, body):
        return HTTPSExpected(host=target.host, url=target.url), False
    if status == 401 and _wants_password(response.headers.get_list("WWW-Authenticate")):
        cause = words_of(read_error(body).message, target.key, 200)
        return PasswordRefused(cause, host=target.host, url=target.url), False
    pause = asked_pause(body, response.headers, time.time())
    error = classify(status, body, target, request_id=request_id(response, target), retry_after=pause)
    return error, "Retry-After" in response.headers and pause is None


def request_id(response: httpx.Response, target: Target) -> str | None:
    """Return the id by which the server's people find this request."""
    found = next((response.headers[name] for name in _REQUEST_ID_HEADERS if name in response.headers), "")
    return words_of(found, target.key, 100) or None


def _wants_password(challenges: list[str]) -> bool:
    """Return whether a 401 asks for HTTP Basic and for nothing that a key could be sent by."""
    schemes = re.findall(r"(?:^|,)\s*([A-Za-z-]+)(?=\s|$|,)", ",".join(challenges).lower())
    return "basic" in schemes and "bearer" not in schemes
