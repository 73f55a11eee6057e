"""The panes of the review UI, one a file."""
