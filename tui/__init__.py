"""The review UI."""

import os

# A paint waits for the next frame: half as long at twice Textual's 60 a second, which it reads when imported.
os.environ.setdefault("TEXTUAL_FPS", "120")
