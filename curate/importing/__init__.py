"""What `curate import` does: look at sources without building, and add one to a recipe."""
