"""Which proxy a connection goes through, by `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from yarl import URL

from bot.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Sequence

Scheme = Literal["http", "https", "socks5"]

_SCHEMES: dict[str, Scheme] = {
    "http": "http",
    "https": "https",
    # All three leave it to the proxy to look the host's name up: where Discord is out of reach, so, often, is an
    # honest answer to what its address is. `socks` is what desktops write.
    "socks5": "socks5",
    "socks5h": "socks5",
    "socks": "socks5",
}
_DEFAULT_PORTS: dict[Scheme, int] = {"http": 80, "https": 443, "socks5": 1080}
_PLAIN = {"http", "ws"}
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_LONGEST_SOCKS_LOGIN = 255

_EXAMPLE = (
    "it must be an address such as http://HOST:PORT or socks5://USER:PASSWORD@HOST:PORT, with special characters in"
    " name and password written as %XX"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the name and password it asks for, which are not shown."""

    scheme: Scheme
    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @property
    def url(self) -> URL:
        """Its address without name and password."""
        return URL.build(scheme=self.scheme, host=self.host, port=self.port)

    def __str__(self) -> str:
        """Its address without name and password, and always with its port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse(text: str) -> Proxy:
    """The proxy at the address `text`; without a scheme, as curl has it, it is one for http.

    Raises:
        ValueError: it is no address of a proxy that can be used; the error's text says what it must be, and does not
            repeat the address, which may hold a password.
    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise ValueError(_EXAMPLE) from None
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None:
        raise ValueError("it must begin with http://, https:// or socks5://")
    port = _DEFAULT_PORTS[scheme] if port is None else port
    if not port or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(_EXAMPLE)
    host = _encoded(parts.hostname)
    if parts.username is None:
        return Proxy(scheme, host, port)
    user, password = unquote(parts.username), unquote(parts.password or "")
    if scheme == "socks5":
        _check_socks_login(user, password)
    elif ":" in user:
        raise ValueError("a name with a colon can't be told to an http proxy")
    return Proxy(scheme, host, port, user, password)


def _encoded(host: str | None) -> str:
    """`host` as it is looked up: names in other scripts in their ASCII form."""
    if not host:
        raise ValueError(_EXAMPLE)
    try:
        return URL.build(scheme="http", host=host).raw_host or ""
    except ValueError:
        raise ValueError(_EXAMPLE) from None


def _check_socks_login(user: str, password: str) -> None:
    if not (user.isascii() and password.isascii()):
        raise ValueError("name and password for a socks proxy must be of ASCII characters")
    if not all(1 <= len(each) <= _LONGEST_SOCKS_LOGIN for each in (user, password)):
        raise ValueError("name and password for a socks proxy must have 1 to 255 characters each")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """The proxies for plain and for encrypted connections, and the hosts that are reached without one.

    Args:
        plain: for http:// and ws://.
        encrypted: for https:// and wss://.
        no_proxy: what `NO_PROXY` lists: hosts, which stand for all hosts below them, too; addresses and networks
            (`10.0.0.0/8`); each but networks perhaps with a port. `*` is every host.
    """

    plain: Proxy | None = None
    encrypted: Proxy | None = None
    no_proxy: Sequence[str] = ()

    def proxy_for(self, url: URL | str) -> Proxy | None:
        """The proxy for a connection to `url`; None if it is made directly, as it always is to this machine."""
        url = URL(url) if isinstance(url, str) else url
        host = (url.host or "").lower().rstrip(".")
        if is_this_machine(host) or self._excepted(host, url.port or _PORTS.get(url.scheme)):
            return None
        return self.plain if url.scheme in _PLAIN else self.encrypted

    def _excepted(self, host: str, port: int | None) -> bool:
        return any(_covers(entry.strip().lower(), host, port) for entry in self.no_proxy)


def is_this_machine(host: str) -> bool:
    """Whether `host` is this machine by any of the names that no other can have."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return is_loopback(str(mapped or address)) or address.is_unspecified


def _covers(entry: str, host: str, port: int | None) -> bool:
    """Whether one entry of `NO_PROXY` means `host`, at `port`."""
    if entry == "*":
        return True
    if network := _network(entry):
        address = _address(host)
        return address is not None and address in network
    name, wanted = _with_port(entry)
    if wanted is not None and wanted != port:
        return False
    if _address(host) is not None:
        return _address(name) == _address(host)
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _with_port(entry: str) -> tuple[str, int | None]:
    """`entry` as its host and, if it names one, its port. An IPv6 address has brackets around it then."""
    if _address(entry) is not None:
        return entry, None
    name, colon, port = entry.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return name, int(port)
    return entry, None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if "/" not in entry:
        return None
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
