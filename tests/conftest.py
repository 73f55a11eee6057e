"""What every test has: no deadline for hypothesis on shared machines, and no call home."""

import os

from hypothesis import settings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
settings.register_profile("siftune", deadline=None, print_blob=True)
settings.load_profile("siftune")
