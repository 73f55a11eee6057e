"""How far two who judged the same examples agree, beyond what chance would give."""
