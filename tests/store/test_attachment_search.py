"""A message is found by the names of its attachments and by the texts of those that are texts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Conversation, Message, Role, user_message
from neurotui.store import attachment_rows
from neurotui.store.library import Library
from neurotui.store.search import Hit
from neurotui.store.store import Store
from tests.store.attaching import picture, text_file
from tests.store.examples import check

LOG = "строка лога\n" * 10_000 + "КАТАСТРОФА: ёлка упала\n" + "и дальше\n" * 1000


def asked(text: str, *attachments: Attachment, at: float) -> Conversation:
    question = replace(user_message(text, None, attachments), created_at=at)
    return Conversation.of([question], created_at=at)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def library(store: Store, tmp_path: Path) -> Library:
    store.library.add(asked("Что не так?", text_file(store.blobs, LOG, "сервер.log"), at=1000.0))
    store.library.add(asked("Кто это?", picture(store.blobs, name="IMG_2024 Барсик.png"), at=2000.0))
    store.library.add(asked("Барсик и сервер", at=3000.0))
    check(tmp_path)
    return store.library


def found(library: Library, query: str) -> list[str]:
    return [context(hit) for hit in library.search(query).hits]


def context(hit: Hit) -> str:
    return "".join(f"[{piece.text}]" if piece.matched else piece.text for piece in hit.context)


def test_names_and_texts_find_their_message_the_newest_first(library: Library) -> None:
    assert found(library, "барсик") == ["[Барсик] и сервер", "IMG_2024 [Барсик].png"]
    assert found(library, "img_20") == ["[IMG_20]24 Барсик.png"]
    (line,) = found(library, "сервер log")
    assert line.startswith("[сервер].[log] строка лога строка") and line.endswith("…")
    (hit,) = library.search("катастрофа елка").hits
    assert "[КАТАСТРОФА]: [ёлка] упала" in context(hit) and len(context(hit)) < 300
    assert (hit.role, hit.created_at) == (Role.USER, 1000.0)
    assert found(library, ",fhcbr") == found(library, "барсик"), "typed on the other layout"
    assert len(found(library, "уп")) == 1, "fewer than three characters"
    assert found(library, "барсик катастрофа") == []


def test_pages_hold_each_message_once_in_any_order_of_rows(store: Store, library: Library) -> None:
    for number in range(30):
        files = [text_file(store.blobs, f"слово {number} {other}") for other in range(2)]
        text = f"слово {number}" if number % 2 else f"{number}"
        library.add(asked(text, *files[: number % 3], at=10_000.0 - 300 * (number % 7) - number))
    times, before = [], None
    while True:
        page = library.search("слово", limit=4, before=before)
        times += [hit.created_at for hit in page.hits]
        before = page.more
        if before is None:
            break
    assert len(times) == len(set(times)) == sum(bool(number % 2 or number % 3) for number in range(30))
    pages = [times[at : at + 4] for at in range(0, len(times), 4)]
    assert [sorted(page, reverse=True) for page in pages] == [
        sorted(times, reverse=True)[at : at + 4] for at in range(0, len(times), 4)
    ]


def test_what_is_deleted_is_not_found(library: Library, tmp_path: Path) -> None:
    (hit,) = library.search("катастрофа").hits
    library.delete(hit.conversation_id)
    assert found(library, "катастрофа") == []
    library.restore(hit.conversation_id)
    assert len(found(library, "катастрофа")) == 1
    library.delete(hit.conversation_id)
    library._change(hit.conversation_id, "deleted_at = ?", 1.0)
    library.purge()
    check(tmp_path)
    assert found(library, "сервер") == ["Барсик и [сервер]"]


def test_a_draft_is_not_found(store: Store) -> None:
    file = text_file(store.blobs, "тайна")
    store.library.add(Conversation.of([Message("q", Role.USER, "вопрос", attachments=())]))
    store.library._database.write(lambda c: attachment_rows.put_for_draft(c, "d", [file]))
    assert found(store.library, "тайна") == []
