#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS server for tests, on loopback: UDP and TCP, IPv4 and IPv6, with every fault on request.

A zone is a text file, one record a line; # starts a comment:

    example.com      TXT   "v=spf1 mx -all"  "a second string of the same record"
    example.com      MX    10 mx.example.com
    mx.example.com   A     192.0.2.1
    www.example.com  CNAME example.com
    slow.example     FAULT delay=0.3 drop=0.05
    lost.example     TIMEOUT

TIMEOUT: questions for types that the name does not have are not answered. FAULT, for a name or for
all (*): delay=SECONDS or delay=FROM-TO, drop=PROBABILITY, rcode=N, wrong-id, truncate (over UDP),
no-tcp, garbage, wrong-question, lie=PROBABILITY (an answer for another question, with another id,
before the right one).

As a program: stub.py --zone FILE [--port N] [--ttl SECONDS]; it prints "PORT" when it is ready.
As a module: Stub(zone).start() runs it on a thread; .port, .queries, .stop().
"""

import argparse
import asyncio
import ipaddress
import random
import shlex
import socket
import struct
import sys
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
         "SPF": 99, "CAA": 257}
ANY = 255
NAMES = {number: name for name, number in TYPES.items()}


def canonical(name):
    return name.rstrip(".").lower()


def wire_name(name):
    out = b""
    for label in name.rstrip(".").split("."):
        raw = label.encode("latin-1")
        if raw:
            out += bytes([len(raw)]) + raw
    return out + b"\0"


def wire_text(strings):
    out = b""
    for text in strings or [""]:
        raw = text if isinstance(text, bytes) else text.encode("latin-1")
        for i in range(0, max(len(raw), 1), 255):
            piece = raw[i:i + 255]
            out += bytes([len(piece)]) + piece
    return out


def rdata(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "MX":
        return struct.pack("!H", int(value[0])) + wire_name(value[1])
    if kind == "SOA":
        return wire_name(value[0]) + wire_name(value[1]) + struct.pack("!5I", *map(int, value[2:7]))
    if kind == "SRV":
        return struct.pack("!3H", *map(int, value[:3])) + wire_name(value[3])
    if kind == "CAA":
        return bytes([int(value[0])]) + wire_text([value[1]]) + value[2].encode("latin-1")
    if kind in ("TXT", "SPF"):
        return wire_text([value] if isinstance(value, (str, bytes)) else value)
    if kind == "RAW":
        return value
    return wire_name(value)


class Zone:
    """records: {name: [(type, value)]}; faults: {name or "*": {fault: value}}."""

    def __init__(self):
        self.records = {}
        self.timeouts = set()
        self.faults = {}

    def add(self, name, kind, value):
        self.records.setdefault(canonical(name), []).append((kind, value))

    def fault(self, name, **faults):
        self.faults.setdefault(canonical(name) if name != "*" else "*", {}).update(faults)

    def read(self, path):
        with open(path, encoding="latin-1") as file:
            for line in file:
                words = shlex.split(line, comments=True)
                if words:
                    self.add_words(words)
        return self

    def add_words(self, words):
        name, kind, rest = words[0], words[1].upper(), words[2:]
        if kind == "TIMEOUT":
            self.timeouts.add(canonical(name))
        elif kind == "FAULT":
            for fault in rest:
                key, _, value = fault.partition("=")
                self.fault(name, **{key.replace("-", "_"): value or True})
        elif kind in ("MX", "SOA", "SRV", "CAA", "TXT", "SPF"):
            self.add(name, kind, rest)
        else:
            self.add(name, kind, rest[0])

    def fault_of(self, name, key):
        if key in self.faults.get(name, {}):
            return self.faults[name][key]
        return self.faults.get("*", {}).get(key)

    def lookup(self, name, number):
        """[(owner, type, value)], or None for "no such name"; CNAMEs are followed here."""
        answer, seen = [], set()
        while name not in seen:
            seen.add(name)
            if name not in self.records and name not in self.timeouts:
                return (answer, 3)
            found = [(name, k, v) for k, v in self.records.get(name, [])
                     if number in (TYPES.get(k), ANY)]
            cname = [(name, k, v) for k, v in self.records.get(name, []) if k == "CNAME"]
            if found or not cname:
                return (answer + found, 0)
            answer += cname
            name = canonical(cname[0][2])
        return (answer, 0)

    def times_out(self, name, number):
        return name in self.timeouts and not any(
            TYPES.get(k) == number for k, _ in self.records.get(name, []))


def read_question(packet):
    """(name in lower case, type, end of the question)."""
    at, labels = 12, []
    while packet[at]:
        size = packet[at]
        labels.append(packet[at + 1:at + 1 + size].decode("latin-1"))
        at += 1 + size
    return ".".join(labels).lower(), struct.unpack("!H", packet[at + 1:at + 3])[0], at + 5


def edns_size(packet, end):
    if struct.unpack("!H", packet[10:12])[0] and packet[end:end + 3] == b"\0\0\x29":
        return max(512, struct.unpack("!H", packet[end + 3:end + 5])[0])
    return 512


class Stub:
    def __init__(self, zone, port=0, ttl=0, seed=1, authoritative=False):
        # Not a resolver, but a server that has the zone itself.
        self.authoritative = authoritative
        self.zone, self.port, self.ttl = zone, port, ttl
        self.random = random.Random(seed)
        self.queries = 0
        self.tcp_queries = 0
        self.unanswered = 0
        self.log = []
        self.loop = None

    # The answer itself.

    def records(self, answer):
        out = b""
        for owner, kind, value in answer:
            data = rdata(kind, value)
            out += wire_name(owner) + struct.pack("!HHIH", TYPES[kind], 1, self.ttl, len(data)) + data
        return out

    def soa(self):
        data = b"\0\0" + struct.pack("!IIIII", 1, 3600, 600, 86400, self.ttl)
        return b"\0" + struct.pack("!HHIH", 6, 1, self.ttl, len(data)) + data

    def build(self, packet, tcp):
        name, number, end = read_question(packet)
        answer, rcode = self.zone.lookup(name, number)
        forced = self.zone.fault_of(name, "rcode")
        if forced is not None:
            answer, rcode = [], int(forced)
        body = self.records(answer)
        authority = 0
        if not answer and rcode in (0, 3):
            body, authority = self.soa(), 1
        truncated = not tcp and (self.zone.fault_of(name, "truncate") is not None or
                                 end + len(body) > edns_size(packet, end))
        if truncated:
            body, answer, authority = b"", [], 0
        flags = 0x8400 if self.authoritative else 0x8180
        flags |= (0x0200 if truncated else 0) | rcode
        head = packet[:2] + struct.pack("!HHHHH", flags, 1, len(answer), authority, 0)
        return head + packet[12:end] + body

    def lie(self, packet):
        """Another id, and an address for a name that was not asked for."""
        wrong = struct.pack("!H", (struct.unpack("!H", packet[:2])[0] + 1) & 0xffff)
        body = self.records([("liar.example", "A", "203.0.113.66")])
        _, _, end = read_question(packet)
        return wrong + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + packet[12:end] + body

    def replies(self, packet, tcp):
        """(delay, [packets]) for one question."""
        self.queries += 1
        self.tcp_queries += tcp
        name, number, end = read_question(packet)
        self.log.append((name, NAMES.get(number, str(number)), "tcp" if tcp else "udp"))
        get = lambda key: self.zone.fault_of(name, key)
        if (self.zone.times_out(name, number) or (tcp and get("no_tcp")) or
                self.random.random() < float(get("drop") or 0)):
            self.unanswered += 1
            return 0, []
        answer = self.build(packet, tcp)
        out = []
        if self.random.random() < float(get("lie") or 0):
            out.append(self.lie(packet))
        if get("wrong_id"):
            answer = struct.pack("!H", (struct.unpack("!H", answer[:2])[0] + 7) & 0xffff) + answer[2:]
        if get("wrong_question"):
            answer = answer[:12] + wire_name("other.example") + answer[end - 4:]
        if get("garbage"):
            answer = answer[:12] + bytes(self.random.randrange(256) for _ in range(len(answer) - 12))
        low, _, high = str(get("delay") or 0).partition("-")
        return self.random.uniform(float(low), float(high or low)), out + [answer]

    # Transport.

    class Udp(asyncio.DatagramProtocol):
        def __init__(self, stub):
            self.stub = stub

        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            try:
                delay, packets = self.stub.replies(data, False)
            except (IndexError, struct.error):
                return
            loop = asyncio.get_running_loop()
            for packet in packets:
                if delay:
                    loop.call_later(delay, self.transport.sendto, packet, addr)
                else:
                    self.transport.sendto(packet, addr)

    async def tcp_client(self, reader, writer):
        try:
            while True:
                size = struct.unpack("!H", await reader.readexactly(2))[0]
                delay, packets = self.replies(await reader.readexactly(size), True)
                await asyncio.sleep(delay)
                for packet in packets:
                    writer.write(struct.pack("!H", len(packet)) + packet)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def open(self, host, port):
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self.Udp(self), local_addr=(host, port))
        port = transport.get_extra_info("sockname")[1]
        # Many questions come at once, and what the kernel drops is asked again only after a while.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            server = await asyncio.start_server(self.tcp_client, host, port)
        except OSError:
            transport.close()
            raise
        self.transports.append(transport)
        self.servers.append(server)
        return port

    async def serve(self):
        self.transports, self.servers = [], []
        for tries in range(50):
            try:
                self.port = await self.open("127.0.0.1", self.port)
                break
            except OSError:
                # A port that is free for UDP only.
                if self.port or tries == 49:
                    raise
        try:
            await self.open("::1", self.port)
        except OSError as error:
            print("stub: no IPv6: %s" % error, file=sys.stderr)

    def run(self, ready):
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.serve())
        ready.set()
        self.loop.run_forever()
        for transport in self.transports:
            transport.close()
        for server in self.servers:
            server.close()
        self.loop.run_until_complete(asyncio.sleep(0))
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
            try:
                self.loop.run_until_complete(task)
            except asyncio.CancelledError:
                pass
        self.loop.close()

    def start(self):
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        if not ready.wait(10):
            raise RuntimeError("the DNS stub did not start")
        return self

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--zone", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ttl", type=int, default=60)
    parser.add_argument("--count", action="store_true",
                        help="serve until standard input ends, then print how many questions came")
    options = parser.parse_args()
    stub = Stub(Zone().read(options.zone), options.port, options.ttl).start()
    print(stub.port, flush=True)
    if options.count:
        sys.stdin.read()
        print(stub.queries, flush=True)
        return
    try:
        stub.thread.join()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
