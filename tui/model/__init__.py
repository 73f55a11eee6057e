"""What the review UI shows and does, without a widget: rows, signals, queues, decisions."""
