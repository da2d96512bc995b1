"""The first and the last line of the screen: what is being talked about with whom, and what the keys do."""

from __future__ import annotations

from textual.app import RenderResult
from textual.cells import cell_len, set_cell_size
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.ui.commands import COMMANDS, key_name


class TitleBar(Widget):
    """The program, the conversation, the model and the server."""

    conversation: reactive[str] = reactive("")
    server: reactive[str] = reactive("")
    """Model and host."""

    def render(self) -> RenderResult:
        width = self.size.width
        server = clean_line(self.server)
        if cell_len(server) > width // 2:
            server = set_cell_size(server, width // 2 - 1).rstrip() + "…"
        room = width - cell_len(server) - len("neurotui") - 5
        title = clean_line(self.conversation)
        if cell_len(title) > room:
            title = set_cell_size(title, max(room - 1, 0)).rstrip() + "…"
        left = Content.assemble(
            ("neurotui", "$text-accent bold"), (f" · {title}" if title else "", "$text-muted")
        )
        gap = max(1, width - left.cell_length - cell_len(server))
        return left + Content(" " * gap) + Content.styled(server, "$text-muted")


class KeyBar(Widget):
    """The keys that matter now, as many as there is room for; a click does what the key does."""

    running: reactive[bool] = reactive(False)

    def render(self) -> RenderResult:
        parts: list[Content] = []
        room = self.size.width
        for command in COMMANDS:
            if not command.footer or (command.running_only and not self.running):
                continue
            key, label = key_name(command.keys[0]), _(command.label)
            room -= cell_len(key) + cell_len(label) + 1 + (3 if parts else 0)
            if room < 0:
                break
            parts.append(
                Content.assemble((key, "$text"), (f" {label}", "$text-muted")).stylize(
                    f"@click=screen.run_command('{command.action}')"
                )
            )
        return Content("   ").join(parts)
