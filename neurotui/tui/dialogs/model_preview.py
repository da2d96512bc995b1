"""All that is known of a model, beside the list of models. Pure, without a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from neurotui.app.model_choices import Choice
from neurotui.chat.text import clean_line
from neurotui.i18n import ngettext
from neurotui.i18n.formats import number

if TYPE_CHECKING:
    from neurotui.app.accounts import ModelInfo

_MUTED = "$foreground-muted"


def told_of(choice: Choice, model: ModelInfo | None) -> Content:
    """Return the whole name of a model, who made it, and each fact on a line of its own."""
    owner = clean_line(model.owner, 60) if model is not None else ""
    made = " · ".join(filter(None, (choice.name, owner)))
    lines = [Content.styled(choice.label, "bold")]
    if made:
        lines.append(Content.styled(made, _MUTED))
    if choice.notes:
        lines += [Content(""), *(Content(note) for note in choice.notes)]
    if model is not None and (most := model.max_completion_tokens):
        words = ngettext("at most {n} token an answer", "at most {n} tokens an answer", most)
        lines.append(Content(words.format(n=number(most))))
    return Content("\n").join(lines)
