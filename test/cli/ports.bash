# Published ports: real traffic from a neighbour host, from this host, from containers; rules that others flush or add.

traffic() { /usr/bin/python3 -ISB "$TEST_HARNESS/traffic.py" "$@"; }
pid_of() { inspect "$1" '{{.State.Pid}}'; }
address() { inspect "$1" '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'; }
# serve CONTAINER PROTOCOL ADDRESS PORT: answers "CONTAINER PEER" inside of it.
serve() {
    nsenter -t "$(pid_of "$1")" -n /usr/bin/python3 -ISB "$TEST_HARNESS/traffic.py" serve "$@" &
    eventually serves_in "$1" "$2" "$4"
}
serves_in() { grep -qi ":$(printf %04X "$3") " <(nsenter -t "$(pid_of "$1")" -n cat /proc/self/net/"$2" /proc/self/net/"$2"6); }
# serve_here NAME PROTOCOL ADDRESS PORT, serve_neighbour likewise. (In the background a function would be a process more.)
serve_here() { /usr/bin/python3 -ISB "$TEST_HARNESS/traffic.py" serve "$@" & }
serve_neighbour() { nsenter -t "$neighbour_pid" -n /usr/bin/python3 -ISB "$TEST_HARNESS/traffic.py" serve "$@" & }
# inside CONTAINER COMMAND…: in its network, with the host's files.
inside() { nsenter -t "$(pid_of "$1")" -n "${@:2}"; }
# hears WHO PATTERN PROTOCOL ADDRESS PORT: WHO is here, neighbour or a container.
ask_from() {
    case $1 in
        here) traffic ask "${@:2}" ;;
        neighbour) neighbour /usr/bin/python3 -ISB "$TEST_HARNESS/traffic.py" ask "${@:2}" ;;
        *) inside "$1" /usr/bin/python3 -ISB "$TEST_HARNESS/traffic.py" ask "${@:2}" ;;
    esac
}
answers() { [[ $(ask_from "$1" "${@:3}" 2>&1) =~ $2 ]]; }
hears() { like "$(ask_from "$1" "${@:3}" 2>&1)" "$2"; }
deaf() {
    local answer
    if answer=$(ask_from "$@" 2>&1); then fail "$* was answered: $answer"; fi
}

# Another host: 192.0.2.2 and 2001:db8::2; this one is 192.0.2.1 and 2001:db8::1 to it.
make_neighbour() {
    unshare -n sleep 300 &
    neighbour_pid=$!
    disown "$neighbour_pid"
    trap 'kill "$neighbour_pid" 2>/dev/null' EXIT
    eventually other_network "$neighbour_pid"
    ip link add out0 type veth peer name in0 netns "$neighbour_pid"
    ip addr add 192.0.2.1/24 dev out0
    ip -6 addr add 2001:db8::1/64 dev out0 nodad
    ip link set out0 up
    neighbour sh -c 'ip link set lo up; ip addr add 192.0.2.2/24 dev in0; ip -6 addr add 2001:db8::2/64 dev in0 nodad
        ip link set in0 up; ip route add default via 192.0.2.1; ip -6 route add default via 2001:db8::1'
}
other_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
neighbour() { nsenter -t "$neighbour_pid" -n "$@"; }
# The table of this root.
table() { nft list tables | sed -n 's/^table inet \(skiff.*\)/\1/p'; }
elements() { nft list map inet "$(table)" "$1"; }

test_from_everywhere() {
    make_neighbour
    start_sleeper web --network bridge -p 8080:80
    start_sleeper other --network bridge
    serve web tcp 0.0.0.0 80
    hears neighbour '^web 192\.0\.2\.2$' tcp 192.0.2.1 8080
    hears here '^web ' tcp 192.0.2.1 8080
    hears here '^web 10\.88\.0\.1$' tcp 127.0.0.1 8080
    hears other '^web ' tcp 192.0.2.1 8080
    hears other '^web ' tcp 10.88.0.1 8080
    hears web '^web ' tcp 192.0.2.1 8080
    run 0 rm -f -t 0 web
    deaf neighbour tcp 192.0.2.1 8080
    deaf here tcp 127.0.0.1 8080
    unlike "$(elements any4)" 8080
}

