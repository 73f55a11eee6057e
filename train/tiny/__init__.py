"""A small base model made on this machine, so that everything runs without a download."""
