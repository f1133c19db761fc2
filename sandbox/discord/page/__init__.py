"""A chat page in the browser that shows the stand-in's servers as people there would see them.

It is served on the stand-in's own port; its requests are not recorded, limited, or met by faults. `Page(world)` is
mounted on the aiohttp application; it only reads the world.
"""

from sandbox.discord.page.serving import Page

__all__ = ["Page"]
