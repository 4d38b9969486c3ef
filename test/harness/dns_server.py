#!/usr/bin/python3 -ISB
"""A DNS server for tests: answers by what the name begins with, and writes down what it was asked.

usage: dns_server.py ADDRESS ANSWER [--log FILE] [--no-tcp]

  servfail.…    SERVFAIL              refused.…   REFUSED
  silent.…      no answer             lost.…      no answer to the first query of it
  garbage.…     bytes that are no message; then nothing
  forged.…      a wrong ID first, then another name, then a loop of pointers, then the answer
  big.…         a TXT record of 3000 bytes: truncated by UDP
  nothing.…     NXDOMAIN
  all others    A ANSWER (AAAA: no data)

--log FILE: one line a query, "PROTOCOL SOURCE_PORT ID NAME TYPE". Says "ready" on standard output.
"""
import argparse
import select
import socket
import struct

A, TXT, AAAA, OPT = 1, 16, 28, 41


def read_name(message, at):
    labels = []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
        at += message[at] + 1
    return ".".join(labels), at + 1


def record(kind, data):
    return struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(data)) + data


def text_record(size):
    data = b"".join(bytes([250]) + b"x" * 250 for _ in range(size // 250))
    return record(TXT, data)


class Server:
    def __init__(self, options):
        self.options = options
        self.seen = set()
        self.family = socket.AF_INET6 if ":" in options.address else socket.AF_INET
        self.udp = self.open(socket.SOCK_DGRAM)
        self.tcp = None if options.no_tcp else self.open(socket.SOCK_STREAM)
        if self.tcp:
            self.tcp.listen(32)

    def open(self, kind):
        opened = socket.socket(self.family, kind)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((self.options.address, 53))
        return opened

    def log(self, protocol, peer, query_id, name, kind):
        if self.options.log:
            with open(self.options.log, "a") as file:
                file.write(f"{protocol} {peer[1]} {query_id} {name} {kind}\n")

    def answers(self, message, peer, protocol):
        """The messages that go back, in order."""
        query_id, = struct.unpack_from(">H", message)
        name, at = read_name(message, 12)
        kind, = struct.unpack_from(">H", message, at)
        question = message[12:at + 4]
        edns = struct.unpack_from(">H", message, 10)[0] > 0
        self.log(protocol, peer, query_id, name, kind)

        def reply(records=(), rcode=0, flags=0x8180, asked=question, reply_id=query_id):
            additional = b"\0" + struct.pack(">HHIH", OPT, 1232, 0, 0) if edns else b""
            return struct.pack(">6H", reply_id, flags | rcode, 1, len(records), 0, 1 if edns else 0) + asked + b"".join(records) + additional

        first = name.split(".")[0].lower()
        address = record(A, socket.inet_aton(self.options.answer))
        if first == "silent":
            return []
        if first == "lost" and name not in self.seen:
            self.seen.add(name)
            return []
        if first == "garbage":
            return [b"\xff" * 64, struct.pack(">6H", query_id, 0x8180, 1, 0xFFFF, 0xFFFF, 0xFFFF) + question]
        if first == "servfail":
            return [reply(rcode=2)]
        if first == "refused":
            return [reply(rcode=5)]
        if first == "nothing":
            return [reply(rcode=3)]
        if first == "forged":
            wrong = record(A, socket.inet_aton("203.0.113.66"))
            other = b"\5other" + b"\7example\0" + question[-4:]
            loop = struct.pack(">6H", query_id, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c" + question[-4:] + wrong
            return [reply([wrong], reply_id=query_id ^ 1), reply([wrong], asked=other), loop, reply([address])]
        if first == "big":
            whole = text_record(3000)
            return [reply([whole])] if protocol == "tcp" else [reply(flags=0x8380)]
        if kind == A:
            return [reply([address])]
        return [reply()]

    def serve_udp(self):
        message, peer = self.udp.recvfrom(4096)
        for answer in self.answers(message, peer, "udp"):
            self.udp.sendto(answer, peer)

    def serve_tcp(self):
        connection, peer = self.tcp.accept()
        with connection:
            connection.settimeout(2)
            length = connection.recv(2, socket.MSG_WAITALL)
            if len(length) < 2:
                return
            message = connection.recv(struct.unpack(">H", length)[0], socket.MSG_WAITALL)
            for answer in self.answers(message, peer, "tcp"):
                connection.sendall(struct.pack(">H", len(answer)) + answer)

    def run(self):
        print("ready", flush=True)
        sockets = [each for each in (self.udp, self.tcp) if each]
        while True:
            for ready in select.select(sockets, [], [])[0]:
                try:
                    if ready is self.udp:
                        self.serve_udp()
                    else:
                        self.serve_tcp()
                except (OSError, struct.error, IndexError):
                    pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("answer")
    parser.add_argument("--log")
    parser.add_argument("--no-tcp", action="store_true")
    Server(parser.parse_args()).run()


main()