test_udp_and_ranges() {
    make_neighbour
    start_sleeper dns --network bridge -p 5300-5302:53-55/udp -p 192.0.2.1:9000:80
    serve dns udp 0.0.0.0 54
    serve dns tcp 0.0.0.0 80
    hears neighbour '^dns 192\.0\.2\.2$' udp 192.0.2.1 5301
    hears here '^dns ' udp 127.0.0.1 5301
    hears neighbour '^dns ' tcp 192.0.2.1 9000
    deaf here tcp 127.0.0.1 9000
    run 0 port dns
    is "$output" $'53/udp -> 0.0.0.0:5300\n54/udp -> 0.0.0.0:5301\n55/udp -> 0.0.0.0:5302\n80/tcp -> 192.0.2.1:9000'
    run 0 ps --format '{{.Ports}}'
    is "$output" '192.0.2.1:9000->80/tcp, 0.0.0.0:5300-5302->53-55/udp'
}

# What is published on a loopback address is nobody else's, whatever routes he makes (CVE-2025-54388).
test_loopback_stays_here() {
    make_neighbour
    start_sleeper web --network bridge -p 127.0.0.1:8080:80
    serve web tcp 0.0.0.0 80
    hears here '^web ' tcp 127.0.0.1 8080
    check_loopback_is_ours() {
        deaf neighbour tcp 192.0.2.1 8080
        neighbour ip route replace 10.88.0.0/16 via 192.0.2.1
        deaf neighbour tcp "$(address web)" 80
        neighbour ip addr del 127.0.0.1/8 dev lo 2>/dev/null || true
        neighbour ip route replace 127.0.0.1/32 via 192.0.2.1 src 192.0.2.2
        deaf neighbour tcp 127.0.0.1 8080
    }
    check_loopback_is_ours
    nft flush ruleset
    run 0 network reload --all
    check_loopback_is_ours
    start_sleeper curious --network bridge
    serve_here secret tcp 127.0.0.1 7000
    eventually answers here secret tcp 127.0.0.1 7000
    inside curious sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1/32 via 10.88.0.1'
    deaf curious tcp 127.0.0.1 7000
}

test_ipv6() {
    make_neighbour
    run 0 network create --ipv6 --subnet 10.77.0.0/24 --subnet fd77::/64 six
    start_sleeper web --network six -p 8080:80 -p '[::1]:8081:81/tcp' -p '[::1]:8082:82/udp'
    serve web tcp :: 80
    serve web udp 0.0.0.0 82
    hears neighbour '^web 2001:db8::2$' tcp 2001:db8::1 8080
    hears neighbour '^web ' tcp 192.0.2.1 8080
    hears here '^web ' tcp 2001:db8::1 8080
    hears here '^web ' tcp ::1 8080
    hears here '^web ' udp ::1 8082
    deaf neighbour tcp 2001:db8::1 8081
    run 0 port web 82/udp
    is "$output" '[::1]:8082'
}

# The monitor carries IPv6 to a container that has none.
test_ipv6_to_ipv4_container() {
    make_neighbour
    start_sleeper web --network bridge -p 8080:80
    serve web tcp 0.0.0.0 80
    hears here '^web 10\.88\.0\.1$' tcp ::1 8080
    hears neighbour '^web ' tcp 2001:db8::1 8080
    kill -9 "$(cat "$SKIFF_RUNROOT/$(inspect web '{{.Id}}')/launcher" | cut -d' ' -f1)"
    hears here '^web ' tcp 127.0.0.1 8080
}

test_port_in_use() {
    serve_here mine tcp 0.0.0.0 8080
    local server=$!
    eventually answers here mine tcp 127.0.0.1 8080
    run 126 run -d --name web --network bridge -p 8080:80 "$IMAGE" true
    says 8080/tcp 'address already in use'
    kill "$server"
    run 0 rm -f web
    start_sleeper one --network bridge -p 8080:80
    run 126 run -d --name two --network bridge -p 8080:81 "$IMAGE" true
    says 8080/tcp published one
    run 126 run -d --name three --network bridge -p 127.0.0.1:8080:81 "$IMAGE" true
    says 8080/tcp in use
    if traffic serve thief tcp 0.0.0.0 8080 2>/dev/null; then fail 'somebody else could listen'; fi
    run 0 restart -t 0 one
    run 0 stop -t 0 one
    run 0 start two
    run 0 rm -f -t 0 two
    run 0 start one
    missing "$SKIFF_RUNROOT/$(inspect two '{{.Id}}' 2>/dev/null || echo none)"
}

