"""Where the server, the key and the model come from: flags, then variables, then the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_MODEL = "gpt-5-mini"

KEY_VARIABLES = ("NEUROTUI_API_KEY", "NEUROAPI_API_KEY", "NEUROAPI_KEY", "NEURO_API_KEY")
BASE_URL_VARIABLES = ("NEUROTUI_BASE_URL", "NEUROAPI_BASE_URL")
MODEL_VARIABLES = ("NEUROTUI_MODEL", "NEUROAPI_MODEL")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Which server is asked for which model with which key; all as the user wrote it, not yet checked."""

    base_url: str = ""
    """Empty for NeuroAPI's own."""
    model: str = DEFAULT_MODEL
    key: str = field(default="", repr=False)
    """Empty where none was found."""
    key_source: str = ""
    """The variable or the file that the key came from."""


def resolve(
    environ: Mapping[str, str],
    *,
    base_url: str | None = None,
    model: str | None = None,
    stored: Credentials | None = None,
) -> Credentials:
    """The credentials in force; `base_url` and `model` are flags, `stored` is what the settings hold."""
    stored = stored or Credentials()
    key_source, key = _first(environ, KEY_VARIABLES)
    return Credentials(
        base_url=base_url or _first(environ, BASE_URL_VARIABLES)[1] or stored.base_url,
        model=model or _first(environ, MODEL_VARIABLES)[1] or stored.model,
        key=key or stored.key,
        key_source=key_source or stored.key_source,
    )


def _first(environ: Mapping[str, str], variables: tuple[str, ...]) -> tuple[str, str]:
    """The first variable that is set and not blank, with its value; two empty strings where none is."""
    for variable in variables:
        if value := environ.get(variable, "").strip():
            return variable, value
    return "", ""
