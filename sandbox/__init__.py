"""Stand-ins on loopback for the two services Earshot talks to, for the demo, the tests and the benchmarks.

`sandbox.discord` and `sandbox.openroute` take the bot's real requests and refuse what the real services refuse;
`bot_process` runs the bot between them, `faults` makes things go wrong, `traffic` records what passes. Nothing here
imports the bot, so that the stand-ins can't share its mistakes.
"""
