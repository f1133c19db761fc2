"""Pictures for the documentation: the real bot, whose model answers as scripted here, as the stand-in's page shows it.

`python -m sandbox.pictures` takes them (`make screenshots`), with Playwright from `requirements-dev.txt` and Chromium.
`taken` has a coroutine for each, which acts in the `studio` as people do.
"""
