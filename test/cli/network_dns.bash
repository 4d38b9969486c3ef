# Names on a network: the DNS responder, asked with dig and getent from the containers' network namespaces.
# harness: own mounts

GATEWAY=10.77.0.1
servers=()

pid_of() { inspect "$1" '{{.State.Pid}}'; }
# ask CONTAINER ARG…: dig from the container's network.
ask() { nsenter -t "$(pid_of "$1")" -n dig +time=9 +tries=1 +nocookie "@${server:-$GATEWAY}" "${@:2}"; }
short() { ask "$@" +short; }
status() { ask "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
resolves() { [ "$(short "$1" "$2")" = "$3" ]; }
# inside CONTAINER COMMAND…: this host's programs with the container's network, resolv.conf and hosts.
inside() {
    local id
    id=$(inspect "$1" '{{.Id}}')
    nsenter -t "$(pid_of "$1")" -n unshare -m --propagation private bash -c \
        'mount --bind "$1/resolv.conf" /etc/resolv.conf; mount --bind "$1/hosts" /etc/hosts; shift; exec "$@"' - "$SKIFF_RUNROOT/$id" "${@:2}"
}
address() { inspect "$1" "{{(index .NetworkSettings.Networks \"${2:-net}\").IPAddress}}"; }
network_id() { skiff network inspect --format '{{.ID}}' "$1" | tr -d '[]'; }
responder() { local pid rest; read -r pid rest <"$SKIFF_RUNROOT/dns/$(network_id "${1:-net}")/serving"; echo "$pid"; }
responders() { pgrep -f -c "dns-responder $SKIFF_RUNROOT/" || true; }
no_responder() { [ "$(responders)" = 0 ]; }

start_network() { run 0 network create --subnet 10.77.0.0/24 "$@"; }

# A host that asks 192.0.2.53 and 192.0.2.54, which are in a namespace of their own behind a link.
start_upstream() {
    mkdir -p /run/netns
    mount -t tmpfs tmpfs /run/netns
    ip netns add upstream
    ip link add up0 type veth peer name up1 netns upstream
    ip addr add 192.0.2.1/24 dev up0
    ip link set up0 up
    ip -n upstream link set lo up
    ip -n upstream addr add 192.0.2.53/24 dev up1
    ip -n upstream addr add 192.0.2.54/24 dev up1
    ip -n upstream link set up1 up
    answer_at 192.0.2.53 198.51.100.1 "$@"
    answer_at 192.0.2.54 198.51.100.2
    mount -t tmpfs tmpfs /mnt
    host_asks 'nameserver 192.0.2.53' 'search host.example'
    mount --bind /mnt/resolv.conf /etc/resolv.conf
}
answer_at() {  # ADDRESS ANSWER [ARG…]
    ip netns exec upstream "$TEST_HARNESS/dns_server.py" "$1" "$2" --log "$SKIFF_SCRATCH/asked.$1" "${@:3}" >"$SKIFF_SCRATCH/ready.$1" &
    servers+=($!)
    eventually contains "$SKIFF_SCRATCH/ready.$1" ready
}
stop_servers() {
    kill "${servers[@]}"
    wait "${servers[@]}" || true
    ! mountpoint -q /etc/resolv.conf || umount /etc/resolv.conf
}
host_asks() { printf '%s\n' "$@" >/mnt/resolv.conf; }
asked() { cat "$SKIFF_SCRATCH/asked.${1:-192.0.2.53}" 2>/dev/null || true; }

test_names() {
    start_network net
    start_sleeper web --network net:alias=www,alias=Web.Dotted
    start_sleeper db --network net --network-alias store
    local id
    id=$(inspect web '{{.Id}}')
    for name in web WEB web.dns.podman www web.dotted "${id:0:12}"; do is "$(short db "$name")" "$(address web)"; done
    is "$(short web store)" "$(address db)"
    is "$(short web -x "$(address db)")" db.dns.podman.
    is "$(short web host.containers.internal)" "$GATEWAY"
    is "$(status web db AAAA)" NOERROR
    is "$(short web db AAAA)" ''
    is "$(status web nosuch)" NXDOMAIN
    is "$(status web nosuch.dns.podman)" NXDOMAIN
    is "$(status web -x 10.77.0.200)" NXDOMAIN
    is "$(short web +tcp db)" "$(address db)"
}

test_programs_find_names() {
    start_network net
    start_sleeper web --network net
    start_sleeper db --network net
    like "$(inside web getent hosts db)" "^$(address db) +db"
    like "$(inside web getent ahosts db.dns.podman)" "^$(address db) "
    like "$(inside web getent hosts "$(address db)")" 'db'
    ! inside web getent hosts nosuch || fail 'found what is not there'
    like "$(skiff exec web nslookup db)" "$(address db)"
    unlike "$(skiff exec web nslookup nosuch 2>&1 || true)" '10\.77\.0\.[2-9]'
}

test_ipv6() {
    [ -d /proc/sys/net/ipv6 ] || skip 'no IPv6 here'
    run 0 network create --ipv6 --subnet fd00:77::/64 --subnet 10.77.0.0/24 net
    start_sleeper web --network net
    start_sleeper db --network net
    local six
    six=$(inspect db '{{(index .NetworkSettings.Networks "net").GlobalIPv6Address}}')
    is "$(short web db AAAA)" "$six"
    is "$(server=fd00:77::1 short web db)" "$(address db)"
    is "$(short web -x "$six")" db.dns.podman.
    like "$(inside web getent ahostsv6 db)" "^$six "
}

test_names_follow_the_members() {
    start_network net
    start_sleeper web --network net
    run 0 run -d --name db --network net "$IMAGE" sleep 1000
    local before
    before=$(address db)
    is "$(short web db)" "$before"
    run 0 restart -t 0 db
    isnt "$(address db)" "$before"
    is "$(short web db)" "$(address db)"
    run 0 stop -t 0 db
    is "$(status web db)" NXDOMAIN
    run 0 start db
    is "$(short web db)" "$(address db)"
    run 0 rm -f -t 0 db
    is "$(status web db)" NXDOMAIN
}

test_networks_are_apart() {
    start_network net
    run 0 network create --subnet 10.78.0.0/24 back
    start_sleeper web --network net
    start_sleeper store --network back
    start_sleeper both --network net --network back
    is "$(status web store)" NXDOMAIN
    is "$(short web both)" "$(address both)"
    is "$(server=10.78.0.1 short store both)" "$(address both back)"
    is "$(short both store)" "$(address store back)"
    is "$(server=10.78.0.1 short both web)" "$(address web)"
    is "$(server=10.78.0.1 status web store)" REFUSED
    like "$(inside both getent hosts store)" "^$(address store back) "
    like "$(inside both getent hosts web)" "^$(address web) "
    run 0 network disconnect back both
    is "$(status both store)" NXDOMAIN
    is "$(server=10.78.0.1 status store both)" NXDOMAIN
    run 0 network connect --alias guest back web
    is "$(short web store)" "$(address store back)"
    is "$(server=10.78.0.1 short store guest)" "$(address web back)"
}

test_the_rest_is_asked_of_the_host_servers() {
    start_upstream
    start_network net
    start_sleeper web --network net
    start_sleeper db --network net
    is "$(short web www.example.com)" 198.51.100.1
    is "$(status web nothing.example.com)" NXDOMAIN
    is "$(status web servfail.example.com)" SERVFAIL
    is "$(short web forged.example.com)" 198.51.100.1
    is "$(short web lost.example.com)" 198.51.100.1
    is "$(short web big.example.com TXT | wc -c)" 3036
    is "$(short web +tcp www.example.com)" 198.51.100.1
    like "$(ask web +notcp +ignore big.example.com TXT)" 'flags: qr tc'
    like "$(asked)" 'tcp [0-9]+ [0-9]+ big.example.com 16'
    # A port and an ID of its own for every query.
    is "$(asked | grep ^udp | cut -d' ' -f2 | sort | uniq -d | wc -l)" 0
    is "$(asked | cut -d' ' -f3 | sort | uniq -d | wc -l)" 0
    # Names of one label, and those of the domain, stay here.
    is "$(status web nosuch)" NXDOMAIN
    is "$(status web nosuch.dns.podman)" NXDOMAIN
    unlike "$(asked)" nosuch
    # The host's search domains come after the networks' own: a name that is here is not looked for there.
    like "$(inside web getent hosts elsewhere)" '^198.51.100.1 +elsewhere.host.example'
    like "$(inside web getent ahosts db)" "^$(address db) "
    unlike "$(asked)" ' db'
    stop_servers
}

test_a_server_that_fails_is_followed_by_the_next() {
    start_upstream
    host_asks 'nameserver 192.0.2.53' 'nameserver 192.0.2.54'
    start_network net
    start_sleeper web --network net
    kill "${servers[0]}"
    wait "${servers[0]}" || true
    unset 'servers[0]'
    is "$(short web first.example.com)" 198.51.100.2
    # Back, and not asked yet: who failed is asked last for a while.
    answer_at 192.0.2.53 198.51.100.1
    is "$(short web second.example.com)" 198.51.100.2
    unlike "$(asked)" second
    is "$(status web silent.example.com)" SERVFAIL
    stop_servers
}

test_changes_of_the_host_are_followed() {
    start_upstream
    start_network net
    start_sleeper web --network net
    is "$(short web www.example.com)" 198.51.100.1
    host_asks 'nameserver 192.0.2.54'
    is "$(short web www.example.com)" 198.51.100.2
    # Only loopback servers, and nothing of systemd-resolved: they are asked from the host's namespace.
    "$TEST_HARNESS/dns_server.py" 127.0.0.77 198.51.100.77 >"$SKIFF_SCRATCH/ready.local" &
    servers+=($!)
    eventually contains "$SKIFF_SCRATCH/ready.local" ready
    host_asks 'nameserver 127.0.0.77'
    [ -e /run/systemd/resolve/resolv.conf ] || is "$(short web www.example.com)" 198.51.100.77
    stop_servers
}

test_servers_of_a_network_and_of_a_container() {
    start_upstream
    start_network --dns 192.0.2.54 net
    start_sleeper web --network net
    start_sleeper own --network net --dns 192.0.2.53
    is "$(short web www.example.com)" 198.51.100.2
    is "$(short own www.example.com)" 198.51.100.1
    is "$(short own web)" "$(address web)"
    run 0 network update --dns-drop 192.0.2.54 --dns-add 192.0.2.53 net
    is "$(short web www.example.com)" 198.51.100.1
    stop_servers
}

test_internal_networks_forward_nothing() {
    start_upstream
    start_network --internal net
    run 0 network create --subnet 10.78.0.0/24 outer
    start_sleeper web --network net
    start_sleeper db --network net
    start_sleeper both --network net --network outer
    is "$(short web db)" "$(address db)"
    is "$(status web www.example.com)" NXDOMAIN
    is "$(status web www.example.com AAAA)" NXDOMAIN
    is "$(status web +tcp www.example.com TXT)" NXDOMAIN
    is "$(asked)" ''
    is "$(short both www.example.com)" 198.51.100.1
    stop_servers
}

test_one_process_while_there_are_members() {
    start_network net
    no_responder
    local names=(n1 n2 n3 n4 n5 n6 n7 n8) name
    for name in "${names[@]}"; do skiff run -d --name "$name" --network net "$IMAGE" sleep 1000 >"out.$name" & done
    wait
    is "$(responders)" 1
    for name in "${names[@]}"; do is "$(short n1 "$name")" "$(address "$name")"; done
    run 0 rm -f -t 0 "${names[@]:1}"
    is "$(responders)" 1
    is "$(short n1 n1)" "$(address n1)"
    run 0 rm -f -t 0 n1
    eventually no_responder
    is "$(ls "$SKIFF_RUNROOT/dns")" ''
    start_sleeper again --network net
    is "$(short again again)" "$(address again)"
}

# No command is run between the kill and the answer.
test_killed_it_is_back_within_a_second() {
    start_network net
    start_sleeper web --network net
    start_sleeper db --network net
    local pid address round first
    pid=$(pid_of web)
    address=$(address db)
    for round in 1 2 3; do
        first=$(responder)
        kill -9 "$first"
        sleep 0.9
        is "$(nsenter -t "$pid" -n dig +time=1 +tries=1 +short "@$GATEWAY" db)" "$address"
        isnt "$(responder)" "$first"
        is "$(responders)" 1
    done
}

# Nobody is left that watches it: the next command that changes the network's members brings it back.
test_killed_with_all_monitors() {
    start_network net
    start_sleeper web --network net
    local monitor
    monitor=$(inspect web '{{.State.ConmonPid}}')
    kill -9 "$monitor" "$(responder)"
    sleep 0.2
    start_sleeper db --network net
    is "$(short db web)" "$(address web)"
}

test_disable_dns() {
    start_network --disable-dns net
    start_sleeper web --network net
    no_responder
    isnt "$(inside web cat /etc/resolv.conf | grep -c "$GATEWAY")" 1
}

# A resolver that found no IPv6 address goes on through its search list: another server's answer would be taken for the container's.
test_names_are_not_looked_for_elsewhere() {
    start_upstream
    start_network net
    start_sleeper web --network net
    start_sleeper db --network net
    start_sleeper own --network net --dns-search own.example
    is "$(status web db.host.example AAAA)" NOERROR
    is "$(status own db.own.example AAAA)" NOERROR
    inside web getent ahostsv6 db >/dev/null || true
    is "$(inside web getent hosts db | awk '{print $1}')" "$(address db)"
    unlike "$(asked)" 'db\.'
    # Whoever means that whole name gets it: with an address of the family the search had ended before.
    is "$(short web db.host.example A)" 198.51.100.1
    is "$(status own db.host.example AAAA)" NOERROR
    like "$(asked)" 'db\.host\.example'
    stop_servers
}

# The first network with names changes who is asked, in the files that the container has mounted.
test_joining_a_network_with_names() {
    start_upstream
    start_network net
    start_sleeper db --network net
    start_sleeper web --network bridge
    is "$(skiff exec web cat /etc/resolv.conf)" $'search host.example\nnameserver 192.0.2.53'
    skiff exec web sh -c 'echo "192.0.2.9 mine" >>/etc/hosts'
    run 0 network connect net web
    is "$(skiff exec web cat /etc/resolv.conf)" $'search dns.podman host.example\nnameserver 10.77.0.1'
    like "$(skiff exec web cat /etc/hosts)" "$(address web net).*web"
    is "$(skiff exec web nslookup -type=a db.dns.podman 2>&1 | tail -2 | awk '/Address/ {print $2}')" "$(address db)"
    skiff exec web sh -c 'echo "options timeout:9" >>/etc/resolv.conf'
    run 0 network disconnect net web
    is "$(skiff exec web cat /etc/resolv.conf)" $'search host.example\nnameserver 192.0.2.53\noptions timeout:9'
    unlike "$(skiff exec web cat /etc/hosts)" 10.77.0
    like "$(skiff exec web cat /etc/hosts)" '192.0.2.9 mine'
    run 0 rm -f -t 0 -a
    stop_servers
}

test_dns_bind_port() {
    printf '[network]\ndns_bind_port = 5354\n' >conf
    export CONTAINERS_CONF_OVERRIDE=$PWD/conf
    start_network net
    start_sleeper web --network net
    start_sleeper db --network net
    is "$(ask web -p 5354 db +short)" "$(address db)"
    is "$(short web db)" "$(address db)"
    run 0 rm -f -t 0 -a
    unset CONTAINERS_CONF_OVERRIDE
}

test_another_server_on_port_53() {
    "$TEST_HARNESS/dns_server.py" 0.0.0.0 203.0.113.9 >ready &
    servers+=($!)
    eventually contains ready ready
    start_network net
    start_sleeper web --network net
    start_sleeper db --network net
    isnt "$(cat "$SKIFF_RUNROOT/dns/$(network_id net)/port")" 53
    is "$(short web db)" "$(address db)"
    is "$(short web +tcp db)" "$(address db)"
    kill -9 "$(responder)"
    sleep 0.9
    is "$(short web db)" "$(address db)"
    stop_servers
}

test_strangers_and_hostile_packets() {
    start_network net
    start_sleeper web --network net
    local before pid
    before=$(responder)
    pid=$(pid_of web)
    nsenter -t "$pid" -n "$TEST_HARNESS/dns_abuse.py" "$GATEWAY" packets "$TEST_HARNESS"/../fuzz/corpus/dns/*
    is "$(short web web)" "$(address web)"
    mkfifo hold
    nsenter -t "$pid" -n "$TEST_HARNESS/dns_abuse.py" "$GATEWAY" connections 300 <hold >opened &
    exec 7>hold
    eventually contains opened open
    is "$(short web web)" "$(address web)"
    is "$(short web +tcp web)" "$(address web)"
    exec 7>&-
    is "$(responder)" "$before"
    like "$(dig +time=2 +tries=1 "@$GATEWAY" web)" "$(address web)"
    ip addr add 198.18.0.1/32 dev lo
    is "$(dig +time=2 +tries=1 -b 198.18.0.1 "@$GATEWAY" web | sed -n 's/.*status: \([A-Z]*\),.*/\1/p')" REFUSED
}

# takes_less_than KB: of memory of its own. What it shares with every other process of skiff depends on how the binary was built.
takes_less_than() { [ "$(sed -n 's/^Pss_Anon: *\([0-9]*\).*/\1/p' "/proc/$(responder)/smaps_rollup")" -lt "$1" ]; }

test_memory() {
    start_network net
    start_sleeper web --network net
    local number
    for number in {1..50}; do short web "n$number" >/dev/null; done
    eventually takes_less_than 1024
}