test_random_and_all() {
    new_image localhost/exposing <<'DESCRIPTION'
config ExposedPorts {"80/tcp": {}, "53/udp": {}}
DESCRIPTION
    run 0 create --name plain --network bridge localhost/exposing true
    run 0 port plain
    is "$output" ''
    is "$(inspect plain '{{json .NetworkSettings.Ports}}')" '{"53/udp":null,"80/tcp":null}'
    run 0 create --name all --network bridge -P --expose 7000-7001 localhost/exposing true
    run 0 port all
    is "$output" ''
    is "$(inspect all '{{range $port, $_ := .NetworkSettings.Ports}}{{$port}} {{end}}')" '53/udp 7000/tcp 7001/tcp 80/tcp '
    is "$(inspect all '{{range .HostConfig.PortBindings}}{{println (index . 0).HostPort}}{{end}}' | grep -c '[0-9]')" 4
    is "$(inspect all '{{json .Config.ExposedPorts}}')" '{"53/udp":{},"7000/tcp":{},"7001/tcp":{},"80/tcp":{}}'
    start_sleeper one --network bridge -p 80 -p 127.0.0.1::81
    run 0 port one
    is "$(cut -d' ' -f1 <<<"$output" | tr '\n' ' ')" '80/tcp 81/tcp '
    is "$(inspect one '{{json .Config.ExposedPorts}}')" '{"80/tcp":{},"81/tcp":{}}'
    run 0 port one 81
    like "$output" '^127\.0\.0\.1:[0-9]{4,5}$'
    is "$(inspect one '{{(index (index .HostConfig.PortBindings "81/tcp") 0).HostIp}}')" 127.0.0.1
    run 125 port one 82
    says 'failed to find published port "82"'
    run 0 stop one
    run 0 port one
    is "$output" ''
    run 125 port one 81
}

test_bad_values() {
    local value
    for value in 0 x 70000:80 80:80/icmp 1.2.3:80:80 '[::1:80:80' 8000-8002:80 5-4:5-4; do
        run 125 create --network bridge -p "$value" "$IMAGE"
        says --publish
    done
    run 125 create --network bridge -p 8080:80 -p 8080:81 "$IMAGE"
    says 8080/tcp twice
    run 125 create --network bridge --expose 80:80 "$IMAGE"
    says --expose
    expecting_warning=1 run 0 create --name without --network none -p 8080:80 "$IMAGE"
    says discarded
    run 0 port without
    is "$output" ''
}

# Whoever flushes the ruleset, the next command of any kind mends it; the administrator's chain is his.
test_flushed_ruleset() {
    make_neighbour
    start_sleeper web --network bridge -p 8080:80
    serve web tcp 0.0.0.0 80
    nft flush ruleset
    deaf neighbour tcp 192.0.2.1 8080
    run 0 ps -q
    hears neighbour '^web ' tcp 192.0.2.1 8080
    nft flush table inet "$(table)"
    start_sleeper other --network bridge
    hears neighbour '^web ' tcp 192.0.2.1 8080
    nft add rule inet "$(table)" admin ip saddr 192.0.2.2 drop
    deaf neighbour tcp 192.0.2.1 8080
    run 0 network reload web
    is "$output" "$(inspect web '{{.Id}}')"
    deaf neighbour tcp 192.0.2.1 8080
    nft flush chain inet "$(table)" admin
    hears neighbour '^web ' tcp 192.0.2.1 8080
    run 0 rm -f -t 0 web other
}

# A way out, hidden behind the host's address; nobody comes in uninvited.
test_way_out() {
    make_neighbour
    start_sleeper web --network bridge
    serve web tcp 0.0.0.0 80
    serve_neighbour world tcp 0.0.0.0 7000
    eventually answers web '^world 192\.0\.2\.1$' tcp 192.0.2.2 7000
    neighbour ip route replace 10.88.0.0/16 via 192.0.2.1
    deaf neighbour tcp "$(address web)" 80
    is "$(cat /proc/sys/net/ipv4/ip_forward)" 1
}

test_isolation() {
    make_neighbour
    local name
    for name in a b; do run 0 network create "$name"; done
    run 0 network create --opt isolate=false open
    run 0 network create --opt isolate=strict strict
    run 0 network create --internal inner
    for name in a b open strict inner; do
        start_sleeper "in-$name" --network "$name"
        serve "in-$name" tcp 0.0.0.0 80
    done
    start_sleeper published --network b -p 8080:80
    serve published tcp 0.0.0.0 80
    deaf in-a tcp "$(address in-b)" 80
    hears in-a '^in-open ' tcp "$(address in-open)" 80
    hears in-open '^in-a ' tcp "$(address in-a)" 80
    deaf in-open tcp "$(address in-strict)" 80
    deaf in-strict tcp "$(address in-open)" 80
    deaf in-a tcp "$(address in-inner)" 80
    hears in-a '^published ' tcp 192.0.2.1 8080
    serve_neighbour world tcp 0.0.0.0 7000
    eventually answers in-strict '^world ' tcp 192.0.2.2 7000
    deaf in-inner tcp 192.0.2.2 7000
    start_sleeper second --network inner -p 8090:80
    serve second tcp 0.0.0.0 80
    hears here '^second ' tcp 127.0.0.1 8090
    deaf neighbour tcp 192.0.2.1 8090
}

