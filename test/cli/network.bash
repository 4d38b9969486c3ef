# Networks: default bridge, networks of one's own, addresses, traffic between containers.

address() { inspect "$1" "{{(index .NetworkSettings.Networks \"${2:-podman}\").IPAddress}}"; }
address6() { inspect "$1" "{{(index .NetworkSettings.Networks \"${2:-podman}\").GlobalIPv6Address}}"; }
# May ping: the test image's ping wants a raw socket.
start_pinger() { start_sleeper "$@" --cap-add net_raw; }
# reaches FROM ADDRESS: an answer within two seconds.
reaches() { skiff exec "$1" ping -c 1 -W 2 "$2"; }
# A server that says its name to who connects.
start_server() {
    run 0 run -d --name "$1" "${@:2}" "$IMAGE" sh -c "while :; do echo from $1 | nc -l -p 80 >/dev/null; done"
}
hears() { skiff exec "$1" nc -w 2 "$2" 80 </dev/null; }
hears_name() { [ "$(hears "$1" "$2")" = "from $3" ]; }

test_default_bridge() {
    run 0 run --rm --network bridge --name web "$IMAGE" sh -c 'ip -4 -o addr show eth0; ip route; cat /etc/hosts /sys/class/net/eth0/mtu'
    like "$output" 'inet 10\.88\.0\.[0-9]+/16'
    like "$output" 'default via 10\.88\.0\.1 dev eth0'
    like "$output" $'10.88.0.1\thost.containers.internal'
    like "$output" '10\.88\.0\.[0-9]+.*[0-9a-f]{12} web'
    like "$output" 1500
    run 0 network inspect podman --format '{{.NetworkInterface}} {{range .Subnets}}{{.Subnet}} {{.Gateway}}{{end}}'
    is "$output" 'skiff0 10.88.0.0/16 10.88.0.1'
    like "$(ip -o addr show skiff0)" 10.88.0.1/16
}

test_host_and_containers_reach_each_other() {
    start_server one --network bridge
    start_pinger two --network bridge
    isnt "$(address one)" "$(address two)"
    eventually hears_name two "$(address one)" one
    reaches two "$(address one)" >/dev/null
    reaches two 10.88.0.1 >/dev/null
    busybox ping -c 1 -W 2 "$(address two)" >/dev/null
}

test_own_network() {
    run 0 network create --subnet 10.77.0.0/24 --label color=blue own
    is "$output" own
    start_server one --network own
    start_pinger two --network own
    start_sleeper apart --network bridge
    like "$(address one own)" '^10\.77\.0\.'
    eventually hears_name two "$(address one own)" one
    run 125 network create own
    says own exists
    run 0 network create --ignore own
    run 2 network rm own
    says 'being used'
    run 0 rm -f -t 0 one two
    run 0 network rm own
    ! ip link show skiff1 2>/dev/null || fail "the bridge is still there"
    run 1 network exists own
}

test_several_networks() {
    run 0 network create --subnet 10.77.0.0/24 front
    run 0 network create --subnet 10.78.0.0/24 back
    run 0 run --rm --network front --network back:ip=10.78.0.9,interface_name=inner,mac=02:00:00:00:00:09 "$IMAGE" sh -c 'ip -o addr; ip route; cat /sys/class/net/inner/address'
    like "$output" 'eth0 +inet 10\.77\.0\.'
    like "$output" 'inner +inet 10\.78\.0\.9/24'
    like "$output" '02:00:00:00:00:09'
    like "$output" 'default via 10.77.0.1 dev eth0'
    run 125 run --rm --network front --network front "$IMAGE" true
    run 125 run --rm --network host --network front "$IMAGE" true
    run 125 run --rm --network back:ip=10.77.0.5 "$IMAGE" true
    says 10.77.0.5
}

