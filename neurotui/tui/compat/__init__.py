"""All private names of textual that neurotui relies on, one module for each subject, and nowhere else.

A module here is used if `available` returns True, and each of its users has another branch with public names
alone: if a name is gone, or `NEUROTUI_COMPAT=off` is in the environment, textual runs unchanged, slower but
right. The function `supported` of each module checks everything that the module relies on, so that its test
shows what a newer textual has broken.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib import import_module

log = logging.getLogger(__name__)

VARIABLE = "NEUROTUI_COMPAT"
"""Environment variable that disables all of these modules if it is `off`."""


@cache
def available(name: str) -> bool:
    """Return True if the module `name` of this package can be used; otherwise log why not."""
    if os.environ.get(VARIABLE) == "off":
        log.warning("plain textual in place of %s: %s=off", name, VARIABLE)
        return False
    try:
        supported: bool = import_module(f"{__name__}.{name}").supported()
    except (ImportError, AttributeError, TypeError) as error:
        log.warning("plain textual in place of %s: %s", name, error)
        return False
    if not supported:
        log.warning("plain textual in place of %s: this textual differs", name)
    return supported
