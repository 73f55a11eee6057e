"""A file a screen. `tui.catalogue` lists them and says how one is added."""