test_ipv6() {
    [ -d /proc/sys/net/ipv6 ] || skip 'no IPv6 here'
    run 0 network create --ipv6 --subnet fd00:77::/64 --subnet 10.77.0.0/24 six
    start_pinger one --network six
    start_pinger two --network six:ip6=fd00:77::99
    is "$(address6 two six)" fd00:77::99
    reaches one fd00:77::99 >/dev/null
    reaches two "$(address6 one six)" >/dev/null
    run 0 exec one ip -6 route
    like "$output" 'default via fd00:77::1 dev eth0'
}

test_static_addresses() {
    start_pinger one --network bridge --ip 10.88.0.50 --mac-address 02:11:22:33:44:55
    is "$(address one)" 10.88.0.50
    is "$(inspect one '{{(index .NetworkSettings.Networks "podman").MacAddress}}')" 02:11:22:33:44:55
    run 126 run --rm --network bridge --ip 10.88.0.50 "$IMAGE" true
    says 10.88.0.50 allocated
    for wrong in 10.99.0.1 nonsense; do
        run 125 run --rm --network bridge --ip "$wrong" "$IMAGE" true
        says "$wrong"
    done
    for wrong in 10.88.0.1 10.88.0.0 10.88.255.255; do  # of the network, but nobody's: found when the container starts
        run 126 run --rm --network bridge --ip "$wrong" "$IMAGE" true
        says "$wrong"
    done
    run 0 restart -t 0 one
    is "$(address one)" 10.88.0.50
}

# What was freed a moment ago is the last to come back.
test_addresses_go_round() {
    run 0 network create --subnet 10.77.0.0/29 small
    local seen=() i
    for i in 1 2 3 4 5 6; do
        run 0 run --rm --network small "$IMAGE" sh -c "ip -4 -o addr show eth0 | sed 's/.*inet \([0-9.]*\).*/\1/'"
        seen+=("$output")
    done
    is "${seen[*]}" '10.77.0.2 10.77.0.3 10.77.0.4 10.77.0.5 10.77.0.6 10.77.0.2'
}

test_exhaustion() {
    run 0 network create --subnet 10.77.0.0/30 tiny
    start_pinger one --network tiny
    run 126 run --rm --network tiny "$IMAGE" true
    says 'no free address' tiny
    run 0 rm -f -t 0 one
    run 0 run --rm --network tiny "$IMAGE" true
}

test_connect_and_disconnect() {
    run 0 network create --subnet 10.77.0.0/24 front
    run 0 network create --subnet 10.78.0.0/24 back
    start_pinger one --network front
    start_pinger two --network back
    run 0 network connect --alias second --ip 10.78.0.44 back one
    run 0 exec one ip -o addr show eth1
    like "$output" 10.78.0.44/24
    reaches two 10.78.0.44 >/dev/null
    run 125 network connect back one
    says already
    run 0 network disconnect back one
    run 0 exec one ls /sys/class/net
    unlike "$output" eth1
    run 125 network disconnect back one
    says 'not connected'
    run 0 network disconnect -f back one
    run 0 create --name idle --network front "$IMAGE" ip -o addr
    run 0 network connect back idle
    run 0 start -a idle
    like "$output" 10.78.0
}

test_internal() {
    run 0 network create --internal --subnet 10.77.0.0/24 inside
    run 0 run --rm --network inside "$IMAGE" ip route
    unlike "$output" default
}

test_mtu_and_routes() {
    run 0 network create --subnet 10.77.0.0/24 -o mtu=1400 --route 10.200.0.0/16,10.77.0.7,500 special
    run 0 run --rm --network special "$IMAGE" sh -c 'cat /sys/class/net/eth0/mtu; ip route'
    like "$output" '^1400'
    like "$output" '10.200.0.0/16 via 10.77.0.7 dev eth0 +metric 500'
}

