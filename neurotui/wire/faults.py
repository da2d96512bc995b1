"""From what a server says to an error of ours: one judgement for all places where servers say it.

`classify` serves a response with an error status, an error object inside a stream, and one under a status of
success. The class follows from the status and the code, never from the message, which is written for people,
differs between releases and languages, and may hold anything:

1. A code that can mean one thing only decides, whatever the status: gateways send an exhausted balance as
   403, 429 or 500, and a model they do not have as 404 or 503.
2. Else the status decides: the response's, or, inside a stream, the number in the body.
3. Else the code or the type that names a family decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime

from neurotui import errors
from neurotui.wire.errorbody import ErrorBody, read_error
from neurotui.wire.redaction import words_of


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a request: it fills the texts of errors, and its key is kept out of them."""

    host: str
    url: str = ""
    """The base URL in use."""
    model: str = ""
    key: str = field(default="", repr=False)
    """Where there are several secrets, one a line, the longest first."""


_ABOUT_FILES = re.compile(
    r"imag|vision|picture|multi-?modal|modalit|audio|\bsounds?\b|\bfiles?\b|\bpdf|document|attachment|\bmedia\b"
    r"|base64|data ?ur[il]\b|изображени|картинк|файл|вложени"
    # What takes no list of parts, but a string alone.
    r"|content.{0,60}(?:\bstring|\bstr\b)|expected a string|valid string",
    re.IGNORECASE | re.DOTALL,
)
_CANNOT = re.compile(
    r"not (?:supported|support|enabled|allowed|able)|n't support|unsupported|mmproj|missing data", re.I
)
_OF_FILES = (400, 404, 415, 422)

_Kind = type[errors.NeurotuiError]


def _by_name(kinds: Mapping[_Kind, str]) -> dict[str, _Kind]:
    return {name: kind for kind, names in kinds.items() for name in names.split()}


_DECISIVE = _by_name(
    {
        errors.BalanceExhausted: "pre_consume_token_quota_failed insufficient_user_quota insufficient_quota "
        "insufficient_balance billing_error billing_hard_limit_reached billing_not_active payment_required "
        "exceeded_current_quota_error arrearage budget_exceeded budgetexceedederror",
        errors.ModerationBlocked: "moderation_blocked sensitive_words_detected prompt_blocked content_filter "
        "content_policy_violation responsibleaipolicyviolation data_inspection_failed datainspectionfailed "
        "flagged_input contentpolicyviolationerror",
        errors.ModelNotFound: "model_not_found invalid_model deploymentnotfound model_decommissioned",
        errors.ContextTooLong: "context_length_exceeded context_window_exceeded exceed_context_size_error "
        "token_limit_exceeded contextwindowexceedederror",
        errors.AttachmentRefused: "invalid_external_media invalid_image_url invalid_image_format "
        "invalid_base64_image image_parse_error image_too_large unsupported_image_media_type",
        errors.KeyRefused: "invalid_api_key api_key_invalid expired_key authenticationerror",
        errors.AccessDenied: "permissiondeniederror key_model_access_denied team_model_access_denied "
        "user_model_access_denied org_model_access_denied",
        errors.RateLimited: "ratelimiterror",
        errors.WrongAddress: "unknown_url",
    }
)
_FAMILIES = _by_name(
    {
        errors.KeyRefused: "authentication_error unauthenticated unauthorized",
        errors.AccessDenied: "permission_error permission_denied forbidden access_denied",
        errors.ModelNotFound: "not_found_error notfounderror not_found",
        errors.AttachmentRefused: "request_too_large",
        errors.RateLimited: "rate_limit_exceeded rate_limit_error too_many_requests resource_exhausted",
        errors.UpstreamUnavailable: "upstream_unavailable upstream_error overloaded_error unavailable "
        "service_unavailable serviceunavailableerror bad_gateway",
        errors.RequestRefused: "invalid_request_error invalid_request badrequesterror bad_request "
        "invalid_argument",
    }
)
_IMPLIED = {"upstream_error": 502, "bad_gateway": 502, "overloaded_error": 529}
"""The status that a name of a family stands for, where it is not that of its class."""
_STATUSES: Mapping[int, _Kind] = {
    401: errors.KeyRefused,
    402: errors.BalanceExhausted,
    403: errors.AccessDenied,
    405: errors.WrongAddress,
    408: errors.ServerFailed,
    413: errors.AttachmentRefused,
    429: errors.RateLimited,
    451: errors.AccessDenied,
} | dict.fromkeys((502, 503, 504, 521, 522, 523, 529, 530), errors.UpstreamUnavailable)


