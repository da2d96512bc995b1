"""One message: move to it, copy it or its code, save its code, open its links, show its reasoning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from neurotui.app.services import Services
from neurotui.chat.text import clean
from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

if TYPE_CHECKING:
    from neurotui.markdown.source import CodeBlock
    from neurotui.tui.message_list.message_view import MessageView

Found = TypeVar("Found")

NO_CODE = N_("This message has no such block of code")
NO_LINK = N_("This message has no link that may be opened")

AT_ONCE = 4_000
"""Longest message that is parsed at once (characters); longer ones are parsed in a thread."""


class Reading:
    """Feature: commands for the message under the cursor, or for the last answer."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        self._exports = services.places.exports
        bind = pane.commands.bind
        bind("cursor_previous", lambda: pane.transcript.cursor_previous(), when=self._is_below)
        bind("cursor_next", lambda: pane.transcript.cursor_next(), when=self._is_any)
        bind("toggle_raw", lambda: pane.transcript.toggle_raw(), when=self._is_any)
        bind(
            "toggle_fold",
            lambda: pane.transcript.toggle_fold(),
            when=self._has_fold,
            why_not=N_("This message has no reasoning"),
        )
        bind(
            "copy_message",
            self.copy_message,
            when=lambda: bool(self._text),
            why_not=N_("There is nothing to copy"),
        )
        bind("copy_code", self.copy_code, when=self._has_code, why_not=NO_CODE)
        bind("save_code", self.save_code, when=self._has_code, why_not=NO_CODE)
        bind("open_link", self.open_link, when=lambda: "://" in self._text, why_not=NO_LINK)

    def copy_message(self) -> bool:
        """Copy the source of the message's text."""
        if text := self._text:
            self._copy(clean(text))
        return bool(text)

    def copy_code(self, number: int = 1) -> bool:
        """Copy a block of code by its number, counted from 1 within the message."""

        def copy(block: CodeBlock | None) -> bool:
            if block is not None:
                self._copy(block.text)
            return block is not None

        return self._look_through(lambda text: _block(text, number), copy, NO_CODE)

    def save_code(self, number: int = 1) -> bool:
        """Write a block of code to a file named after the conversation."""

        def save(block: CodeBlock | None) -> bool:
            if block is not None:
                self._pane.run_worker(self._save(block), group="save")
            return block is not None

        return self._look_through(lambda text: _block(text, number), save, NO_CODE)

    def open_link(self, url: str = "") -> bool:
        """Show the targets of the message's links, or one that was clicked, and open the chosen one."""
        from neurotui.app.links import links_in, openable

        if url:
            return self._show_links((url,))
        citations = self._view.message.citations if self._view is not None else ()
        sources = [target for target in (openable(citation.url) for citation in citations) if target]

        def find(text: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys((*links_in(text), *sources)))

        return self._look_through(find, self._show_links, NO_LINK)

    @property
    def _view(self) -> MessageView | None:
        return self._pane.transcript.chosen

    @property
    def _text(self) -> str:
        view = self._view
        return view.text if view is not None else ""

    def _is_any(self) -> bool:
        return self._view is not None

    def _is_below(self) -> bool:
        return self._view is not None and self._pane.transcript.cursor != 0

    def _has_code(self) -> bool:
        return "```" in self._text or "~~~" in self._text

    def _has_fold(self) -> bool:
        return self._view is not None and self._view.has_fold

    def _look_through(self, find: Callable[[str], Found], use: Callable[[Found], bool], why_not: str) -> bool:
        """Search the text of the message and use the result; return False if nothing was found.

        A long text takes seconds to parse, so it is parsed in a thread: the result is True then, and
        `why_not` is shown later if nothing was found.
        """
        text = self._text
        if len(text) <= AT_ONCE:
            return use(find(text))

        async def aside() -> None:
            if not use(await asyncio.to_thread(find, text)):
                self._dialogs.say(_(why_not))

        self._pane.run_worker(aside(), group="look", exclusive=True, exit_on_error=False)
        return True

    def _copy(self, text: str) -> None:
        """Copy a text, unless it consists of blanks alone."""
        self._pane.app.copy_to_clipboard(text if text.strip() else "")

    async def _save(self, block: CodeBlock) -> None:
        from neurotui.markdown.highlight import file_ending
        from neurotui.store.files import write_file
        from neurotui.transcripts.names import file_name

        name = file_name(self._pane.session.conversation.name, file_ending(block.language))
        try:
            path = await asyncio.to_thread(write_file, self._exports / name, [block.text.encode()])
        except StoreError as error:
            self._dialogs.tell(error)
        else:
            self._dialogs.say(_("Saved as {path}").format(path=path), seconds=8)

    def _show_links(self, urls: tuple[str, ...]) -> bool:
        from neurotui.tui.dialogs.links import LinksScreen

        if urls and self._dialogs.none_open:  # otherwise this was a second press, or the search took long
            self._dialogs.open(LinksScreen(urls), self._follow)
        return bool(urls)

    def _follow(self, url: str | None) -> None:
        if url is not None:
            self._pane.run_worker(self._open(url), group="link", exit_on_error=False)

    async def _open(self, url: str) -> None:
        from neurotui.app.links import open_link

        if not await asyncio.to_thread(open_link, url):
            self._dialogs.say(_("No browser could be started"), severity="warning")
            self._pane.app.copy_to_clipboard(url)


def _block(text: str, number: int) -> CodeBlock | None:
    from neurotui.markdown.source import code_blocks

    blocks = code_blocks(text)
    return blocks[number - 1] if 0 < number <= len(blocks) else None
