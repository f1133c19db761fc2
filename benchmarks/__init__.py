"""Measurements of the bot, as a process between the stand-ins: `python -m benchmarks NAME` runs one, `--json` for programs.

Each benchmark is a module with a `main` that takes the rest of the command line, prints its figures and returns the exit
status. The tests use `PostgresServer` from `postgres` and the audio files of `recordings`.
"""
