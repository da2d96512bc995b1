"""Every private name of textual's that neurotui relies on, one module for each subject, and nowhere else.

A module here is used where `available` says so, and each user has another branch, of public names alone:
where a name is gone, or `NEUROTUI_COMPAT=off` is in the environment, textual runs as it comes, slower but
right. Each module's `supported` names all that it relies on, so that a test of it tells what a newer
textual broke.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib import import_module

log = logging.getLogger(__name__)

VARIABLE = "NEUROTUI_COMPAT"
"""The variable of the environment that is `off` to use none of these modules."""


@cache
def available(name: str) -> bool:
    """Return True if the module `name` of this package can be used; the log tells why not."""
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
