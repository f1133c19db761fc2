"""The gateway: handles WebSocket connections and their handshake, and lets a test break or refuse them."""

from __future__ import annotations

import copy
import json
import logging
from typing import TYPE_CHECKING, cast

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.discord import changes, wire
from sandbox.discord.gateway.connection import Op, SocketConnection
from sandbox.discord.gateway.sessions import Intent, Session, SessionStartLimit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord.changes import Change
    from sandbox.discord.gateway.dispatch import Dispatcher
    from sandbox.discord.state import Guild, Json
    from sandbox.discord.world import World

_log = logging.getLogger("sandbox")

_UNKNOWN_OPCODE = 4001
_DECODE_ERROR = 4002
_NOT_AUTHENTICATED = 4003
_AUTHENTICATION_FAILED = 4004
_ALREADY_AUTHENTICATED = 4005
_INVALID_SHARD = 4010
_INVALID_VERSION = 4012
_DISALLOWED_INTENTS = 4014

_RESUMABLE_SECONDS = 180.0


class Gateway:
    """All sessions and their connections. Tests set the switches below and call the methods that make trouble."""

    def __init__(self, world: World, dispatcher: Dispatcher) -> None:
        self._world = world
        self._dispatcher = dispatcher
        self.url = ""
        self._connections: set[SocketConnection] = set()
        self.sessions: dict[str, Session] = {}
        self.heartbeat_interval = 41.25
        """Seconds between two heartbeats a client is asked for."""
        self.shards = 1
        """How many shards the bot is advised to start."""
        self.starts = SessionStartLimit(world.clock)
        self.refuse_identify: int | None = None
        """The close code that answers every IDENTIFY; None: IDENTIFY is handled."""
        self.refuse_resume = False
        """Whether every RESUME is answered with op 9 (invalid session)."""
        self.unavailable: set[int] = set()
        """Ids of the servers that Discord has unavailable: nobody is told of them, nor of what happens in them."""
        self._spoilt: list[tuple[str, Callable[[Json], Json]]] = []
        self.identified = 0
        """How many sessions were begun."""
        self.resumed = 0
        """How many sessions were resumed."""
        world.changes.listen(self._tell)

    @property
    def connected(self) -> list[Session]:
        """The sessions that have a client connected."""
        return [session for session in self.sessions.values() if session.connection is not None]

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection from HELLO until it closes; the handler of the WebSocket route."""
        socket = web.WebSocketResponse(max_msg_size=4096 * 4, compress=False)
        await socket.prepare(request)
        query = request.query
        compress = query.get("compress")
        if query.get("v") != "10" or query.get("encoding", "json") != "json":
            await socket.close(code=_INVALID_VERSION)
            return socket
        if compress not in (None, "zlib-stream"):
            _log.error("gateway compression %s is not known here", compress)
            await socket.close(code=_DECODE_ERROR)
            return socket
        connection = SocketConnection(socket, request.transport, compressed=compress is not None)
        self._connections.add(connection)
        try:
            hello = {"heartbeat_interval": int(self.heartbeat_interval * 1000), "_trace": ["sandbox"]}
            connection.send_op(Op.HELLO, hello)
            await self._read(connection)
        finally:
            self._connections.discard(connection)
            await connection.end()
            self._lose(connection)
        return socket

    def drop(self, *, resumable: bool = True) -> None:
        """Break every connection as a failing network does; unless `resumable`, the sessions are forgotten, too."""
        if not resumable:
            self.sessions.clear()
        for connection in tuple(self._connections):
            connection.cut()
            self._lose(connection)

    def ask_to_reconnect(self) -> None:
        """Send every client op 7, which asks it to connect again and resume."""
        for connection in self._connections:
            connection.send_op(Op.RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send every client op 9: its session is invalid, and it is to resume if `resumable`, else to identify again."""
        for connection in self._connections:
            connection.send_op(Op.INVALID_SESSION, data=resumable)
            if connection.session is not None and not resumable:
                self.sessions.pop(connection.session.id, None)

    def outage(self, guild: Guild) -> None:
        """Have a server become unavailable: those who listen are told, and of nothing in it from then on."""
        self.unavailable.add(guild.id)
        for session in self.sessions.values():
            if session.covers(guild):
                session.dispatch("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})

    def recover(self, guild: Guild) -> None:
        """Have a server become available again, or for the first time since READY."""
        self.unavailable.discard(guild.id)
        for session in self.sessions.values():
            if session.covers(guild) and self._world.joined(guild):
                self._dispatcher.introduce(session, guild, joined_now=False)

    def spoil(self, event: str, how: Callable[[Json], Json], *, times: int = 1) -> None:
        """Change the next events of that name, as Discord may without notice: a field less, a null, another type.

        Args:
            event: its name on the wire, such as `MESSAGE_CREATE`.
            how: given a copy of the event's data; returns what is sent instead.
            times: how many events.
        """
        self._spoilt += [(event, how)] * times

    def _rewrite(self, event: str, data: Json) -> Json:
        for entry in self._spoilt:
            if entry[0] == event:
                self._spoilt.remove(entry)
                return entry[1](copy.deepcopy(data))
        return data

    async def close(self) -> None:
        """Close all connections with code 1001 (going away), when the server ends."""
        for connection in tuple(self._connections):
            await connection.close(WSCloseCode.GOING_AWAY)

    async def _read(self, connection: SocketConnection) -> None:
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT:
                await connection.close(_DECODE_ERROR)
                return
            try:
                payload = cast("Json", json.loads(message.data))
                code = self._receive(connection, payload)
            except (ValueError, KeyError, TypeError):
                _log.exception("a gateway payload that Discord would not take")
                code = _DECODE_ERROR
            if code is not None:
                await connection.close(code)
                return

    def _receive(self, connection: SocketConnection, payload: Json) -> int | None:
        """Act on a client's payload. Returns the code to close the connection with, or None to go on."""
        match payload["op"]:
            case Op.HEARTBEAT:
                connection.send_op(Op.HEARTBEAT_ACK)
            case Op.IDENTIFY if connection.session is None:
                return self._identify(connection, payload["d"])
            case Op.RESUME if connection.session is None:
                return self._resume(connection, payload["d"])
            case Op.IDENTIFY | Op.RESUME:
                return _ALREADY_AUTHENTICATED
            case _ if connection.session is None:
                return _NOT_AUTHENTICATED
            case Op.REQUEST_MEMBERS:
                self._members(connection.session, payload["d"])
            case Op.PRESENCE | Op.VOICE_STATE:
                pass
            case _:
                return _UNKNOWN_OPCODE
        return None

    def _identify(self, connection: SocketConnection, data: Json) -> int | None:
        application = self._world.application
        if self.refuse_identify is not None:
            return self.refuse_identify
        if data["token"] != application.token:
            return _AUTHENTICATION_FAILED
        intents: int = data["intents"]
        allowed = {
            Intent.MESSAGE_CONTENT: application.message_content,
            Intent.GUILD_MEMBERS: application.guild_members,
            Intent.GUILD_PRESENCES: application.presence,
        }
        if any(intents & intent and not switched_on for intent, switched_on in allowed.items()):
            return _DISALLOWED_INTENTS
        shard_id, shard_count = data.get("shard", (0, 1))
        if not 0 <= shard_id < shard_count:
            return _INVALID_SHARD
        if not self.starts.begin(shard_id):
            connection.send_op(Op.INVALID_SESSION, data=False)
            return None
        session = Session(shard_id, shard_count, intents, connection=connection, rewrite=self._rewrite)
        connection.session = session
        self.sessions[session.id] = session
        self.identified += 1
        guilds = [
            guild
            for guild in self._world.guilds.values()
            if self._world.joined(guild) and session.covers(guild)
        ]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": wire.user_json(self._world.me)
                | {"verified": True, "mfa_enabled": True, "email": None},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": self.url,
                "shard": [shard_id, shard_count],
                "application": {"id": str(application.id), "flags": application.flags},
                "private_channels": [],
                "user_settings": {},
                "_trace": ["sandbox"],
            },
        )
        for guild in guilds:
            if guild.id not in self.unavailable:
                self._dispatcher.introduce(session, guild, joined_now=False)
        self._world.changes.tell(changes.SessionStarted(shard_id, resumed=False))
        return None

    def _resume(self, connection: SocketConnection, data: Json) -> int | None:
        if data["token"] != self._world.application.token:
            return _AUTHENTICATION_FAILED
        session = self.sessions.get(data["session_id"])
        sequence: int = data["seq"]
        if session is None or self.refuse_resume or not session.can_replay_from(sequence):
            self.sessions.pop(data["session_id"], None)
            connection.send_op(Op.INVALID_SESSION, data=False)
            return None
        connection.session = session
        self.resumed += 1
        session.resume(connection, sequence)
        session.dispatch("RESUMED", {"_trace": ["sandbox"]})
        self._world.changes.tell(changes.SessionStarted(session.shard_id, resumed=True))
        return None

    def _members(self, session: Session, data: Json) -> None:
        guild = self._world.guilds[int(data["guild_id"])]
        wanted = {int(user_id) for user_id in data.get("user_ids", [])}
        prefix: str = data.get("query", "")
        members = [
            member
            for member in guild.members.values()
            if (member.user.id in wanted if wanted else member.user.name.startswith(prefix))
        ]
        session.dispatch(
            "GUILD_MEMBERS_CHUNK",
            {
                "guild_id": str(guild.id),
                "members": [wire.member_json(member) for member in members],
                "chunk_index": 0,
                "chunk_count": 1,
                "not_found": [str(user_id) for user_id in wanted - set(guild.members)],
                "nonce": data.get("nonce"),
            },
        )

    def _lose(self, connection: SocketConnection) -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        session.lost_at = self._world.clock()
        if (
            connection.socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
            and connection.closed_by_client
        ):
            self.sessions.pop(session.id, None)
        self._world.changes.tell(changes.SessionLost(session.shard_id))

    def _tell(self, change: Change) -> None:
        if (guild := changes.guild_of(change)) is not None and guild.id in self.unavailable:
            return
        now = self._world.clock()
        for session in tuple(self.sessions.values()):
            if session.lost_at is not None and now - session.lost_at > _RESUMABLE_SECONDS:
                del self.sessions[session.id]
            else:
                self._dispatcher.dispatch(change, session)
