"""What is known of an answer beside its texts: kept in rows and in files, in every combination."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neurotui.chat.conversation import Citation, Conversation, Message, Part, Role, Status, Timing
from neurotui.store.facts import read_facts, to_facts
from neurotui.transcripts import Format, render
from neurotui.transcripts.reading import read_file
from tests.store.examples import library_of, rows

FACTS: dict[str, Any] = {
    "unreadable": 2,
    "parts": (Part("image", 2), Part("")),
    "citations": (Citation("https://пример.рф/?a=1", "Ёж"), Citation("doi:10.1")),
    "mark": "\n</think>\n\n",
}
TIMINGS = (None, Timing(), Timing(0.1, 0.2, 0.3, 0.4, 0.5, 6))


def conversation() -> Conversation:
    """A conversation with an answer for each set of facts and each timing."""
    messages = [Message("q", Role.USER, "вопрос", None, 1.0)]
    for count in range(len(FACTS) + 1):
        for names in itertools.combinations(FACTS, count):
            for timing in TIMINGS:
                answer = Message(f"a{len(messages)}", Role.ASSISTANT, "", "q", 2.0, Status.CUT, timing=timing)
                messages.append(replace(answer, **{name: FACTS[name] for name in names}))
    return Conversation.of(messages, id="c", created_at=1.0)


def test_rows_and_files_give_back_what_they_took(tmp_path: Path) -> None:
    written = conversation()
    library = library_of(tmp_path, written)
    assert library.open("c") == written
    unsaid = "SELECT unreadable FROM messages WHERE timing = '' ORDER BY unreadable"
    assert rows(tmp_path, unsaid) == [(0,), (0,), (2,)]
    path = tmp_path / "c.json"
    path.write_text("".join(render(written, Format.JSON)), encoding="utf-8")
    (read,) = read_file(path).conversations
    assert read == written


@pytest.mark.parametrize("wrong", [None, -1, 0, True, 1.5, 10**30, "1", [], {}, [None, 5, {}], [{"kind": 5}]])
def test_what_makes_no_sense_is_passed_over(wrong: object) -> None:
    facts = read_facts(dict.fromkeys(FACTS, wrong))
    json.dumps(to_facts(replace(Message("a", Role.ASSISTANT, ""), **facts)))
    assert facts["unreadable"] == 0


def test_an_imported_answer_with_a_hole_is_never_complete(tmp_path: Path) -> None:
    messages = [{"id": "q", "role": "user", "text": "?"}, {"id": "a", "role": "assistant", "parent_id": "q"}]
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"messages": [messages[0], messages[1] | {"text": "!", "unreadable": 1}]}))
    (conversation,) = read_file(path).conversations
    assert (conversation.messages["a"].status, conversation.messages["a"].unreadable) == (Status.CUT, 1)
