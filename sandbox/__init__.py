"""Stand-ins on loopback for the two services Earshot talks to: for the demo and for the tests.

They know nothing of the bot and are strict where the real services are strict, so a mistake of the bot is
seen here first.
"""
