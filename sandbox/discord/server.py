"""The whole stand-in: an HTTP server for the bot, and methods to act for people. Tests and the demo use this class."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Self, TypeVar

from aiohttp import web

from sandbox.discord.cdn import Cdn, Links
from sandbox.discord.gateway import Dispatcher, Gateway
from sandbox.discord.page import Page
from sandbox.discord.people import InteractionSender, People
from sandbox.discord.rest import (
    AccountRoutes,
    ChannelRoutes,
    CommandRoutes,
    GuildRoutes,
    InteractionRoutes,
    MessageRoutes,
    Middlewares,
    RateLimits,
    ThreadRoutes,
)
from sandbox.discord.wire_messages import MessageWire
from sandbox.discord.world import World
from sandbox.faults import Faults
from sandbox.traffic import Recorder, traffic_middleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from sandbox.discord.changes import Call, Change

T = TypeVar("T")

_LARGEST_REQUEST = 32 * 1024 * 1024


class Discord(People):
    """Discord on loopback, running while entered as an async context.

    The methods of `People` act for people, before or while a bot is connected. `port` 0 chooses a free one; `clock`
    gives Unix seconds; `recorder` gets what passes; `faults` says which requests go wrong.
    """

    def __init__(
        self,
        recorder: Recorder | None = None,
        faults: Faults | None = None,
        *,
        clock: Callable[[], float] = time.time,
        name: str = "Earshot",
        port: int = 0,
    ) -> None:
        self.token = f"sandbox.{secrets.token_urlsafe(24)}"
        self.faults = faults or Faults()
        self._recorder = recorder
        self._port = port
        world = World.new(clock, name=name, token=self.token)
        self.links = Links(world)
        wire = MessageWire(world, self.links)
        super().__init__(world, InteractionSender(world, wire))
        self.application = world.application
        self.limits = RateLimits(clock)
        self.gateway = Gateway(world, Dispatcher(world, wire))
        self._middlewares = Middlewares(world, self.limits)
        self.threads = ThreadRoutes(world, wire)
        self._routes = [
            MessageRoutes(world, wire),
            self.threads,
            ChannelRoutes(world),
            GuildRoutes(world),
            AccountRoutes(world, self.gateway),
            CommandRoutes(world),
            InteractionRoutes(world, wire),
        ]
        self.page = Page(self)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(
            middlewares=[
                self._middlewares.log(),
                traffic_middleware("discord", self._recorder, self.faults),
                self._middlewares.guard(),
            ],
            client_max_size=_LARGEST_REQUEST,
        )
        for part in self._routes:
            app.add_routes(part.routes())
        app.add_routes(Cdn(self.links).routes())
        app.add_routes([web.get("/gateway", self.gateway.serve), web.get("/gateway/", self.gateway.serve)])
        self.page.mount(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.links.origin = f"http://{self.cdn_host}"
        self.gateway.url = f"ws://{self.cdn_host}/gateway"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def api_url(self) -> str:
        """The REST API's base URL, with the version."""
        return f"http://{self.cdn_host}/api/v10"

    @property
    def gateway_url(self) -> str:
        """The gateway's WebSocket."""
        return self.gateway.url

    @property
    def cdn_host(self) -> str:
        """Host and port of the stand-in, which links to attachments have, too."""
        return f"127.0.0.1:{self._port}"

    @property
    def calls(self) -> list[Call]:
        """Every request so far, downloads included but the gateway's not, with the status its client got."""
        return self._middlewares.calls

    @property
    def unknown(self) -> list[tuple[str, str]]:
        """Method and path of every request for something the stand-in does not know."""
        return self._middlewares.unknown

    @property
    def could_ping(self) -> list[str]:
        """The text of each message the bot sent or edited without forbidding every ping."""
        return self.world.could_ping

    def calls_to(self, method: str, path_start: str = "") -> list[Call]:
        """The requests of a method below a path."""
        return [call for call in self.calls if call.method == method and call.path.startswith(path_start)]

    async def wait_for(self, predicate: Callable[[], T | None], timeout: float = 10.0) -> T:  # noqa: ASYNC109
        """Wait until `predicate` returns something true, and return that. It is asked now and after each change.

        Raises:
            TimeoutError: nothing true came within `timeout` seconds; the message has the last requests.
        """
        try:
            return await self.world.changes.wait_for(predicate, timeout)
        except TimeoutError:
            last = [f"{call.method} {call.path} {call.status}" for call in self.calls[-12:]]
            raise TimeoutError(f"not within {timeout} s; last requests: {last}") from None

    def changes(self) -> AsyncIterator[Change]:
        """Iterate over all changes, from the first `anext` on and without end."""
        return self.world.changes.stream()

    async def ready(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Wait until a bot is connected and identified. Raises TimeoutError after `timeout` seconds."""
        await self.wait_for(lambda: self.gateway.connected, timeout)
