"""The life of a job: its table of transitions, and what a task's end and commands do to it."""
