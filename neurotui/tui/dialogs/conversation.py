"""This conversation: its system prompt, the parameters of its requests, and how full the context is.

Every valid change takes effect at once; only what is set is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from neurotui.app import parameters
from neurotui.app.parameters import EFFORT, EFFORTS, MAX_TOKENS, SEED, STOP, TEMPERATURE
from neurotui.chat.branch import Branch
from neurotui.chat.context import counted_tokens, later_beginning, left_out
from neurotui.chat.text import clean_line
from neurotui.errors import BadSettings
from neurotui.i18n import N_, _, ngettext
from neurotui.i18n.formats import number
from neurotui.settings.config import Persona
from neurotui.tui.dialogs.dialog import FORM_KEYS, Dialog, Panel
from neurotui.tui.widgets.form import Choice, Form, LineField, TextButton, TextField, one_line
from neurotui.tui.widgets.key_hints import KeyHints

BAR_CELLS = 10
"""Width of the gauge of the context."""
NONE = ""
"""The option for no persona, or no effort."""
OTHERS = "others"
"""The field for parameters without a field of their own."""

FIELDS = {
    TEMPERATURE: (N_("Temperature"), N_("0.2 precise, 1 creative")),
    MAX_TOKENS: (N_("Max tokens"), N_("reasoning included")),
    STOP: (N_("Stop sequences"), N_('a text, or ["one", "two"]')),
    SEED: (N_("Seed"), N_("a number for repeatable answers")),
    OTHERS: (N_("Extra parameters (JSON)"), N_('such as {"top_p": 0.9}')),
}
"""The one-line fields: their labels, and their placeholders."""


class ConversationScreen(Dialog[None]):
    """Dialog that changes the conversation of `branch`; storing the changes is left to the caller."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f3", "dismiss", show=False),
    ]
    DEFAULT_CSS = """
    ConversationScreen {
        #told { width: 1fr; height: auto; padding: 0 1; }
        #actions { height: auto; padding-left: 1; margin-bottom: 1; }
        #keep { margin: 0 0 0 1; }
        #kept { height: 1; }
        #persona, #system { margin-bottom: 1; }
        &.-low {
            #actions { margin-bottom: 0; }
            #persona, #system { margin-bottom: 0; }
        }
    }
    """

    context_length: reactive[int | None] = reactive(None, init=False)
    """Context length of the model in tokens; None if unknown."""

    def __init__(
        self,
        branch: Branch,
        personas: Mapping[str, Persona],
        *,
        model: str,
        context_length: int | None = None,
        use_model: Callable[[str], None],
        keep_persona: Callable[[str, Persona], None],
    ) -> None:
        """`keep_persona` raises BadSettings."""
        super().__init__()
        self._branch = branch
        self._conversation = branch.conversation
        self._personas = dict(personas)
        self.set_reactive(ConversationScreen.context_length, context_length)
        self._use_model = use_model
        self._keep_persona = keep_persona
        self._model = model
        self._wrong: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        conversation = self._conversation
        with Panel(_("This conversation")):
            with Form() as form:
                yield form.labelled(_("Context"), Static(id="told", markup=False))
                with Horizontal(id="actions", classes="-row"):
                    yield TextButton(_("Drop oldest messages from context"), id="shorten")
                    yield TextButton(_("Send everything"), id="all")
                if self._personas:
                    names = [(name, clean_line(name, 40)) for name in self._personas]
                    personas = Choice([(NONE, _("none")), *names], self._persona(), id="persona")
                    yield form.labelled(_("Persona"), personas)
                prompt = TextField(
                    conversation.system_prompt, placeholder=_("system prompt for the model"), id="system"
                )
                yield form.labelled(_("System prompt"), prompt)
                efforts = [(NONE, _("unset")), *((effort, effort) for effort in EFFORTS)]
                effort = str(conversation.parameters.get(EFFORT, NONE))
                yield form.labelled(_("Reasoning"), Choice(efforts, effort, id="effort"))
                for name, (title, hint) in FIELDS.items():
                    yield form.labelled(
                        _(title), LineField(self._text_of(name), placeholder=_(hint), id=name)
                    )
                with form.labelled(_("Save as persona"), Horizontal(id="kept")):
                    yield LineField(placeholder=_("a name"), id="name")
                    yield TextButton(_("Save"), id="keep")
            yield KeyHints(*FORM_KEYS, ("escape", N_("close")))

    def on_mount(self) -> None:
        self._show_context()
        # Not by AUTO_FOCUS: that scrolls to the field while it still has its greatest height.
        self.query_one("#system").focus(scroll_visible=False)

    # Actions

    @on(TextField.Changed, "#system")
    def _prompt_typed(self, event: TextField.Changed) -> None:
        self._conversation.system_prompt = event.text_area.text
        self._show_persona()

    @on(Choice.Changed, "#effort")
    def _effort_chosen(self, event: Choice.Changed) -> None:
        self._set(EFFORT, event.value or None)

    @on(LineField.Changed)
    def _typed(self, event: LineField.Changed) -> None:
        name = event.input.id or ""
        if name not in FIELDS:
            return
        try:
            if event.value != one_line(self._text_of(name)):  # one line may be less than the value
                self._take(name, event.value)
            self._wrong.pop(name, None)
        except ValueError as reason:
            self._wrong[name] = str(reason)
        event.input.set_class(name in self._wrong, "-wrong")
        words = [
            f"{_(FIELDS[name][0])}: {reason[0].lower()}{reason[1:]}" for name, reason in self._wrong.items()
        ]
        self.query_one(Panel).tell(words[-1] if words else "")

    @on(Choice.Changed, "#persona")
    def _persona_chosen(self, event: Choice.Changed) -> None:
        persona = self._personas.get(event.value, Persona())
        self._conversation.parameters = dict(persona.parameters)
        self.query_one("#system", TextField).text = persona.system_prompt
        self.query_one("#effort", Choice).value = str(persona.parameters.get(EFFORT, NONE))
        for name in FIELDS:
            self.query_one(f"#{name}", LineField).value = self._text_of(name)
        if persona.model:
            self._model = persona.model
            self._use_model(persona.model)

    @on(TextButton.Pressed, "#shorten")
    def _shorten(self) -> None:
        if (first := later_beginning(self._branch)) is not None:
            self._conversation.first_sent_id = first.id
        self._show_context()

    @on(TextButton.Pressed, "#all")
    def _send_all(self) -> None:
        self._conversation.first_sent_id = None
        self._show_context()

    @on(LineField.Submitted, "#name")
    @on(TextButton.Pressed, "#keep")
    def _keep(self) -> None:
        name = " ".join(self.query_one("#name", LineField).value.split())
        if not name:
            self.query_one("#name").focus()
            return
        persona = Persona(self._conversation.system_prompt, self._model, self._conversation.parameters)
        try:
            self._keep_persona(name, persona)
        except BadSettings as error:
            self.query_one(Panel).tell(error.cause)
        else:
            self.query_one(Panel).tell(_("Persona {name} saved").format(name=clean_line(name, 40)), "success")

    # Internals

    def _take(self, name: str, text: str) -> None:
        """Set a parameter from typed text. Raises ValueError, worded for the user."""
        if name == OTHERS:
            self._set_others(parameters.others_of(text))
        else:
            self._set(name, parameters.value_of(name, text))

    def _set(self, name: str, value: object) -> None:
        if value is None:
            self._conversation.parameters.pop(name, None)
        else:
            self._conversation.parameters[name] = value
        self._show_persona()

    def _set_others(self, others: Mapping[str, object]) -> None:
        own = {EFFORT, *FIELDS}
        kept = {name: value for name, value in self._conversation.parameters.items() if name in own}
        self._conversation.parameters = kept | dict(others)
        self._show_persona()

    def _text_of(self, name: str) -> str:
        if name == OTHERS:
            return parameters.text_of_others(self._conversation.parameters)
        return parameters.text_of(self._conversation.parameters.get(name))

    def _persona(self) -> str:
        """Return the name of the persona whose prompt and parameters the conversation has."""
        for name, persona in self._personas.items():
            if (persona.system_prompt, persona.parameters) == (
                self._conversation.system_prompt,
                self._conversation.parameters,
            ):
                return name
        return NONE

    def _show_persona(self) -> None:
        for choice in self.query("#persona").results(Choice):
            choice.value = self._persona()

    def watch_context_length(self) -> None:
        if self.is_mounted:  # else it is shown when it is
            self._show_context()

    def _show_context(self) -> None:
        counted, left = counted_tokens(self._branch), left_out(self._branch)
        if counted is None:
            told = Content.styled(_("the server has not counted yet"), "$foreground-muted")
        elif not self.context_length:
            told = Content(ngettext("{n} token", "{n} tokens", counted).format(n=number(counted)))
        else:
            told = _gauge(counted, self.context_length)
        if left:
            words = ngettext("the oldest message is not sent", "the {n} oldest messages are not sent", left)
            told = Content.assemble(told, "\n", (words.format(n=number(left)), "$text-warning"))
        self.query_one("#told", Static).update(told)
        self.query_one("#shorten").display = later_beginning(self._branch) is not None
        self.query_one("#all").display = left > 0


def _gauge(counted: int, length: int) -> Content:
    """Return how full the context is, as a bar and in figures."""
    share = counted / length
    filled = min(BAR_CELLS, round(share * BAR_CELLS))
    tone = "$text-warning" if share > 0.8 else "$text-accent"
    words = _("{n} of {all} tokens, {percent} %").format(
        n=number(counted), all=number(length), percent=round(100 * share)
    )
    return Content.assemble(
        ("▰" * filled, tone), ("▱" * (BAR_CELLS - filled), "$foreground-muted"), f" {words}"
    )
