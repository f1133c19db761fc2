"""Puts answers on Discord: in threads and in place, in response to commands, or in private where nothing else is left.

In goes a `Reply`, page by page or whole; out come messages, each once, whatever Discord refuses or leaves unsaid meanwhile.
"""
