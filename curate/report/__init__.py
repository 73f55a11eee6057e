"""`report.html` of a version: `gather` counts in one pass, `page` says it, `curate.html` draws it."""
