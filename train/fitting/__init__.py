"""The training itself: model, schedule, TRL's trainer over our rows, and what happens after each step."""