# Docker's host: its forward chain drops, and has a hook for the administrator.
test_docker_hook() {
    make_neighbour
    nft -f - <<'RULES'
table ip filter {
    chain DOCKER-USER { counter return; }
    chain FORWARD { type filter hook forward priority filter; policy drop; jump DOCKER-USER; }
}
RULES
    start_sleeper web --network bridge -p 8080:80
    serve web tcp 0.0.0.0 80
    hears neighbour '^web ' tcp 192.0.2.1 8080
    is "$(nft list chain ip filter DOCKER-USER | grep -c skiff0)" 2
    run 0 network reload --all
    is "$(nft list chain ip filter DOCKER-USER | grep -c skiff0)" 2
    run 0 rm -f -t 0 web
    run 0 system reset -f
    unlike "$(nft list ruleset)" skiff
}

test_foreign_drop() {
    make_neighbour
    nft -f - <<'RULES'
table inet strict {
    chain gate { type filter hook forward priority 10; policy accept; tcp dport 22 accept; counter drop; }
}
RULES
    expecting_warning=1 start_sleeper web --network bridge -p 8080:80
    says 'inet strict' gate skiff0 'nft '
    serve web tcp 0.0.0.0 80
    deaf neighbour tcp 192.0.2.1 8080
    eval "$(sed -n "s/.*let it by with: \(nft '[^']*'\).*/\1/p" <<<"$errors")"
    hears neighbour '^web ' tcp 192.0.2.1 8080
    run 0 network reload --all
    nft flush ruleset
    nft add table ip filter
    nft 'add chain ip filter FORWARD { type filter hook forward priority filter; policy drop; }'
    expecting_warning=1 run 0 network reload --all
    says 'iptables -I FORWARD -i skiff0 -j ACCEPT'
    nft flush ruleset
    nft add table inet firewalld
    nft 'add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; }'
    nft add rule inet firewalld filter_FORWARD reject with icmpx admin-prohibited
    expecting_warning=1 run 0 network reload --all
    says 'firewall-cmd --permanent --zone=trusted --add-interface=skiff0'
}

# A client that never stops asking finds the new container, not the old one's address.
test_udp_client_follows() {
    make_neighbour
    start_sleeper first --network bridge -p 5300:53/udp
    serve first udp 0.0.0.0 53
    hears neighbour '^first ' udp 192.0.2.1 5300 4444
    run 0 rm -f -t 0 first
    start_sleeper second --network bridge -p 5300:53/udp
    serve second udp 0.0.0.0 53
    eventually answers neighbour '^second ' udp 192.0.2.1 5300 4444
}

test_restart_keeps_ports() {
    start_sleeper web --network bridge -p 8080:80
    serve web tcp 0.0.0.0 80
    hears here '^web ' tcp 127.0.0.1 8080
    hears here '^web ' tcp ::1 8080
    run 0 restart -t 0 web
    serve web tcp 0.0.0.0 80
    hears here '^web ' tcp 127.0.0.1 8080
    hears here '^web ' tcp ::1 8080
}

test_many_ports() {
    run 0 run -d --name many --network bridge -p 20000-20599:1-600 "$IMAGE" "${SLEEPER[@]}"
    is "$(nft -j list map inet "$(table)" any4 | grep -o '"concat": \["tcp", 2[0-9]*\]' | wc -l)" 600
    serve many tcp 0.0.0.0 600
    hears here '^many ' tcp 127.0.0.1 20599
    run 0 rm -f -t 0 many
    unlike "$(elements any4)" 20599
}

# From podman-ps(1), .ExposedPorts; docker shows them in the same column.
test_exposed_ports_are_listed() {
    run 0 create --name c --network podman --expose 90-92 --expose 53/udp --expose 80 -p 18080:80 "$IMAGE" true
    run 0 ps -a --format '{{.Ports}}'
    is "$output" '0.0.0.0:18080->80/tcp, 90-92/tcp, 53/udp'
    run 0 ps -a --format '{{json .ExposedPorts}}'
    is "$(jq -c . <<<"$output")" '{"53":["udp"],"80":["tcp"],"90":["tcp"],"91":["tcp"],"92":["tcp"]}'
    run 0 create --name none "$IMAGE" true
    run 0 ps -a --filter name=none --format '{{.Ports}}|{{.ExposedPorts}}'
    is "$output" '|map[]'
}
