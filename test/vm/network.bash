# What the host's kernel may lack: ipvlan, VLANs on a bridge, VRF, SCTP; and the bridge on Debian's own kernel.

address() { inspect "$1" "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}"; }
reaches() { skiff exec "$1" ping -c 1 -W 5 "$2" >/dev/null; }
start_pinger() { start_sleeper "$@" --cap-add net_raw; }
# A pair of links, the first of which is the parent of what containers have.
make_parent() {
    ip link add parent0 type veth peer name parent1
    ip link set parent0 up
    ip link set parent1 up
}

test_bridge_and_published_port() {
    run 0 run -d --name web --network bridge -p 127.0.0.1:8080:80 "$IMAGE" sh -c 'while :; do echo hello | nc -l -p 80; done'
    eventually eval '[ "$(busybox nc -w 5 127.0.0.1 8080 </dev/null)" = hello ]'
    start_pinger one --network bridge
    reaches one "$(address web podman)"
}

test_ipvlan_l2() {
    make_parent
    run 0 network create -d ipvlan -o parent=parent0 --subnet 10.66.0.0/24 --gateway 10.66.0.1 direct
    start_pinger one --network direct
    start_pinger two --network direct
    like "$(nsenter -t "$(inspect one '{{.State.Pid}}')" -n ip -d link show eth0)" 'ipvlan.* mode l2'
    reaches one "$(address two direct)"
    ip addr add 10.66.0.1/24 dev parent1
    reaches one 10.66.0.1
    run 125 run --rm --network direct:mac=02:00:00:00:00:01 "$IMAGE" true
}

test_ipvlan_l3() {
    local mode
    for mode in l3 l3s; do
        [ -e /sys/class/net/parent0 ] || make_parent
        run 0 network create -d ipvlan -o parent=parent0 -o mode="$mode" --subnet 10.67.0.0/24 routed
        start_pinger "one$mode" --network routed
        start_pinger "two$mode" --network routed
        like "$(nsenter -t "$(inspect "one$mode" '{{.State.Pid}}')" -n ip -d link show eth0)" "mode $mode"
        reaches "one$mode" "$(address "two$mode" routed)"
        run 0 rm -f -t 0 "one$mode" "two$mode"
        run 0 network rm routed
        ip link del parent0
    done
}

test_vlans_on_a_bridge() {
    ip link add br0 type bridge vlan_filtering 1
    ip link set br0 up
    local vlan
    for vlan in 100 200; do
        run 0 network create --interface-name br0 --opt mode=unmanaged --opt vlan=$vlan --subnet 10.68.0.0/24 "tagged$vlan"
        start_pinger "one$vlan" --network "tagged$vlan:ip=10.68.0.$((vlan + 1))"
        start_pinger "two$vlan" --network "tagged$vlan:ip=10.68.0.$((vlan + 2))"
    done
    reaches one100 10.68.0.102
    reaches one200 10.68.0.202
    ! reaches one100 10.68.0.202 || fail 'two VLANs reach each other'
    like "$(bridge vlan show)" '100 PVID'
    run 0 network create --opt vlan=7 own
    start_pinger own1 --network own
    start_pinger own2 --network own
    reaches own1 "$(address own2 own)"
}

test_vrf() {
    ip link add blue type vrf table 100
    ip link set blue up
    run 0 network create --subnet 10.69.0.0/24 --opt vrf=blue inblue
    start_pinger one --network inblue
    start_pinger two --network inblue
    reaches one "$(address two inblue)"
    like "$(ip -o link show master blue)" skiff
    like "$(ip route show vrf blue)" 10.69.0.0/24
    unlike "$(ip route show)" 10.69.0.0/24
}

test_sctp() {
    run 0 run -d --name server --network bridge -p 9000:9000/sctp "$IMAGE" "${SLEEPER[@]}"
    nsenter -t "$(inspect server '{{.State.Pid}}')" -n python3 -c '
import socket
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
listener.bind(("", 9000))
listener.listen()
while True:
    client, peer = listener.accept()
    client.sendall(b"hello over sctp")
    client.close()' &
    local listener=$! answer
    # shellcheck disable=SC2064
    trap "kill $listener" EXIT
    ip link add outside type veth peer name outside1
    ip netns add away
    ip link set outside1 netns away
    ip addr add 192.0.2.1/24 dev outside
    ip link set outside up
    ip -n away addr add 192.0.2.2/24 dev outside1
    ip -n away link set outside1 up
    answer=$(ip netns exec away python3 -c '
import socket, time
for attempt in range(40):
    try:
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
        client.settimeout(10)
        client.connect(("192.0.2.1", 9000))
        print(client.recv(100).decode())
        break
    except OSError as error:
        problem = error
        time.sleep(0.25)
else:
    print(problem)')
    ip netns del away
    is "$answer" 'hello over sctp'
    is "$(skiff port server)" '9000/sctp -> 0.0.0.0:9000'
}