test_bad_networks() {
    local -i before after
    before=$(skiff network ls -q | wc -l)
    for arguments in '--driver nonsense' '--subnet 10.1.0.0' '--subnet 10.88.5.0/24' '--gateway 10.5.0.1' '--subnet 10.77.0.0/24 --gateway 10.78.0.1' \
        '--opt nonsense=1' '--opt mtu=9' '--subnet 10.77.0.0/24 --ip-range 10.78.0.0/28' '--interface-name lo' '--interface-name a/b' \
        '--subnet 10.77.0.0/24 --subnet 10.77.0.0/25' '--ipam-driver dhcp' '--driver macvlan'; do
        # shellcheck disable=SC2086
        run 125 network create $arguments bad
    done
    run 125 network create host
    run 125 network create -- -bad
    run 125 network rm podman
    says default
    run 1 network rm nosuch
    after=$(skiff network ls -q | wc -l)
    is "$after" "$before"
}

test_shared_network() {
    start_pinger one --network bridge
    run 0 run --rm --network container:one "$IMAGE" sh -c 'ip -o addr show eth0; cat /etc/hosts'
    like "$output" "$(address one)"
    like "$output" ' one'
}

test_macvlan() {
    ip link add parent0 type veth peer name parent1
    ip link set parent0 up
    ip link set parent1 up
    ip link add probe0 link parent0 type macvlan 2>/dev/null || skip 'no macvlan here'
    ip link del probe0
    run 0 network create -d macvlan -o parent=parent0 --subnet 10.66.0.0/24 --gateway 10.66.0.1 direct
    start_pinger one --network direct
    start_pinger two --network direct
    reaches one "$(address two direct)" >/dev/null
    ip addr add 10.66.0.1/24 dev parent1
    reaches one 10.66.0.1 >/dev/null
}

test_many_at_once() {
    local i pids=()
    for i in $(seq 20); do
        skiff run -d --network bridge --name "c$i" "$IMAGE" sleep 1000 >/dev/null &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || fail "a start failed"; done
    is "$(for i in $(seq 20); do address "c$i"; done | sort -u | wc -l)" 20
    run 0 rm -f -t 0 -a
    run 0 run --rm --network bridge "$IMAGE" true
}

# Another root's, or somebody else's, link and subnet: the default network gets the next.
test_default_network_makes_way() {
    run 0 network inspect podman --format '{{.NetworkInterface}}'
    is "$output" skiff0
    ip link add skiff0 type bridge
    ip link set skiff0 up
    run 0 run --rm --network bridge "$IMAGE" ip -4 -o addr show eth0
    like "$output" '10\.88\.'
    run 0 network inspect podman --format '{{.NetworkInterface}}'
    is "$output" skiff1
    ip link del skiff1
    ip link add other type bridge
    ip addr add 10.88.3.1/24 dev other
    run 0 run --rm --network bridge "$IMAGE" ip -4 -o addr show eth0
    unlike "$output" '10\.88\.'
    run 0 network create --subnet 10.77.0.0/24 own
    ip addr add 10.77.0.9/28 dev other
    run 126 run --rm --network own "$IMAGE" true
    says 10.77.0.0 other
}

test_sysctl_of_an_interface() {
    run 0 run --rm --network bridge --sysctl net.ipv4.conf.eth0.arp_filter=1 --sysctl net.ipv4.conf.all.rp_filter=2 "$IMAGE" \
        cat /proc/sys/net/ipv4/conf/eth0/arp_filter /proc/sys/net/ipv4/conf/all/rp_filter
    is "$output" $'1\n2'
    run 126 run --rm --network bridge --sysctl net.ipv4.conf.eth7.arp_filter=1 "$IMAGE" true
    says eth7
}

