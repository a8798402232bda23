"""Mutated files, read as a run would read them: none may end in anything but a plain error."""
