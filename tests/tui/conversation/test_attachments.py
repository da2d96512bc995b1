"""Files in the input of the chat: chips that are found, pasted, kept, edited and sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from neurotui.api.abilities import Abilities
from neurotui.api.catalogue import ModelInfo
from neurotui.chat.attachments import Attachment, AttachmentKind, Draft
from neurotui.tui.dialogs.attachment import AttachmentScreen
from neurotui.tui.dialogs.choice import ChoiceScreen
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.wire.price import Price
from tests.chat.pictures import png
from tests.chat.test_session import ENDLESS, FAILURE
from tests.tui.chatting import Chat, chatting
from tests.tui.steady import key_event

KEY = "sk-proj-0123456789abcdef0123"
REPORT = "# Report\n\nAll is well.\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with some files."""
    folder = tmp_path / "work"
    (folder / "docs").mkdir(parents=True)
    (folder / "report.md").write_text(REPORT)
    (folder / "docs" / "notes.txt").write_text("some notes\n")
    (folder / ".hidden.txt").write_text("hidden\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
async def chat(tmp_path: Path, files: Path) -> AsyncIterator[Chat]:
    async with chatting(tmp_path / "data") as chat:
        yield chat


def chips(chat: Chat) -> list[str]:
    """The names of the files in the input that were read."""
    return [attachment.name for attachment in chat.composer.message.attachments]


async def attach(chat: Chat, path: Path) -> None:
    """Drop a file into the input."""
    count = len(chips(chat))
    await chat.paste(str(path))
    await chat.until(lambda: len(chips(chat)) == count + 1)


async def asked(chat: Chat, count: int = 1) -> list[tuple[str, list[str]]]:
    """The questions so far: their texts and the names of their files."""
    await chat.until(lambda: len(chat.client.requests) == count and not chat.composer.busy)
    path = chat.pane.session.branch.path()
    return [(m.text, [a.name for a in m.attachments]) for m in path if m.role == "user"]


class TestMentions:
    async def test_an_at_sign_finds_a_file_which_becomes_a_chip(self, chat: Chat) -> None:
        await chat.type("what is in @rep")
        assert chat.composer.mentions.menu.display
        assert "report.md" in chat.shown()
        await chat.press("enter")
        await chat.until(lambda: chips(chat) == ["report.md"])
        assert chat.text.startswith("what is in [report.md · ") and chat.text.endswith("] ")
        await chat.type("please?")
        await chat.press("enter")
        assert await asked(chat) == [("what is in report.md please?", ["report.md"])]
        assert REPORT in str(chat.client.requests[0].messages[-1].content)
        assert chat.text == ""

    async def test_without_letters_it_lists_the_folder_and_the_arrows_choose(self, chat: Chat) -> None:
        await chat.type("@")
        menu = chat.composer.mentions.menu
        assert [found.text for found in menu.choices] == [
            "docs/",
            "report.md",
            "docs/notes.txt",
            ".hidden.txt",
        ]
        await chat.press("enter")
        await chat.until_shown("chooses from the list")
        await chat.press("down", "down", "enter")
        await chat.until(lambda: chips(chat) == ["report.md"])

    async def test_escape_leaves_the_text_and_the_next_mention_opens_again(self, chat: Chat) -> None:
        await chat.type("mail @rep")
        await chat.press("escape")
        assert not chat.composer.mentions.menu.display and chat.text == "mail @rep"
        await chat.type("o")
        assert not chat.composer.mentions.menu.display
        await chat.type("rt.md and @no")
        assert chat.composer.mentions.menu.display
        await chat.press("escape", "enter")
        assert await asked(chat) == [("mail @report.md and @no", [])]

    async def test_tab_goes_into_a_folder(self, chat: Chat) -> None:
        await chat.type("@do")
        await chat.press("tab")
        assert chat.text == "@docs/"
        await chat.until(lambda: chat.composer.mentions.menu.display)
        await chat.type("no")
        await chat.press("tab")
        await chat.until(lambda: chips(chat) == ["notes.txt"])

    async def test_a_path_of_its_own_is_completed(self, chat: Chat, files: Path) -> None:
        (files.parent / "my files").mkdir()
        (files.parent / "my files" / "a.txt").write_text("a")
        await chat.type(f"@{files.parent}/my")
        await chat.until(lambda: chat.composer.mentions.chosen is not None)
        await chat.press("tab")
        assert chat.text == f'@"{files.parent}/my files/'
        await chat.until(lambda: [f.path.name for f in chat.composer.mentions.menu.choices] == ["a.txt"])
        await chat.press("enter")
        assert chips(chat) == []  # nothing of its name was typed, and it was not moved to
        await chat.press("down", "enter")
        await chat.until(lambda: chips(chat) == ["a.txt"])

    async def test_what_is_no_file_is_sent_as_it_is(self, chat: Chat) -> None:
        await chat.type("write to me@rep and @zzz")
        await chat.press("enter")
        assert await asked(chat) == [("write to me@rep and @zzz", [])]


class TestChips:
    async def test_a_chip_is_one_character_and_undo_brings_it_back(self, chat: Chat, files: Path) -> None:
        await attach(chat, files / "report.md")
        text = chat.text
        await chat.press("backspace", "backspace")
        assert chat.text == "" and chips(chat) == []
        await chat.press("ctrl+z")
        assert chat.text == text and chips(chat) == ["report.md"]
        await chat.press("ctrl+z")
        assert chat.text == ""  # that the file was read is no step of its own
        await chat.press("ctrl+y")
        assert chat.text == text and chips(chat) == ["report.md"]

    async def test_names_stay_between_words_alone(self, chat: Chat, files: Path) -> None:
        await attach(chat, files / "report.md")
        await chat.type("what is this?")
        await chat.press("enter")
        await asked(chat)
        await chat.type("compare ")
        await attach(chat, files / "report.md")
        await chat.type("with ")
        await attach(chat, files / "docs" / "notes.txt")
        await chat.press("enter")
        assert await asked(chat, 2) == [
            ("what is this?", ["report.md"]),
            ("compare report.md with notes.txt", ["report.md", "notes.txt"]),
        ]

    async def test_a_file_alone_is_a_message(self, chat: Chat, files: Path) -> None:
        await attach(chat, files / "report.md")
        await chat.press("enter")
        assert await asked(chat) == [("", ["report.md"])]

    async def test_enter_on_a_chip_shows_it(self, chat: Chat, files: Path) -> None:
        await attach(chat, files / "report.md")
        await chat.press("home", "enter")
        assert isinstance(chat.app.screen, AttachmentScreen)
        assert "All is well." in chat.shown()
        await chat.press("escape", "end", "enter")
        assert await asked(chat) == [("", ["report.md"])]

    async def test_several_paths_are_several_chips(self, chat: Chat, files: Path) -> None:
        await chat.paste(f"'{files}/report.md' '{files}/docs/notes.txt'")
        await chat.until(lambda: chips(chat) == ["report.md", "notes.txt"])

    async def test_what_cannot_be_attached_is_told_and_the_rest_stays(self, chat: Chat, files: Path) -> None:
        await chat.type("keep ")
        await chat.paste(str(files / "report.md"))
        chat.composer.attaching.add_paths([files / "gone.txt"])
        await chat.until(lambda: bool(chat.notices))
        await chat.until(lambda: chips(chat) == ["report.md"])
        assert "gone.txt" not in chat.text and chat.text.startswith("keep [report.md")

    async def test_a_large_paste_is_a_chip(self, chat: Chat) -> None:
        await chat.type("sum up:")
        await chat.paste("line\n" * 200)
        await chat.until(lambda: len(chat.composer.message.attachments) == 1)
        assert chat.text.startswith("sum up: [paste · 200 lines · 1 KB")
        await chat.press("enter")
        assert await asked(chat) == [("sum up:", [""])]
        question = chat.pane.session.branch.path()[0]
        assert question.attachments[0].text == "line\n" * 200
        assert question.attachments[0].kind is AttachmentKind.PASTE
        await chat.press("up")
        assert chat.composer.message == Draft("sum up:", question.attachments)

    async def test_the_command_takes_several_files_as_a_shell_does(self, chat: Chat, files: Path) -> None:
        (files / "my shot (1).png").write_bytes(png(8, 8))
        await chat.type(r"/attach my\ shot\ \(1\).png 'report.md'")
        await chat.press("enter")
        await chat.until(lambda: chips(chat) == ["my shot (1).png", "report.md"])

    @pytest.mark.parametrize("typed", ["/attach", "/att", "/прикрепить", "/феефср"])
    async def test_the_command_alone_offers_the_files(self, chat: Chat, files: Path, typed: str) -> None:
        await chat.type(typed)
        await chat.press("enter")
        await chat.until(lambda: "report.md" in chat.shown())
        assert chat.text == "@"
        await chat.type("repo")
        await chat.until(lambda: chat.composer.mentions.chosen is not None)
        await chat.press("enter")
        await chat.until(lambda: chips(chat) == ["report.md"])

    async def test_so_does_the_command_whose_menu_was_closed(self, chat: Chat, files: Path) -> None:
        await chat.type("/attach ")
        await chat.press("escape", "enter")
        await chat.until(lambda: "report.md" in chat.shown())
        assert chat.text == "@"

    async def test_a_command_takes_a_path(self, chat: Chat, files: Path) -> None:
        await chat.type("/attach docs/notes.txt")
        await chat.press("enter")
        await chat.until(lambda: chips(chat) == ["notes.txt"])

    async def test_behind_a_file_a_command_is_one_too(self, chat: Chat, files: Path) -> None:
        await attach(chat, files / "report.md")
        await chat.type("/attach docs/notes.txt")
        await chat.press("enter")
        await chat.until(lambda: chips(chat) == ["report.md", "notes.txt"])
        await chat.type("/no-such")
        await chat.press("enter")
        await chat.until(lambda: "/no-such" in chat.note)
        assert chat.asked == [] and chips(chat) == ["report.md", "notes.txt"]
        await chat.press("enter")
        [(text, sent)] = await asked(chat)
        assert text == "/no-such" and len(sent) == 2


class TestKeeping:
    async def test_a_chip_that_comes_back_tells_its_cost_as_before(self, chat: Chat, files: Path) -> None:
        chat.client.offered = [ModelInfo("gpt-5-mini", price=Price(3_000_000, 1))]
        await chat.pane.workspace.prices.learn(chat.pane.account, again=True)
        await attach(chat, files / "report.md")
        chip = chat.text.strip()
        assert "$" in chip
        await chat.press("enter")
        await asked(chat)
        await chat.press("tab", "k", "k", "e")
        await chat.until(lambda: "$" in chat.text and chat.text.strip() == chip)

    async def test_a_draft_keeps_its_chips_over_a_restart(self, tmp_path: Path, files: Path) -> None:
        async with chatting(tmp_path / "data") as chat:
            await chat.type("look at ")
            await attach(chat, files / "report.md")
            await chat.type("now")
            text = chat.text
            (files / "report.md").unlink()
        async with chatting(tmp_path / "data") as chat:
            await chat.until(lambda: chat.text == text)
            await chat.press("enter")
            assert await asked(chat) == [("look at report.md now", ["report.md"])]
            assert REPORT in str(chat.client.requests[0].messages[-1].content)

    async def test_what_is_written_goes_along_into_a_new_conversation(self, chat: Chat, files: Path) -> None:
        await chat.type("hi")
        await chat.press("enter")
        await asked(chat)
        first = chat.pane.session
        await attach(chat, files / "report.md")
        await chat.press("ctrl+n")
        assert chips(chat) == ["report.md"]
        await chat.press("enter")
        assert await asked(chat, 2) == [("", ["report.md"])]
        chat.pane.hold(first)
        await chat.pilot.pause()
        assert chips(chat) == []

    async def test_a_file_that_is_being_read_reaches_the_draft_that_was_left(
        self, chat: Chat, files: Path
    ) -> None:
        for text in ("one", "two"):
            await chat.type(text)
            await chat.press("enter")
            await chat.until(lambda: not chat.composer.busy and len(chat.client.requests) > 0)
            await chat.press("ctrl+n")
        first, second = [each for each in chat.pane.workspace.sessions if each.conversation.messages]
        chat.pane.hold(first)
        await chat.pilot.pause()
        gate, loop = asyncio.Event(), asyncio.get_running_loop()
        read = chat.composer.attaching.files.file(files / "report.md")

        def slowly() -> Attachment:
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
            return read()

        chat.composer.attaching.add([("report.md", slowly)])
        chat.pane.hold(second)
        assert chat.text == ""
        gate.set()
        await chat.until(lambda: bool(chat.pane.drafts.known(first.conversation.id)))
        chat.pane.hold(first)
        await chat.until(lambda: chips(chat) == ["report.md"])

    async def test_a_question_that_failed_comes_back_with_its_chips(
        self, tmp_path: Path, files: Path
    ) -> None:
        async with chatting(tmp_path / "data", FAILURE) as chat:
            await attach(chat, files / "report.md")
            await chat.type("what is this?")
            await chat.press("enter")
            await chat.until(lambda: bool(chat.text))
            assert chat.composer.message.text == "what is this?" and chips(chat) == ["report.md"]
            await chat.press("enter")
            await chat.until(lambda: len(chat.client.requests) == 2 and not chat.composer.busy)
            assert len(chat.pane.session.conversation.messages) == 3  # the same question, asked again

    async def test_an_edited_question_brings_its_chips_back(self, chat: Chat, files: Path) -> None:
        await attach(chat, files / "report.md")
        await chat.type("what is this?")
        await chat.press("enter")
        await asked(chat)
        await chat.press("shift+tab")
        await chat.pane.commands.run("edit")
        await chat.pilot.pause()
        assert chat.composer.message.text == "what is this?" and chips(chat) == ["report.md"]
        assert chat.composer.draft == Draft("")
        await chat.press("backspace")
        await chat.type("tell me")
        await chat.press("enter")
        assert await asked(chat, 2) == [("what is this?\ntell me", [])]

    async def test_a_message_that_waits_keeps_its_chips(self, tmp_path: Path, files: Path) -> None:
        async with chatting(tmp_path / "data", ENDLESS) as chat:
            await chat.type("first")
            await chat.press("enter")
            await chat.until(lambda: chat.pane.session.running)
            await attach(chat, files / "report.md")
            await chat.type("second")
            await chat.press("enter")
            await chat.until(lambda: bool(chat.pane.workspace.queued(chat.pane.session)))
            assert chips(chat) == ["report.md"]
            await chat.press("escape")
            await chat.until(lambda: not chat.pane.session.running)
            assert chips(chat) == ["report.md"] and not chat.pane.workspace.queued(chat.pane.session)
            await chat.press("enter")
            await chat.until(lambda: len(chat.client.requests) == 2 and not chat.composer.busy)
            last = chat.pane.session.branch.path()[-2]
            assert (last.text, [a.name for a in last.attachments]) == ("second", ["report.md"])


class TestBeforeSending:
    async def test_a_key_in_a_file_is_asked_about(self, chat: Chat, files: Path) -> None:
        (files / "conf.txt").write_text(f"token: {KEY}\n")
        await attach(chat, files / "conf.txt")
        await chat.press("enter")
        assert isinstance(chat.app.screen, ConfirmScreen)
        await chat.press("escape")
        assert chat.client.requests == [] and chips(chat) == ["conf.txt"]
        await chat.press("enter")
        await chat.press("left", "enter")
        assert await asked(chat) == [("", ["conf.txt"])]

    @pytest.mark.parametrize(("keys", "sent"), [((), "new"), (("right",), "old")])
    async def test_a_file_that_has_changed_is_offered_new_or_old(
        self, chat: Chat, files: Path, keys: tuple[str, ...], sent: str
    ) -> None:
        (files / "a.txt").write_text("old")
        await attach(chat, files / "a.txt")
        (files / "a.txt").write_text("new")
        await chat.press("enter")
        assert isinstance(chat.app.screen, ChoiceScreen)
        assert "a.txt: send it as it is now" in chat.shown()
        await chat.press("escape")
        assert chat.client.requests == [] and chips(chat) == ["a.txt"]
        await chat.press("enter", *keys, "enter")
        await asked(chat)
        assert sent in str(chat.client.requests[0].messages[-1].content)

    async def test_enter_waits_for_a_file_that_is_being_read(
        self, chat: Chat, files: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate = asyncio.Event()
        loop = asyncio.get_running_loop()
        files_of = chat.composer.attaching.files
        read = files_of.file(files / "report.md")

        def slowly() -> Attachment:
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
            return read()

        chat.composer.attaching.add([("report.md", slowly)])
        await chat.type("what?")
        chat.app.post_message(key_event("enter"))
        await chat.until(lambda: "report.md" in chat.note)
        assert chat.text.startswith("[report.md …]") and chat.client.requests == []
        gate.set()
        assert await asked(chat) == [("what?", ["report.md"])]

    async def test_a_picture_for_a_model_that_takes_none_is_told_with_those_that_do(
        self, tmp_path: Path, files: Path
    ) -> None:
        (files / "shot.png").write_bytes(png(8, 8))
        async with chatting(tmp_path / "data") as chat:
            takes = {"gpt-5-mini": {"text"}, "gpt-5": {"text", "image"}, "plain": {"text"}}
            chat.client.offered = [
                ModelInfo(name, abilities=Abilities(frozenset(what))) for name, what in takes.items()
            ]
            await attach(chat, files / "shot.png")
            await chat.type("what is it?")
            await chat.press("enter")
            await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
            assert "gpt-5-mini takes no pictures; these do: gpt-5" in " ".join(chat.shown().split())
            await chat.press("escape")
            assert chat.client.requests == [] and chips(chat) == ["shot.png"]
            await chat.pane.commands.run("model", "gpt-5")
            await chat.press("enter")
            assert await asked(chat) == [("what is it?", ["shot.png"])]

    async def test_typing_takes_the_message_back_while_a_file_is_read(self, chat: Chat, files: Path) -> None:
        gate = asyncio.Event()
        loop = asyncio.get_running_loop()
        read = chat.composer.attaching.files.file(files / "report.md")

        def slowly() -> Attachment:
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
            return read()

        chat.composer.attaching.add([("report.md", slowly)])
        chat.app.post_message(key_event("enter"))
        await chat.until(lambda: "report.md" in chat.note)
        chat.app.post_message(key_event("x"))
        await chat.until(lambda: chat.text.endswith("x"))
        gate.set()
        await chat.until(lambda: chips(chat) == ["report.md"])
        assert chat.client.requests == [] and chat.note == ""


class TestElsewhere:
    async def test_a_question_shows_its_texts_folded_and_enter_unfolds_them(
        self, chat: Chat, files: Path
    ) -> None:
        await chat.paste("".join(f"line {n}\n" for n in range(300)))
        await chat.until(lambda: len(chat.composer.message.attachments) == 1)
        await chat.type("sum up:")
        await chat.press("enter")
        await asked(chat)
        assert "paste · 300 lines" in chat.shown() and "line 0" not in chat.shown()
        await chat.press("shift+tab", "k", "k")
        assert "Enter unfold" in chat.shown()
        await chat.press("enter")
        assert "line 0" in chat.shown() and "line 299" not in chat.shown()
        assert "Enter fold" in chat.shown()
        await chat.press("enter")
        assert "line 0" not in chat.shown()

    async def test_all_who_are_compared_get_the_files(self, chat: Chat, files: Path) -> None:
        chat.client.offered = [ModelInfo("a"), ModelInfo("b")]
        await attach(chat, files / "report.md")
        await chat.pane.commands.run("compare", "a b")
        await chat.type("which?")
        await chat.press("enter")
        await chat.until(lambda: len(chat.client.requests) == 2)
        assert all(REPORT in str(request.messages[-1].content) for request in chat.client.requests)
        await chat.until(lambda: chat.text == "")

    async def test_a_fork_goes_on_with_the_files(self, chat: Chat, files: Path) -> None:
        await attach(chat, files / "report.md")
        await chat.press("enter")
        await asked(chat)
        first = chat.pane.session
        await chat.pane.commands.run("fork")
        await chat.until(lambda: chat.pane.session is not first)
        await chat.type("and now?")
        await chat.press("enter")
        assert await asked(chat, 2) == [("", ["report.md"]), ("and now?", [])]
        assert REPORT in str(chat.client.requests[1].messages[0].content)

    async def test_asking_again_has_the_files(self, chat: Chat, files: Path) -> None:
        await attach(chat, files / "report.md")
        await chat.press("enter")
        await asked(chat)
        await chat.press("ctrl+g")
        await asked(chat, 2)
        first, second = chat.client.requests
        assert first.messages == second.messages

    async def test_the_prompts_of_other_conversations_have_their_files(
        self, tmp_path: Path, files: Path
    ) -> None:
        async with chatting(tmp_path / "data") as chat:
            await attach(chat, files / "report.md")
            await chat.type("what is this?")
            await chat.press("enter")
            await asked(chat)
        async with chatting(tmp_path / "data") as chat:
            await chat.until(lambda: bool(chat.composer.prompts._earlier))
            await chat.type("wh")
            await chat.press("up")
            assert chat.composer.message.text == "what is this?" and chips(chat) == ["report.md"]
            await chat.press("down")
            assert chat.text == "wh" and chips(chat) == []

    async def test_the_command_to_attach_completes_paths(self, chat: Chat) -> None:
        await chat.type("/attach no")
        await chat.until(lambda: chat.composer.mentions.chosen is not None)
        await chat.press("enter")
        await chat.until(lambda: chips(chat) == ["notes.txt"])
        assert chat.text.startswith("[notes.txt")

    async def test_the_palette_attaches_without_a_loss_of_what_is_typed(self, chat: Chat) -> None:
        await chat.type("read this:")
        await chat.press("ctrl+p")
        await chat.type("attach")
        await chat.press("enter")
        await chat.until(lambda: chat.composer.mentions.menu.display)
        assert chat.text == "read this: @"
