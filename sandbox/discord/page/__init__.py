"""A chat page in the browser: somebody there is one of the people of the stand-in, sees what they see, and acts for them.

It is served on the stand-in's own port; its requests are not recorded, limited, or met by faults. `Page(people)` is
mounted on the aiohttp application. What is done there goes through the methods of `people`, as in tests.
"""

from sandbox.discord.page.serving import Page

__all__ = ["Page"]
