"""Which proxy leads to which host: read and decided as curl does it."""

from __future__ import annotations

import pytest

from bot.proxies import Proxies, Proxy, parse

SECRET = "hunter2-hunter2"
PLAIN, ENCRYPTED = Proxy("http", "plain.example", 3128), Proxy("socks5", "encrypted.example", 1080)


@pytest.mark.parametrize(
    ("text", "shown", "login"),
    [
        ("http://127.0.0.1:7890", "http://127.0.0.1:7890", (None, "")),
        ("127.0.0.1:7890", "http://127.0.0.1:7890", (None, "")),
        ("proxy.example", "http://proxy.example:80", (None, "")),
        ("HTTP://Proxy.Example:3128/", "http://proxy.example:3128", (None, "")),
        ("https://proxy.example", "https://proxy.example:443", (None, "")),
        ("socks5://127.0.0.1", "socks5://127.0.0.1:1080", (None, "")),
        ("socks5h://127.0.0.1:1081", "socks5://127.0.0.1:1081", (None, "")),
        ("socks://127.0.0.1:1081/", "socks5://127.0.0.1:1081", (None, "")),
        ("socks5://[::1]:1080", "socks5://[::1]:1080", (None, "")),
        ("http://bücher.example:80", "http://xn--bcher-kva.example:80", (None, "")),
        ("http://anna:pass@host:80", "http://host:80", ("anna", "pass")),
        ("anna:pass@host:80", "http://host:80", ("anna", "pass")),
        ("http://anna:p%40ss%3A%2F%23w@host:80", "http://host:80", ("anna", "p@ss:/#w")),
        ("http://anna:p@ss@host:80", "http://host:80", ("anna", "p@ss")),
        ("http://anna:пароль@host:80", "http://host:80", ("anna", "пароль")),
        ("http://anna@host:80", "http://host:80", ("anna", "")),
        ("socks5://anna:pass@host", "socks5://host:1080", ("anna", "pass")),
    ],
)
def test_an_address_is_read_as_people_write_it(text: str, shown: str, login: tuple[str | None, str]) -> None:
    """And shown without name and password."""
    proxy = parse(text)
    assert str(proxy) == shown
    assert (proxy.user, proxy.password) == login
    assert repr(proxy) == f"Proxy(scheme={proxy.scheme!r}, host={proxy.host!r}, port={proxy.port})"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "://",
        "http://",
        f"http://:{SECRET}@",
        f"ftp://anna:{SECRET}@host",
        f"socks4://anna:{SECRET}@host",
        f"http://anna:{SECRET}@host:0",
        f"http://anna:{SECRET}@host:65536",
        f"http://anna:{SECRET}@host:port",
        f"http://anna:{SECRET}@[host",
        f"http://anna:{SECRET}@ho st:80",
        f"http://anna:{SECRET}@host:80/path",
        f"http://anna:{SECRET}@host:80?query",
        f"http://anna:{SECRET}/@host:80",
        f"http://anna:{SECRET}#@host:80",
        f"http://an%3Ana:{SECRET}@host:80",
        f"socks5://anna:{SECRET}é@host",
        f"socks5://anna:{SECRET * 20}@host",
        "socks5://anna@host",
        f"{SECRET}\\:80",
    ],
)
def test_what_is_no_address_is_told(text: str) -> None:
    """In a sentence that does not repeat it."""
    with pytest.raises(ValueError, match=r"\w+ \w+") as trouble:
        parse(text)
    assert SECRET not in str(trouble.value)
    assert trouble.value.__cause__ is None
    assert trouble.value.__context__ is None or trouble.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://discord.com/api/v10", ENCRYPTED),
        ("wss://gateway.discord.gg/?v=10", ENCRYPTED),
        ("http://llama:8080/v1", PLAIN),
        ("ws://discord/gateway", PLAIN),
        ("https://8.8.8.8/", ENCRYPTED),
        ("https://127.evil.example/", ENCRYPTED),
        ("https://localhost.evil.example/", ENCRYPTED),
        ("http://localhost:1234/v1", None),
        ("http://LOCALHOST:1234/v1", None),
        ("http://localhost.:1234/v1", None),
        ("http://model.localhost:1234/v1", None),
        ("http://127.0.0.1:1234/v1", None),
        ("http://127.8.8.8/v1", None),
        ("https://[::1]/v1", None),
        ("https://[::ffff:127.0.0.1]/v1", None),
        ("http://0.0.0.0:1234/v1", None),
    ],
)
def test_each_kind_of_connection_has_its_proxy(url: str, proxy: Proxy | None) -> None:
    """But this machine, by whatever name, has none."""
    assert Proxies(plain=PLAIN, encrypted=ENCRYPTED).proxy_for(url) == proxy


