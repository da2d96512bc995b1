"""Every private name of textual's that neurotui relies on, one module for each subject, and nowhere else.

Each module has plain textual as its other branch: where a name is gone, or `NEUROTUI_COMPAT=off` is in the
environment, textual runs as it comes, slower but right. Modules ask `in_use` once, when they are loaded.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

log = logging.getLogger(__name__)

VARIABLE = "NEUROTUI_COMPAT"
"""The variable of the environment that is `off` to run plain textual."""


def in_use(subject: str, supported: Callable[[], bool]) -> bool:
    """Return True if the private names of `subject` can be used; the log tells why not."""
    if os.environ.get(VARIABLE) == "off":
        log.warning("%s: plain textual, for %s=off", subject, VARIABLE)
        return False
    try:
        usable = supported()
    except (ImportError, AttributeError) as error:
        log.warning("%s: plain textual, for this one differs: %s", subject, error)
        return False
    if not usable:
        log.warning("%s: plain textual, for this one differs", subject)
    return usable
