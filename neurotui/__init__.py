"""neurotui: a terminal chat that tells the truth about the connection."""

__version__ = "0.1.0"
