"""What happened to an example, and what changed between two versions."""
