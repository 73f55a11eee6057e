"""Small datasets with one kind of fault planted in them, and what was planted: what finders are judged by."""
