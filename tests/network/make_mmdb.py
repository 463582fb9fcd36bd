#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes databases in MaxMind's format (version 2.0), for tests: make(type, {"NETWORK": record}).

As a program: make_mmdb.py PATH TYPE < NETWORKS.json, where the JSON is that dict."""

import ipaddress
import json
import struct
import sys

RECORD_OCTETS = 4  # 32 bits a record
SEPARATOR = b"\0" * 16
UINT16, UINT32, UINT64 = 5, 6, 9


def control(kind, size):
    """The octets in front of a value: its type and its size."""
    extended = b"" if kind < 8 else bytes([kind - 7])
    first = kind << 5 if kind < 8 else 0
    if size < 29:
        return bytes([first | size]) + extended
    if size < 29 + 256:
        return bytes([first | 29]) + extended + bytes([size - 29])
    return bytes([first | 30]) + extended + struct.pack("!H", size - 285)


def encode(value):
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(encode(v) for v in value)
    if isinstance(value, str):
        raw = value.encode()
        return control(2, len(raw)) + raw
    kind, number = value if isinstance(value, tuple) else (UINT32, value)
    raw = number.to_bytes(8, "big").lstrip(b"\0")
    return control(kind, len(raw)) + raw


def bits_of(network):
    """The path of a network through the tree; IPv4 is ::/96."""
    network = ipaddress.ip_network(network)
    number, length = int(network.network_address), network.prefixlen
    if network.version == 4:
        length += 96
    return [number >> (127 - i) & 1 for i in range(length)]


def make(kind, networks):
    nodes, data = [[None, None]], b""
    for network, record in networks.items():
        path, at = bits_of(network), 0
        for bit in path[:-1]:
            if not isinstance(nodes[at][bit], int):
                nodes.append([None, None])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][path[-1]] = ("data", len(data))
        data += encode(record)
    count = len(nodes)

    def pointer(child):
        if child is None:
            return count
        return child if isinstance(child, int) else count + 16 + child[1]

    tree = b"".join(struct.pack("!2I", pointer(left), pointer(right)) for left, right in nodes)
    metadata = encode({
        "node_count": count, "record_size": (UINT16, RECORD_OCTETS * 8),
        "ip_version": (UINT16, 6), "database_type": kind, "languages": ["en"],
        "binary_format_major_version": (UINT16, 2), "binary_format_minor_version": (UINT16, 0),
        "build_epoch": (UINT64, 1700000000),
        "description": {"en": "for tests"}})
    return tree + SEPARATOR + data + b"\xab\xcd\xefMaxMind.com" + metadata


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as file:
        file.write(make(sys.argv[2], json.load(sys.stdin)))
