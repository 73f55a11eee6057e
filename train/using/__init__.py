"""What comes after a run: its adapter merged, exported and talked to, in the template of its training."""