def test_without_proxies_everything_is_direct() -> None:
    """Whatever is excepted."""
    assert Proxies(no_proxy=("*",)).proxy_for("https://discord.com/") is None
    assert Proxies(plain=PLAIN).proxy_for("https://discord.com/") is None
    assert Proxies(encrypted=ENCRYPTED).proxy_for("http://llama/") is None


@pytest.mark.parametrize(
    ("entries", "url", "excepted"),
    [
        ("*", "https://discord.com/", True),
        ("discord.com", "https://discord.com/", True),
        ("DISCORD.com", "https://discord.COM/", True),
        ("discord.com.", "https://discord.com/", True),
        ("discord.com", "https://discord.com./", True),
        ("discord.com", "https://cdn.discord.com/", True),
        (".discord.com", "https://cdn.discord.com/", True),
        (".discord.com", "https://discord.com/", True),
        ("*.discord.com", "https://cdn.discord.com/", True),
        ("discord.com", "https://notdiscord.com/", False),
        ("discord.com", "https://discord.com.example/", False),
        ("com", "https://discord.com/", True),
        ("discord.com:443", "https://discord.com/", True),
        ("discord.com:443", "wss://discord.com/", True),
        ("discord.com:8443", "https://discord.com/", False),
        ("discord.com:8443", "https://discord.com:8443/", True),
        ("llama:80", "http://llama/", True),
        ("10.0.0.0/8", "http://10.1.2.3:8080/", True),
        ("10.0.0.1/8", "http://10.1.2.3:8080/", True),
        ("10.0.0.0/8", "http://11.1.2.3:8080/", False),
        ("10.0.0.0/8", "http://ten.example/", False),
        ("fd00::/8", "http://[fd00::1]/", True),
        ("fd00::/8", "http://10.1.2.3/", False),
        ("10.1.2.3", "http://10.1.2.3:8080/", True),
        ("10.1.2.3:8080", "http://10.1.2.3:8080/", True),
        ("10.1.2.3:80", "http://10.1.2.3:8080/", False),
        ("1.2.3", "http://10.1.2.3/", False),
        ("2001:db8::1", "http://[2001:db8::1]:80/", True),
        ("2001:DB8:0::1", "http://[2001:db8::1]/", True),
        ("[2001:db8::1]", "http://[2001:db8::1]/", True),
        ("[2001:db8::1]:80", "http://[2001:db8::1]/", True),
        ("[2001:db8::1]:81", "http://[2001:db8::1]/", False),
        ("", "https://discord.com/", False),
        (".", "https://discord.com/", False),
        ("/", "https://discord.com/", False),
        ("10.0.0.0/99", "http://10.0.0.0/", False),
        ("http://discord.com", "https://discord.com/", False),
    ],
)
def test_exceptions_are_as_curl_has_them(entries: str, url: str, *, excepted: bool) -> None:
    """Hosts with all below them, addresses, networks, ports; what is none of these means nothing."""
    proxies = Proxies(plain=PLAIN, encrypted=ENCRYPTED, no_proxy=("other.example", entries))
    assert (proxies.proxy_for(url) is None) == excepted
