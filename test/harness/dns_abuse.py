#!/usr/bin/python3 -ISB
"""What nobody should send to a DNS server.

usage: dns_abuse.py ADDRESS packets FILE…     each file by UDP and by TCP, whole and cut short
       dns_abuse.py ADDRESS connections N     N TCP connections: some silent, some with half a message, some reset
"""
import pathlib
import socket
import struct
import sys

RESET = struct.pack("ii", 1, 0)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def packets(address, files):
    udp = socket.socket(family(address), socket.SOCK_DGRAM)
    for file in files:
        packet = pathlib.Path(file).read_bytes()
        for length in {len(packet), len(packet) // 2, max(len(packet) - 1, 0)}:
            udp.sendto(packet[:length], (address, 53))
        for declared in (len(packet), len(packet) + 5, 0, 0xFFFF):
            with socket.create_connection((address, 53), timeout=2) as tcp:
                tcp.sendall(struct.pack(">H", declared) + packet)
    udp.sendto(bytes(60000), (address, 53))


def connections(address, count):
    kept = []
    for number in range(count):
        try:
            tcp = socket.create_connection((address, 53), timeout=2)
        except OSError:
            continue
        kind = number % 4
        try:
            if kind == 1:
                tcp.sendall(b"\0\x20half")
            elif kind == 2:
                tcp.sendall(b"\0")
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                tcp.close()
                continue
            elif kind == 3:
                tcp.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed by the other side already
        kept.append(tcp)
    print("open", flush=True)
    sys.stdin.read()


def main():
    if sys.argv[2] == "packets":
        packets(sys.argv[1], sys.argv[3:])
    else:
        connections(sys.argv[1], int(sys.argv[3]))


main()
