"""Measurements of the whole bot from outside: `python -m benchmarks NAME`."""
