"""The completion API over a speech model that runs on this machine: no key, no network, no cost.

It speaks the wire format of the real API, streaming included, but it only transcribes: the prompt is
read and ignored. Importing this package is cheap; the model is loaded when a `Recogniser` is made.
"""
