"""To which addresses may we connect, and which does a name have right now?"""

import ipaddress
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LookupTimeout
from functools import cache

LOOKUPS_AT_ONCE = 4
# Carries an IPv4 address to which the packet is sent in the end: RFC 6052.
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotFound(LookupError):
    """The name has no address."""


class NoAnswer(LookupError):
    """Nobody could say in time which address the name has."""


def addresses_of(host: str, wait_s: float) -> list[str]:
    """Return every address of a host, in the order of the system's preference.

    Raises :class:`NotFound`, or :class:`NoAnswer` after ``wait_s`` seconds.
    """
    found: Future[list[str]] = _lookups().submit(_resolve, host)
    try:
        return found.result(wait_s)
    except LookupTimeout:
        found.cancel()
        raise NoAnswer(host) from None
    except (OSError, UnicodeError) as error:
        raise NotFound(host) from error


@cache
def _lookups() -> ThreadPoolExecutor:
    # The system's resolver knows no time-out of ours, so it is waited for from outside.
    return ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="lookup")


def _resolve(host: str) -> list[str]:
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def is_public(address: str) -> bool:
    """Say whether an address is one of the open Internet, also when it is wrapped.

    IPv4 inside IPv6 is judged by the IPv4 address: mapped (RFC 4291), 6to4
    (RFC 3056), Teredo (RFC 4380) and NAT64 (RFC 6052).
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = _inside(parsed)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour
