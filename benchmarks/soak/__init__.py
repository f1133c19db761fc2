"""Days of mixed use in fast motion, with one fault after the other: `command` is what is called, `run` does it.

In go the number of notes, and whether there is a server for the database; out comes what was lost, told twice or left over.
`people` live with the bot, `faults` happen to it, `watch` looks at its processes, `verdict` judges.
"""

from benchmarks.soak.command import main

__all__ = ["main"]
