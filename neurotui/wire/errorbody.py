"""Error bodies, in every form that servers give them.

`{error: {…}}`, `{error: "…"}`, `{detail: "…"}`, `{detail: [{msg, loc}]}`, `{message}`,
`{success: false, message}`, `{Message}`, `{error_msg}`, `{errorMessage}`, `{title, detail}`, `{fault: {…}}`,
lists around these, these as a string inside a message, JSON that was cut off or has none of these, plain
text, HTML, XML, nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from neurotui.wire.jsontext import read_json, write_json

MAX_BODY_BYTES = 64 * 1024
"""As much of an error body as is worth reading."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The content of an error body. Nothing in it is redacted."""

    message: str = ""
    code: str = ""
    names: tuple[str, ...] = ()
    """Every code, type, status and reason in it, in lower case, the innermost first."""
    number: int | None = None
    """An HTTP status that stands in it as a number."""
    web_page: bool = False
    """True if it is HTML; the message is its title then."""
    id: str = ""
    """The `request_id` beside the message."""

    @property
    def request_id(self) -> str | None:
        """The id in "(request id: …)"; each gateway appends its own, so the last is the nearest server's."""
        found = _REQUEST_ID.findall(self.message)
        return found[-1] if found else self.id or None


_DEPTH = 8
_ITEMS = 5
_WORDS = (
    *("message", "msg", "errormessage", "errormsg", "detail", "errordescription", "error", "err", "errors"),
    *("statusmsg", "statusmessage", "title", "reason", "fault", "faultstring", "description", "exception"),
)
"""Fields that say what happened, as `_plain` has their names, the more telling first."""
_CODES = ("code", "errorcode", "errcode")
_TYPES = ("type", "errortype", "status", "statuscode")

_REQUEST_ID = re.compile(r"\(request[ _-]id: ?([\w-]{6,80})\)", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype|html|head|body|center|h1|\?xml)\b", re.IGNORECASE)
_TITLES = [
    re.compile(rf"<{tag}\b[^>]{{0,200}}>", re.IGNORECASE) for tag in ("title", "h1", "message", "faultstring")
]
"""The beginnings of a page's title; the last two are those of XML."""
_TITLE_END = re.compile(r"</(?:title|h1|message|faultstring)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^>]{0,200}>?")
_CUT_MESSAGE = re.compile(
    r'"(?:message|msg|detail|error|error_?(?:message|msg|description))"\s{0,20}:\s{0,20}"((?:[^"\\]|\\.)*)',
    re.IGNORECASE,
)
_CUT_NAME = re.compile(r'"(?:code|type)"\s{0,20}:\s{0,20}"([\w.:-]+)"')
_PYTHON = re.compile(r"""\{'(?:error|message|detail)': (['"])(.{1,4000})\1""", re.DOTALL)
"""A dict of Python's in the place of words, as LiteLLM quotes its own errors."""
_CLASSES = re.compile(
    r"(?:(?:litellm\.(?:exceptions\.)?[A-Z]\w{1,60}|[A-Z]\w{1,60}(?:Error|Exception)): ){1,5}", re.ASCII
)
"""Names of classes that a message begins with, as LiteLLM writes them."""


def is_error(value: Mapping[str, object]) -> bool:
    """True if an object that came under a status of success tells of an error."""
    error = value.get("error")
    if isinstance(error, dict) and any(error.values()):
        return True
    if error and isinstance(error, str | list | bool):
        return True
    base = value.get("base_resp")  # MiniMax has it in every chunk, with 0 for success
    if isinstance(base, dict) and base.get("status_code"):
        return True
    if "choices" in value:
        return False
    fields = _fields(value)
    return (
        "error" in (value.get("object"), value.get("type"))
        or value.get("success") is False
        or isinstance(fields.get("detail"), dict)
        or any(
            fields.get(name) and isinstance(fields[name], str | list)
            for name in ("message", "msg", "detail", "errors", "error", "errormessage", "errormsg")
        )
    )


