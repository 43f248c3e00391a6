"""From which network does an address come? What many addresses of one person share."""

import ipaddress


def network_of(address: str) -> str:
    """Name the network of an address: /24 of IPv4, /64 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "net:unknown"
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    bits = 24 if found.version == 4 else 64
    return f"net:{ipaddress.ip_network((found, bits), strict=False)}"
