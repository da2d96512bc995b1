"""Attachments in the JSON of a conversation, and in an archive beside it.

{"kind": "image", "name": "cat.png", "media_type": "image/png",
 "digest": "<SHA-256>", "size": 12345,          of the bytes, which are blobs/<first two digits>/<digest>
 "sent": {"digest": "…", "size": 2345},         the smaller form that was sent, if there is one
 "text": "…",                                   of a text, of a document, of a sound
 "as_text": true,                               a document that was sent as its text
 "facts": {"width": 800, "height": 600}}        see `neurotui.chat.attachments.Facts`
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from neurotui.chat.attachments import Attachment, AttachmentKind, Facts
from neurotui.store.values import from_object, string, to_object
from neurotui.wire.parts import Blob

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KINDS = {kind.value: kind for kind in AttachmentKind}
_LARGEST = 1 << 40


def place_of(blob: Blob) -> str:
    """Return the name in an archive under which bytes are found."""
    return f"blobs/{blob.digest[:2]}/{blob.digest}"


def to_json(attachment: Attachment) -> dict[str, Any]:
    """Return an attachment as a JSON object, without its bytes."""
    optional: dict[str, Any] = {
        "sent": attachment.sent and to_object(attachment.sent),
        "text": attachment.text,
        "as_text": attachment.as_text,
        "facts": to_object(replace(attachment.facts, path="")),
    }
    return {
        "kind": attachment.kind.value,
        "name": attachment.name,
        "media_type": attachment.media_type,
        **to_object(attachment.blob),
    } | {name: value for name, value in optional.items() if value}


def read_attachments(data: object) -> tuple[Attachment, ...]:
    """Return the attachments in a list of objects; what is none is passed over."""
    found = data if isinstance(data, list) else []
    return tuple(each for each in map(_read, found) if each is not None)


def _read(data: object) -> Attachment | None:
    if not isinstance(data, dict) or (blob := _read_blob(data)) is None:
        return None
    return Attachment(
        _KINDS.get(string(data, "kind"), AttachmentKind.FILE),
        string(data, "name"),
        string(data, "media_type"),
        blob,
        _read_blob(data.get("sent")),
        string(data, "text"),
        from_object(Facts, data.get("facts")) or Facts(),
        data.get("as_text") is True,
    )


def _read_blob(data: object) -> Blob | None:
    blob = from_object(Blob, data)
    if blob is None or not _DIGEST.fullmatch(blob.digest) or not 0 <= blob.size < _LARGEST:
        return None
    return blob
