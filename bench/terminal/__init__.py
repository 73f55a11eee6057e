"""A large workspace on disk, and the review driven in a terminal of its own, measured from outside."""