test_listing() {
    run 0 network create --label color=blue --subnet 10.77.0.0/24 own
    run 0 network ls
    like "$output" 'NETWORK ID +NAME +DRIVER'
    like "$output" 'own +bridge'
    like "$output" 'podman +bridge'
    run 0 inspect --type network own --format '{{.Name}} {{.Driver}}'
    is "$output" 'own bridge'
    run 0 network inspect own --format '{{json .Subnets}} {{range .Subnets}}{{.Gateway}}{{end}} {{.IPv6Enabled}} {{.Routes}}'
    is "$output" '[{"subnet":"10.77.0.0/24","gateway":"10.77.0.1"}] 10.77.0.1 false []'
    run 0 inspect own --format '{{.name}}'
    is "$output" own
    run 0 network ls -q --filter label=color=blue
    is "$output" own
    run 0 network ls --format '{{.Name}} {{.Driver}}' --filter name=own
    is "$output" 'own bridge'
    run 0 create --name c --network own "$IMAGE" true
    run 0 ps -a --format '{{.Networks}}'
    is "$output" own
    run 0 ps -aq --filter network=own
    isnt "$output" ''
    run 0 network prune -f
    is "$output" ''
    run 0 rm c
    run 0 network prune -f
    is "$output" own
}

test_refused_modes() {
    for mode in slirp4netns pasta:-T; do
        run 125 run --rm --network "$mode" "$IMAGE" true
        says "${mode%%:*}"
    done
    run 125 run --rm --network none --ip 10.88.0.5 "$IMAGE" true
}

test_restart_and_reboot() {
    start_pinger one --network bridge
    run 0 stop -t 0 one
    run 0 start one
    reaches one 10.88.0.1 >/dev/null
    run 0 kill one
    run 0 wait one
    run 0 start one
    isnt "$(address one)" ''
}

test_reset_removes_bridges() {
    run 0 network create gone
    run 0 run --rm --network gone,podman "$IMAGE" true
    like "$(ip link show type bridge)" skiff  # not into grep -q, which may leave before ip has written all
    run 0 system reset -f
    is "$(ip link show type bridge)" ''
}

# The order is the user's; what --ipv6 adds comes behind it. A range begins behind its own address, as podman shows it.
test_subnets_and_ranges_are_shown_as_given() {
    run 0 network create --ipv6 --subnet fd00:5c1f:77::/64 six
    like "$(skiff network inspect six -f '{{range .Subnets}}{{.Subnet}} {{end}}')" '^fd00:5c1f:77::/64 10\.'
    run 0 network create --subnet 10.197.7.0/24 --ip-range 10.197.7.128/25 half
    is "$(skiff network inspect half -f '{{range .Subnets}}{{.LeaseRange.StartIP}} {{.LeaseRange.EndIP}}{{end}}')" '10.197.7.129 10.197.7.255'
    run 0 network create --subnet 10.197.8.0/24 --ip-range 10.197.8.9/32 one
    is "$(skiff network inspect one -f '{{range .Subnets}}{{.LeaseRange.StartIP}} {{.LeaseRange.EndIP}}{{end}}')" '10.197.8.9 10.197.8.9'
    run 0 run --rm --network half "$IMAGE" ip -o -4 address show eth0
    like "$output" '10\.197\.7\.129/24'
}

test_what_listings_show_of_labels_and_addresses() {
    run 0 network create --label b=2 --label a --label c=x labelled
    run 0 network ls -f name=labelled --format '{{.Labels}} {{.IPAMOptions}}'
    is "$output" 'a=,b=2,c=x map[driver:host-local]'
    run 0 network inspect labelled -f '{{.Labels}}'
    is "$output" 'map[a: b:2 c:x]'
    run 125 network create labelled
    says 'network name labelled already used: network already exists'
    run 125 network create host
    says 'conflicts with a valid network mode'
    run 1 network rm nosuch
    says 'unable to find network with name or ID nosuch: network not found'
}

test_what_the_small_commands_answer() {
    run 0 network create used
    start_sleeper member --network used
    run 2 network rm used
    says '"used" has associated containers with it' "network is being used"
    run 125 network rm --time 0 used
    says "--force option must be specified"
    run 0 network reload member
    is "$output" "$(inspect member '{{.Id}}')"
    for option in --dns=1.1.1.1 --dns-search=example --dns-option=debug --add-host=a:1.1.1.1; do
        run 125 run --rm --network container:member "$option" "$IMAGE" true
        says "conflicting options" container
    done
    run 0 network rm --force --time 0 used
    run 1 container exists member
}
