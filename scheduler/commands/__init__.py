"""The commands: one small file each, found by its name.

A file declares the command's attributes as a dataclass and decides it. Adding a command is adding a file.
Commands that need the history first say so by `asks` (see `questions`).
"""
