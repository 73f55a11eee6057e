"""`curate serve`: the review in a browser of this machine."""
