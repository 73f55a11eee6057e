"""What is sent to the terminal: of the cells on it those that differ, in as few bytes as they take."""
