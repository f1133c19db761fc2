"""The stand-in as people see it: a small chat page, served beside the API and outside its bookkeeping."""

from sandbox.discord.page.serving import Page

__all__ = ["Page"]
