"""argparse's own texts, in the user's language.

argparse asks gettext for them, which goes by the environment alone. Here a flag and the settings choose the
language, too, and so argparse is given our gettext.
"""

from __future__ import annotations

import argparse

from neurotui.i18n import N_, _, ngettext

WORDS = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("ignored explicit argument %r"),
    N_("not allowed with argument %s"),
)
"""Texts of argparse that a user of neurotui can meet, for the catalogues."""


def teach_argparse() -> None:
    """Make argparse use our translations."""
    vars(argparse).update(_=_, ngettext=ngettext)
