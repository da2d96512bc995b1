"""The models: found by typing, with the server's facts about them; other names can be typed, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from neurotui.app.accounts import Account
from neurotui.app.comparison import MOST
from neurotui.app.matching import match
from neurotui.app.model_choices import Choice, Order, as_typed, choices, find
from neurotui.app.model_facts import NO_FACTS, ModelLibrary
from neurotui.chat.text import clean, clean_line
from neurotui.errors import NeurotuiError
from neurotui.i18n import N_, _
from neurotui.i18n.formats import number
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.dialogs.model_preview import told_of
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.form import LineField
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList
from neurotui.tui.widgets.preview import WIDE, Beside, Preview

if TYPE_CHECKING:
    from neurotui.app.accounts import ModelInfo

LABEL_CELLS = 30
"""Width of the column of exact names (cells); longer ones reach into the next."""
NAME_CELLS = 14
"""Least width of a name for people (cells): it is omitted if it would be cut to less."""
_LEAST_LABEL = 12
"""The facts are omitted if an exact name would be cut to less (cells)."""


class ModelsScreen(Dialog[str | tuple[str, ...] | None]):
    """Dialog whose result is the name of the chosen model, the names of those marked, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{twins('ctrl+l')}", "dismiss(None)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move_page(1)", show=False, priority=True),
        Binding("pageup", "move_page(-1)", show=False, priority=True),
        Binding("f5", "reload", show=False),
        Binding("f4", "sort", show=False),
        Binding(twins("ctrl+t"), "favour", show=False, priority=True),
        Binding("tab", "mark", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ModelsScreen {
        #panel { height: 90%; max-height: 36; }
        LineField { margin-bottom: 1; }
        .notice { margin-bottom: 1; display: none; }
        PickList { width: 1fr; height: 1fr; }
        &.-wide #panel { width: 96%; max-width: 140; }
        &.-wide Preview { display: block; }
        &.-low #panel { height: 100%; }
        &.-low LineField { margin-bottom: 0; }
    }
    """

    def __init__(
        self,
        account: Account,
        current: str,
        recent: Callable[[], Sequence[str]] = tuple,
        *,
        marking: bool = True,
        library: ModelLibrary | None = None,
        first: str = "",
    ) -> None:
        """`current` is the model in use; `recent` blocks; with `marking` several can be chosen.

        `library` knows more about the models than the server's list does. The cursor begins at `first`.
        """
        super().__init__()
        self._account = account
        self._current = current
        self._recent_models = recent
        self._marking = marking
        self._library = library
        self._first = first
        self._order = Order.NAME
        self._recent: Sequence[str] = ()
        self._offered: list[Choice] = []
        self._shown: list[Choice] = []
        self._spelling = ""
        self._typed: Choice | None = None
        self._marked: dict[str, None] = {}
        """Names of the models to compare, in the order in which they were marked."""
        self._told = False
        self._label_cells = 0
        # Kept because the list may come while the screen is being closed, when no query finds them any more.
        self._panel = Vertical(id="panel")
        self._field = LineField(placeholder=_("Find a model, or type any name"))
        self._notice = Static(id="notice", classes="notice -error", markup=False)
        self._list = PickList(self._picked)
        self._preview = Preview()
        self.be_wide_from(WIDE)

    def compose(self) -> ComposeResult:
        with self._panel:
            yield self._field
            yield self._notice
            with Beside():
                yield self._list
                yield self._preview
            keys = [("up,down", N_("choose")), ("enter", N_("use"))]
            keys += [("tab", N_("mark to compare"))] if self._marking else []
            keys += [("ctrl+t", N_("favourite")), ("f4", N_("sort"))] if self._library else []
            yield KeyHints(*keys, ("f5", N_("refresh")), ("escape", N_("close")))

    def on_mount(self) -> None:
        if self._account.models is not None:
            self._show_loaded(self._account.models)
        self.watch(self._list, "cursor", self._look_closer, init=False)
        self._find()
        self._load()

    def action_reload(self) -> None:
        """Ask the server again."""
        self._account.models = None
        self._tell("")
        self._load()

    async def action_sort(self) -> None:
        """Sort by the next thing to sort by."""
        if self._library is not None:
            orders = list(Order)
            self._order = orders[(orders.index(self._order) + 1) % len(orders)]
            await self._offer()

    async def action_favour(self) -> None:
        """Make the model under the cursor a favourite, or no more."""
        if self._library is not None and self._shown:
            chosen = self._shown[self._list.cursor].id
            await asyncio.to_thread(self._library.toggle(chosen))
            await self._offer()
            places = [place for place, choice in enumerate(self._shown) if choice.id == chosen]
            self._list.cursor = places[0] if places else 0

    def action_move(self, rows: int) -> None:
        self._list.move(rows)

    def action_move_page(self, pages: int) -> None:
        self._list.move_page(pages)

    def action_mark(self) -> None:
        """Mark the model under the cursor to be compared, or take its mark off."""
        models = self._list
        if not self._shown or not self._marking:
            return
        name = self._shown[models.cursor].id
        if name in self._marked:
            del self._marked[name]
        elif len(self._marked) < MOST:
            self._marked[name] = None
            models.move(1)
        else:
            self._tell(_("at most {n} models can be compared").format(n=MOST))
        keys = self.query_one(KeyHints)
        enter = _("compare {n}").format(n=len(self._marked)) if self._marked else N_("use")
        keys.keys = tuple((key, enter if key == "enter" else label) for key, label in keys.keys)
        models.refresh()

    @on(LineField.Changed)
    def _find(self) -> None:
        query = self._field.value
        self._typed = as_typed(query, self._offered)
        self._shown, self._spelling = find(query, self._offered)
        if self._typed is not None:
            self._shown.insert(0, self._typed)
        # A model that was found is more likely meant than a name that is not in the list.
        cursor = 1 if self._typed is not None and len(self._shown) > 1 else 0
        if not self._field.value and self._first:
            names = [choice.id for choice in self._shown]
            cursor = names.index(self._first) if self._first in names else cursor
        self._list.show(len(self._shown), self._row, cursor)
        self._look_closer()
        self._show_count()

    def _look_closer(self) -> None:
        """Show what is known of the model under the cursor beside the list."""
        choice = self._shown[self._list.cursor] if self._shown else None
        models = self._account.models or ()
        model = next((each for each in models if choice is not None and each.id == choice.id), None)
        self._preview.told = told_of(choice, model) if choice is not None else Content("")

    @on(LineField.Submitted)
    def _submitted(self) -> None:
        self._list.pick()

    def _picked(self, index: int) -> None:
        self.dismiss(tuple(self._marked) or self._shown[index].id)

    @work(exit_on_error=False)
    async def _load(self) -> None:
        """Load the recent models and the server's list."""
        try:
            recent = await asyncio.to_thread(self._recent_models)
            self._recent = list(filter(None, dict.fromkeys([self._current, *recent])))
        except NeurotuiError:
            pass  # the chat itself reports trouble with the store
        await self._offer()
        if self._account.models is None:
            await self._ask()
        if self._library is not None:
            await self._library.learn()
            await self._offer()

    async def _ask(self) -> None:
        try:
            self._show_loaded(await self._account.learn_models())
        except NeurotuiError as error:
            self._tell(str(error))
        await self._offer()

    def _show_loaded(self, models: Sequence[ModelInfo]) -> None:
        self._tell("" if models else _("The server lists no models: type the name of one"))

    async def _offer(self) -> None:
        """List the models, sorted on a thread: thousands of names take longer than a frame."""
        models, facts = self._account.models, NO_FACTS
        if self._library is not None:
            names = [model.id for model in models or ()]
            self._library.priced(names)
            facts = self._library.facts = await asyncio.to_thread(self._library.read, names)
        self._offered = await asyncio.to_thread(choices, models, self._recent, facts, self._order)
        self._label_cells = min(LABEL_CELLS, max((len(choice.label) for choice in self._offered), default=0))
        self._find()

    def _tell(self, text: str) -> None:
        """Show an error above the list; an empty `text` removes it."""
        self._told = bool(text)
        self._notice.display = self._told
        self._notice.update(Content(clean(text)))

    def _show_count(self) -> None:
        host = clean_line(self._account.host, 60)
        if self._account.models is not None:
            found, offered = len(self._shown) - (self._typed is not None), len(self._offered)
            count = number(offered)
            if found != offered:
                count = _("{n} of {all}").format(n=number(found), all=count)
            told = f"{host} · {count}"
            if self._order is not Order.NAME:
                told += f" · {_('by {what}').format(what=_(self._order.value))}"
        elif self._told:
            told = host
        else:
            told = _("asking {host} …").format(host=host)
        self._panel.border_title = title_with_detail(_("Models"), told)

    def _row(self, index: int, width: int) -> Content:
        choice = self._shown[index]
        label = Content(choice.label)
        for place in match(self._spelling, choice.folded)[1]:
            label = label.stylize("$text-accent", place, place + 1)
        mark = ("★ ", "$text-accent") if choice.favourite else "  "
        if choice.id == self._current:
            mark = ("✓ ", "$text-accent")
        if choice.id in self._marked:
            mark = ("● ", "$text-accent")
        gap = " " * max(2, self._label_cells + 2 - label.cell_length)
        name = _("as typed") if choice is self._typed else choice.name
        label = Content.assemble(" ", mark, label)
        note = _note(choice.notes, width - min(label.cell_length, LABEL_CELLS) - 6)
        room = max(1, width - cell_len(note) - 3)
        if room - 3 < min(label.cell_length - 3, _LEAST_LABEL):
            note, room = "", max(1, width - 1)
        if room - label.cell_length - len(gap) >= min(NAME_CELLS, cell_len(name)):
            label = Content.assemble(label, gap, (name, "$foreground-muted"))
        return Content.assemble(
            label.truncate(room, ellipsis=True, pad=True),
            "  " if note else "",
            (note, "$foreground-muted"),
            " ",
        )


def _note(notes: Sequence[str], room: int) -> str:
    """Return as many facts as there is room for (cells), but always the first."""
    note = notes[0] if notes else ""
    for more in notes[1:]:
        longer = f"{note} · {more}"
        if cell_len(longer) > room:
            break
        note = longer
    return note
