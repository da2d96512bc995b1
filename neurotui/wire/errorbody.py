"""What an error body says, in every form that servers give it.

`{error: {…}}`, `{error: "…"}`, `{detail: "…"}`, `{detail: [{msg, loc}]}`, `{message}`,
`{success: false, message}`, lists around these, these as a string inside a message, JSON that was cut off,
plain text, HTML, nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from neurotui.wire.jsontext import read_json

MAX_BODY_BYTES = 64 * 1024
"""As much of an error body as is worth reading."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What a body says. Nothing in it is redacted."""

    message: str = ""
    code: str = ""
    names: tuple[str, ...] = ()
    """Every code, type, status and reason in it, in lower case, the innermost first."""
    number: int | None = None
    """An HTTP status that stands in it as a number."""
    web_page: bool = False
    """Whether it is HTML; the message is its title then."""
    id: str = ""
    """The `request_id` beside the message."""

    @property
    def request_id(self) -> str | None:
        """The id in "(request id: …)"; each gateway appends its own, so the last is the nearest server's."""
        found = _REQUEST_ID.findall(self.message)
        return found[-1] if found else self.id or None


_DEPTH = 8
_ITEMS = 5
_WORDS = ("message", "msg", "detail", "error", "errors", "error_description")

_REQUEST_ID = re.compile(r"\(request[ _-]id: ?([\w-]{6,80})\)", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype|html|head|body|center|h1|\?xml)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})", re.IGNORECASE)
_CUT_MESSAGE = re.compile(r'"(?:message|detail|error)"\s*:\s*"((?:[^"\\]|\\.)*)')
_CUT_NAME = re.compile(r'"(?:code|type)"\s*:\s*"([\w.:-]+)"')


def is_error(value: Mapping[str, object]) -> bool:
    """Whether an object that came under a status of success tells of an error."""
    error = value.get("error")
    if isinstance(error, dict) and any(error.values()):
        return True
    if error and isinstance(error, str | list | bool):
        return True
    if "choices" in value:
        return False
    return (
        "error" in (value.get("object"), value.get("type"))
        or value.get("success") is False
        or isinstance(value.get("detail"), dict)
        or any(
            value.get(name) and isinstance(value[name], str | list)
            for name in ("message", "msg", "detail", "errors")
        )
    )


def read_error(body: object) -> ErrorBody:
    """Reads bytes of any kind, of which MAX_BODY_BYTES count, or parsed JSON."""
    if isinstance(body, bytes):
        return _read_text(body[:MAX_BODY_BYTES].decode("utf-8-sig", "replace").strip(), 0)
    return _read(body, 0)


def page_title(page: str) -> str:
    """The title of a web page, empty where there is none."""
    import html

    found = _TITLE.search(page)
    return html.unescape(found[1]).strip() if found else ""


def without_page(text: str) -> str:
    """`text` with its title alone in the place of a web page within."""
    page = _PAGE.search(text)
    return f"{text[: page.start()]}{page_title(text)}" if page else text


def _read_text(text: str, depth: int) -> ErrorBody:
    if text.startswith("<"):
        return ErrorBody(page_title(text), web_page=True)
    if text.startswith(("{", "[")):
        try:
            return _read(read_json(text), depth)
        except ValueError:
            if cut := _CUT_MESSAGE.search(text):
                return ErrorBody(_unescaped(cut[1]), names=tuple(map(str.lower, _CUT_NAME.findall(text))))
    return ErrorBody(text)


def _read(value: object, depth: int) -> ErrorBody:
    match value:
        case dict() if depth < _DEPTH:
            return _read_object(value, depth + 1)
        case list() if depth < _DEPTH:
            items = [_read(item, depth + 1) for item in value[:_ITEMS]]
            telling = next((item for item in items if item.names), ErrorBody())
            return replace(telling, message="; ".join(item.message for item in items if item.message))
        case str() if depth < _DEPTH and value.lstrip().startswith(("{", "[")):
            # An error of somebody further off, quoted by this server: its codes do not speak of us.
            return ErrorBody(_read_text(value.strip(), depth + 1).message or value)
        case str():
            return ErrorBody(without_page(value))
    return ErrorBody()


def _read_object(value: dict[str, object], depth: int) -> ErrorBody:
    inner = [_read(value[name], depth) for name in _WORDS if value.get(name)]
    own = [value.get(name) for name in ("code", "type", "status", "status_code")]
    details = value.get("details")
    if isinstance(details, list):
        own += [detail.get("reason") for detail in details[:_ITEMS] if isinstance(detail, dict)]
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        # That there is a flagged input is OpenRouter's only word for moderation.
        own += [metadata.get("error_type"), "flagged_input" if "flagged_input" in metadata else None]
    names = [name for body in inner for name in body.names] + [_name(word).lower() for word in own]
    numbers = [body.number for body in inner] + [_status(word) for word in own]
    return ErrorBody(
        _in_its_place(next((body.message for body in inner if body.message), ""), value, depth),
        next((body.code for body in inner if body.code), _name(value.get("code"))),
        tuple(filter(None, names)),
        next(filter(None, numbers), None),
        id=next((body.id for body in inner if body.id), _name(value.get("request_id"))),
    )


def _in_its_place(message: str, value: dict[str, object], depth: int) -> str:
    """`message` with what tells where it comes from: a field of the request, the model's provider."""
    match value:
        case {"loc": list(place)}:
            return f"{'.'.join(str(part) for part in place if isinstance(part, str | int))}: {message}"
        case {"metadata": {"raw": str(raw)}}:
            return f"{message}: {_read(raw, depth).message}"
    return message


def _name(value: object) -> str:
    """A code as text; empty for what is none."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and abs(value) < 10**9 and not isinstance(value, bool) else ""


def _status(value: object) -> int | None:
    return value if isinstance(value, int) and 400 <= value <= 599 else None


def _unescaped(cut: str) -> str:
    """The text of a JSON string whose end may be missing."""
    try:
        return str(json.loads(f'"{cut}"', strict=False))
    except ValueError:
        return cut
