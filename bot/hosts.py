"""Which hosts are near: this machine, or its own network."""

from __future__ import annotations

import ipaddress


def is_private(host: str) -> bool:
    """Whether `host` is this machine or its own network, where plain http gives nothing away."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host
    return address.is_private


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
