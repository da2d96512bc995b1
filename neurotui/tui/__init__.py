"""The terminal interface: the only importer of textual."""

import os

os.environ.setdefault("TEXTUAL_FPS", "200")
# Textual reads it when it is loaded. After a picture it waits that long for the next, and a key that comes in
# the meantime waits with it; nothing is drawn more often for it, as an answer that streams is drawn 16 times.