def read_error(body: object) -> ErrorBody:
    """Read bytes of any kind, of which MAX_BODY_BYTES count, or parsed JSON.

    Where no field is known to say what happened, the body itself is the message.
    """
    if isinstance(body, bytes):
        text = body[:MAX_BODY_BYTES].decode("utf-8-sig", "replace").strip()
        said = _read_text(text, 0)
    else:
        text, said = "", _read(body, 0)
    if not said.message and not said.web_page:
        said = replace(said, message=_whole(body, text))
    if classes := _CLASSES.match(said.message):
        named = (part.rpartition(".")[2].lower() for part in classes[0].split(": ") if part)
        said = replace(said, names=(*said.names, *named))
    return said


def page_title(page: str) -> str:
    """The title of a web page, or its first heading; empty where there is neither."""
    import html

    for beginning in _TITLES:
        if found := beginning.search(page):
            text = page[found.end() : found.end() + 2000]
            end = _TITLE_END.search(text)
            title = html.unescape(
                _TAG.sub(" ", text[: end.start()] if end else text.partition("<")[0])
            ).strip()
            if title:
                return title
    return ""


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
            if python := _PYTHON.match(value.lstrip()):
                return ErrorBody(python[2])
            # An error of somebody further off, quoted by this server: its codes do not speak of us.
            return ErrorBody(_read_text(value.strip(), depth + 1).message or value)
        case str():
            return ErrorBody(without_page(value))
    return ErrorBody()


def _read_object(value: dict[str, object], depth: int) -> ErrorBody:
    fields = _fields(value)
    inner = [_read(fields[name], depth) for name in _WORDS if fields.get(name)]
    if not any(body.message for body in inner):
        # Some wrap it once more, under a name of their own.
        wrapped = (_wrapped(name, part, depth) for name, part in fields.items() if name not in _WORDS)
        inner += [body for body in wrapped if body.message][:1]
    own = [fields.get(name) for name in (*_CODES, *_TYPES)]
    details = fields.get("details")
    if isinstance(details, list):
        own += [detail.get("reason") for detail in details[:_ITEMS] if isinstance(detail, dict)]
    metadata = fields.get("metadata")
    if isinstance(metadata, dict):
        # That there is a flagged input is OpenRouter's only word for moderation.
        own += [metadata.get("error_type"), "flagged_input" if "flagged_input" in metadata else None]
    names = [name for body in inner for name in body.names] + [_name(word).lower() for word in own]
    numbers = [body.number for body in inner] + [_status(word) for word in own]
    codes = [body.code for body in inner] + [_name(fields.get(name)) for name in _CODES]
    return ErrorBody(
        _in_its_place(next((body.message for body in inner if body.message), ""), value, depth),
        next(filter(None, codes), ""),
        tuple(filter(None, names)),
        next(filter(None, numbers), None),
        id=next((body.id for body in inner if body.id), _name(fields.get("requestid"))),
    )


def _fields(value: Mapping[str, object]) -> dict[str, object]:
    """The fields of an object by their plain names; of two with the same, the first that holds something."""
    fields: dict[str, object] = {}
    for name, part in value.items():
        plain = _plain(name)
        if not fields.get(plain):
            fields[plain] = part
    return fields


def _plain(name: str) -> str:
    """The name of a field without what differs between spellings."""
    return name.lower().replace("_", "").replace("-", "")


def _wrapped(name: str, part: object, depth: int) -> ErrorBody:
    """Return the value of a field of an unknown name: an error, or complaints of a field of the request."""
    if name in ("details", "metadata") or not isinstance(part, dict | list):
        return ErrorBody()
    body = _read(part, depth)
    complaints = isinstance(part, list) and all(isinstance(item, str) for item in part)
    return replace(body, message=f"{name}: {body.message}") if complaints and body.message else body


def _whole(body: object, text: str) -> str:
    """The beginning of a body in which no field is known, if there is a word in it."""
    if not isinstance(body, bytes):
        return write_json(body)[:MAX_BODY_BYTES] if _tells(body, 0) else ""
    try:
        return text if _tells(read_json(text), 0) else ""
    except ValueError:
        return text


def _tells(value: object, depth: int) -> bool:
    """True if there is anything in a value but blanks, switches and statuses."""
    match value:
        case str():
            return bool(without_page(value).strip())
        case bool():
            return False
        case int():
            return value != 0 and _status(value) is None
        case dict() if depth < _DEPTH:
            return any(_tells(part, depth + 1) for part in value.values())
        case list() if depth < _DEPTH:
            return any(_tells(part, depth + 1) for part in value)
    return False


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
