"""One end of real traffic: `serve NAME PROTOCOL ADDRESS PORT` answers whoever asks with "NAME PEER", until its parent dies;
`ask PROTOCOL ADDRESS PORT [SOURCE PORT]` prints the answer, or fails within two seconds. PROTOCOL is tcp or udp."""
import ctypes
import signal
import socket
import sys

PATIENCE = 2


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def make_socket(protocol, address):
    made = socket.socket(family_of(address), socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made


def serve(name, protocol, address, port):
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    server = make_socket(protocol, address)
    server.bind((address, int(port)))
    if protocol == "tcp":
        server.listen(64)
    while True:
        if protocol == "tcp":
            client, peer = server.accept()
            with client:
                client.sendall(f"{name} {peer[0]}".encode())
        else:
            _, peer = server.recvfrom(2048)
            server.sendto(f"{name} {peer[0]}".encode(), peer)


def ask(protocol, address, port, source_port="0"):
    client = make_socket(protocol, address)
    client.settimeout(PATIENCE)
    client.bind(("::" if ":" in address else "0.0.0.0", int(source_port)))
    client.connect((address, int(port)))
    if protocol == "udp":
        client.send(b"?")
    answer = client.recv(2048)
    if not answer:
        sys.exit("the connection was closed without an answer")
    print(answer.decode())


if __name__ == "__main__":
    try:
        {"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:])
    except OSError as error:
        sys.exit(str(error))
