"""What a chip says of its file is by what was learnt of the model, as the estimate beside it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.money.test_estimates import WORDS
from tests.app.working import account_at
from tests.catalogues import openrouter
from tests.counters import Counter, priced
from tests.plain.test_pipes import talk
from tests.servers import Server
from tests.tui.chatting import Chat, chatting
from tests.tui.conversation.test_estimate import asked

MODELS = {
    "data": [
        priced("gpt-5-mini", "0.0000025", "0.000002"),
        priced("gpt-5", "0.0000125", "0.00001"),
        {"id": "unpriced"},
    ]
}


async def taught(chat: Chat) -> None:
    """Have the model answer, so that it is known to count twice as many tokens as is usual."""
    for text in (WORDS * 100, WORDS * 300, WORDS * 200):
        await asked(chat, text)
    await chat.press("ctrl+n")


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_it_agrees_with_the_estimate_and_follows_the_model(tmp_path: Path, language: str) -> None:
    file = tmp_path / "words.txt"
    file.write_text(WORDS * 1000)  # 19,000 characters
    async with Server(Counter(latin=0.5), paths=openrouter(MODELS)) as server:
        account = account_at(server)
        async with chatting(tmp_path / "data", account=account, language=language, size=(120, 30)) as chat:
            space, words = (",", "tok") if language == "en" else ("\u202f", "ток.")
            await chat.pane.workspace.prices.learn(account)
            await taught(chat)
            chat.composer.attaching.add_paths([file])
            await chat.until(lambda: f"≈ 9{space}5" in chat.text and words in chat.text)
            learnt = chat.text
            assert ("≈ $0.02" if language == "en" else "0,02") in learnt
            await chat.until_shown(f"≈ 9{space}500 {words}")
            chat.pane.workspace.choose(chat.pane.session, model="gpt-5")
            await chat.until(lambda: f"≈ 4{space}8" in chat.text)
            assert ("≈ $0.059" if language == "en" else "≈ 0,059") in chat.text
            chat.pane.workspace.choose(chat.pane.session, model="unpriced")
            await chat.until(lambda: "$" not in chat.text)
            assert f"≈ 4{space}8" in chat.text
            chat.pane.workspace.choose(chat.pane.session, model="gpt-5-mini")
            await chat.until(lambda: chat.text == learnt)
            await chat.press("enter")
            await chat.until(lambda: len(server.chats) == 4 and not chat.pane.session.running)
            assert "words.txt" in str(server.chats[3].json["messages"][-1]["content"])


async def test_keys_cost_no_look_at_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, looked = tmp_path / "words.txt", 0
    file.write_text(WORDS)
    async with chatting(tmp_path / "data") as chat:
        chat.composer.attaching.add_paths([file])
        await chat.until(lambda: "tok" in chat.text)
        label = chat.composer.attaching.label_again

        async def counting() -> None:
            nonlocal looked
            looked += 1
            await label()

        monkeypatch.setattr(chat.composer.attaching, "label_again", counting)
        await chat.type("some words behind it")
        await chat.pilot.pause(0.5)
        assert looked == 0


def test_the_linear_face_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text(WORDS * 1000)
    with Server(Counter(latin=0.5), paths=openrouter(MODELS)) as server:
        typed = f"{WORDS * 100}\n{WORDS * 300}\n{WORDS * 200}\n/new\n/attach {file}\nSum it up\n"
        _code, out = talk(tmp_path, server, typed, NEUROTUI_MODEL="gpt-5-mini")
    assert "attached: words.txt, 19 KB, ≈ 9,500 tok" in out
    assert "≈ 9,500 tok" in out
