"""What server owners do: make servers and channels, invite people and the bot, change roles and permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import changes
from sandbox.discord.kinds import ChannelKind
from sandbox.discord.permissions import NOTHING, OF_EVERYONE, Permission
from sandbox.discord.state import Channel, Guild, Member, Overwrite, Role, User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.discord.world import World

_OF_THE_BOT = OF_EVERYONE | Permission.USE_EXTERNAL_EMOJIS
_A_YEAR = 31_536_000.0


class ServerAdmins:
    """Tests and the demo build the world with these methods, before a bot is connected or while it is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.me = world.me

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        """A new account, member of nothing."""
        user = User(self.world.snowflakes.next(), name, bot, locale)
        self.world.users[user.id] = user
        return user

    def set_locale(self, user: User, locale: str) -> None:
        """Someone chooses the language of their client."""
        user.locale = locale

    def add_guild(
        self,
        name: str = "Workshop",
        *,
        owner: User | None = None,
        everyone: Permission = OF_EVERYONE,
        bot: Permission | None = _OF_THE_BOT,
        locale: str = "en-US",
        guild_id: int | None = None,
    ) -> Guild:
        """A new server.

        Args:
            name: Its name.
            owner: Who may do everything there.
            everyone: What all members may do.
            bot: What the bot's own role grants on top; it has been a member for a year. None: it is not one.
            locale: The server's language.
            guild_id: An id of its own, for instance to land on a certain shard.
        """
        owner = owner or self.world.application.owner
        number = guild_id or self.world.snowflakes.next()
        guild = Guild(number, name, owner, [Role(number, "@everyone", everyone)], locale)
        self.world.guilds[guild.id] = guild
        self.add_member(guild, owner)
        if bot is not None:
            self._let_in(guild, bot, since=self.world.clock() - _A_YEAR)
            self.world.changes.tell(changes.GuildAvailable(guild))
        return guild

    def invite_bot(self, guild: Guild, permissions: Permission = _OF_THE_BOT) -> None:
        """Make the bot a member now, with a role of its own."""
        self._let_in(guild, permissions, since=self.world.clock())
        self.world.changes.tell(changes.GuildJoined(guild))

    def install_commands(self, guild: Guild) -> None:
        """Let a server have the bot's commands, and not the bot."""
        guild.has_commands = True

    def set_system_channel(self, guild: Guild, channel: Channel | None) -> None:
        """Choose where Discord greets new members; None: nowhere."""
        guild.system_channel = channel
        self.world.changes.tell(changes.GuildUpdated(guild))

    def remove_bot(self, guild: Guild) -> None:
        """Kick the bot from a server."""
        guild.members.pop(self.me.id)
        guild.roles = [role for role in guild.roles if role.managed_by is not self.me]
        self.world.changes.tell(changes.GuildLeft(guild))

    def add_member(self, guild: Guild, user: User, permissions: Permission = NOTHING) -> Member:
        """Make someone a member; `permissions` beyond everyone's are given by a role made for them."""
        member = Member(user, guild, self.world.clock())
        if permissions:
            role = Role(self.world.snowflakes.next(), user.name, permissions)
            guild.roles.append(role)
            member.roles.append(role)
        guild.members[user.id] = member
        return member

    def add_channel(
        self, guild: Guild, name: str = "general", kind: ChannelKind = ChannelKind.TEXT
    ) -> Channel:
        """A new channel of a server."""
        position = len(guild.channels)
        channel = Channel(self.world.snowflakes.next(), kind, name, guild, position=position)
        guild.channels[channel.id] = channel
        self.world.channels[channel.id] = channel
        self.world.changes.tell(changes.ChannelCreated(channel))
        return channel

    def add_group(self, people: Sequence[User], name: str = "group") -> Channel:
        """A private group without the bot."""
        channel = Channel(
            self.world.snowflakes.next(), ChannelKind.GROUP_DM, name, None, recipients=list(people)
        )
        self.world.channels[channel.id] = channel
        return channel

    def forbid(self, channel: Channel, permissions: Permission, target: Role | Member | None = None) -> None:
        """Deny permissions in a channel, on top of those denied before; to the bot if no `target` is given."""
        target = target or self._own_membership(channel)
        old = channel.overwrites.get(target.id)
        self.world.overwrite(
            channel,
            Overwrite(
                target,
                allow=(old.allow if old else NOTHING) & ~permissions,
                deny=(old.deny if old else NOTHING) | permissions,
            ),
        )

    def allow(self, channel: Channel, permissions: Permission, target: Role | Member | None = None) -> None:
        """Grant permissions in a channel, on top of those granted before; to the bot if no `target` is given."""
        target = target or self._own_membership(channel)
        old = channel.overwrites.get(target.id)
        self.world.overwrite(
            channel,
            Overwrite(
                target,
                allow=(old.allow if old else NOTHING) | permissions,
                deny=(old.deny if old else NOTHING) & ~permissions,
            ),
        )

    def permit_command(self, guild: Guild, name: str | None, target: Role | User, *, allowed: bool) -> None:
        """Say in the server's integration settings who may use a command, or all of the bot's (None)."""
        ids = [int(each["id"]) for each in self.world.commands[None] if each["name"] == name]
        kind = 1 if isinstance(target, Role) else 2
        about = ids[0] if name is not None else self.world.application.id
        entries = self.world.command_permissions.setdefault((guild.id, about), {})
        entries[target.id, kind] = allowed

    def set_role(self, role: Role, guild: Guild, permissions: Permission) -> None:
        """Replace what a role grants in the whole server."""
        role.permissions = permissions
        self.world.changes.tell(changes.RolesUpdated(guild))

    def give_role(self, member: Member, role: Role) -> None:
        """Let a member have a role."""
        member.roles.append(role)
        self.world.changes.tell(changes.MemberUpdated(member))

    def add_role(self, guild: Guild, name: str, permissions: Permission) -> Role:
        """A new role, which nobody has."""
        role = Role(self.world.snowflakes.next(), name, permissions)
        guild.roles.append(role)
        self.world.changes.tell(changes.RolesUpdated(guild))
        return role

    def _let_in(self, guild: Guild, permissions: Permission, *, since: float) -> None:
        role = Role(self.world.snowflakes.next(), self.me.name, permissions, managed_by=self.me)
        guild.roles.append(role)
        guild.members[self.me.id] = Member(self.me, guild, since, [role])

    def _own_membership(self, channel: Channel) -> Member:
        return channel.home.members[self.me.id]