def classify(
    status: int | None,
    body: object,
    target: Target,
    *,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> errors.NeurotuiError:
    """The error that `body` tells of: bytes, or parsed JSON. `status` is None inside a stream.

    `request_id` and `retry_after` (seconds) come from the response's head; an id in the body stands in. Where
    the body says nothing, the status is all that is known of the cause.
    """
    said = read_error(body)
    refused = status if status is not None and status >= 400 else None
    kind = _kind(refused, said)
    if kind is errors.ModelNotFound and status == 404 and not target.model:
        kind = errors.WrongAddress  # the call was about no model
    return kind(
        words_of(said.message, target.key) or (f"HTTP {status}" if status else ""),
        http_status=status,
        stated_status=_stated(refused, said),
        code=words_of(said.code, target.key, 100) or None,
        request_id=request_id or words_of(said.request_id or "", target.key, 100) or None,
        retry_after=retry_after,
        host=target.host,
        url=target.url,
        model=target.model,
    )


def as_of_files(error: errors.NeurotuiError) -> errors.NeurotuiError:
    """Return the refusal of a request that has files, as one of the files where the server's words say so.

    Few servers have a code for it. Those that fail with 500 have to say that it cannot be done as well.
    """
    plain = (errors.RequestRefused, errors.WrongAddress, errors.ModelNotFound, errors.ServerFailed)
    if type(error) not in plain or not (_ABOUT_FILES.search(error.cause) or error.status == 415):
        return error
    if error.status not in _OF_FILES and not (error.status in (500, 501) and _CANNOT.search(error.cause)):
        return error
    return errors.AttachmentRefused(
        error.cause,
        http_status=error.http_status,
        stated_status=error.stated_status,
        code=error.code,
        request_id=error.request_id,
    )


def parse_retry_after(value: str | None, now: float) -> float | None:
    """The seconds that a Retry-After header asks for: a number or a date, seen from `now` (Unix time).

    None for what is neither, and for less than nothing; a date that is over is 0.
    """
    value = (value or "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", value, re.ASCII):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _kind(status: int | None, said: ErrorBody) -> _Kind:
    for name in said.names:
        if name in _DECISIVE:
            return _DECISIVE[name]
    if status is None and said.web_page:
        return errors.WebPageReceived
    status = status or _number(said)
    if status is None:
        return next((_FAMILIES[name] for name in said.names if name in _FAMILIES), errors.ServerFailed)
    if status == 404:
        return _not_found(said)
    return _STATUSES.get(status, errors.ServerFailed if status >= 500 else errors.RequestRefused)


def _number(said: ErrorBody) -> int | None:
    """The status that stands in a body, as a number or as a code."""
    return said.number or next((int(n) for n in said.names if re.fullmatch("[45][0-9]{2}", n)), None)


def _stated(status: int | None, said: ErrorBody) -> int | None:
    """Return the status that a body tells: in place of a gateway's, or in a stream, where there is none."""
    if status in (None, 502) and "upstream_unavailable" in said.names:
        return 503
    if status is not None:
        return None
    return _number(said) or next((_IMPLIED[name] for name in said.names if name in _IMPLIED), None)


def _not_found(said: ErrorBody) -> _Kind:
    """404 means the model at vLLM, Gemini, Ollama, Anthropic and OpenRouter, else the address."""
    names = {name for name in said.names if not name.isdecimal()}
    if names & {"notfounderror", "not_found"}:
        return errors.ModelNotFound
    if names & {"not_found_error", "api_error"}:
        # llama.cpp writes a number beside this type, for an unknown address; it takes any model.
        return errors.WrongAddress if said.number else errors.ModelNotFound
    return errors.ModelNotFound if said.number and not names else errors.WrongAddress
