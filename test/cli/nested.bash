# skiff inside a container of skiff's: an image of busybox, the host's binary and its C library.

nested() {
    make_image inner.tar --name localhost/inner <<<busybox
    local library
    library=$(ldd "$SKIFF" | awk '/libc\.so/ {print $3}')
    run 0 run --rm "$@" -v "$(readlink -f "$SKIFF"):/usr/bin/skiff:ro" -v "$(dirname "$library"):$(dirname "$library"):ro" -v /lib64:/lib64:ro \
        -v "$PWD:/work" --tmpfs /var/lib/skiff:exec --tmpfs /run:exec "$IMAGE" sh -ec "$script"
}

test_privileged() {
    script='skiff load -q -i /work/inner.tar
        skiff run --rm --network none localhost/inner echo without network
        skiff run --rm --network bridge localhost/inner ip -4 -o addr show eth0
        skiff run -d --name web --memory 32m localhost/inner sleep 100
        skiff exec web echo in exec
        skiff ps --format "{{.Names}} {{.State}}"
        skiff network create --subnet 10.99.0.0/24 net
        skiff run -d --name db --network net localhost/inner sleep 100
        skiff run --rm --network net localhost/inner nslookup -type=a db.dns.podman | tail -2
        skiff rm -f -t 0 -a' nested --privileged
    like "$output" 'without network'
    like "$output" 'inet 10\.[0-9]+\.'
    like "$output" 'in exec'
    like "$output" 'web running'
    like "$output" 'Address: 10\.99\.0\.'
}

# Without --privileged: cgroups and /proc/sys are read-only, few capabilities, the default seccomp profile. docs/nested.md.
FEW_RIGHTS=(--cap-add sys_admin --cap-add net_admin)

# A monitor may end a moment after its container: what is left is counted when it had its time.
test_not_privileged() {
    script='skiff load -q -i /work/inner.tar
        for i in 1 2 3; do skiff run --rm --network none localhost/inner echo without network $i; done
        skiff run --rm --network host localhost/inner echo in the network of the outer one
        skiff run -d --name web --network none localhost/inner sh -c "sleep 1000 & wait"
        skiff exec web echo in exec
        skiff exec -d web sleep 500
        skiff top web | grep -c sleep
        skiff cp /work/inner.tar web:/copied
        skiff commit -q web localhost/second >/dev/null
        skiff run --rm --network none localhost/second ls /copied
        skiff kill web
        skiff wait web
        skiff start web
        skiff rm -f -t 0 web
        skiff ps -aq
        for i in $(seq 100); do set -- /proc/[0-9]*; [ $# -gt 1 ] || break; sleep 0.05; done
        echo $# left' nested "${FEW_RIGHTS[@]}"
    is "$(tail -n +2 <<<"$output" | grep -v '^[0-9a-f]\{64\}$')" "without network 1
without network 2
without network 3
in the network of the outer one
in exec
3
/copied
web
137
web
web
1 left"
}

test_not_privileged_with_a_bridge() {
    script='skiff load -q -i /work/inner.tar
        skiff run --rm --network bridge localhost/inner ip -4 -o addr show eth0' nested "${FEW_RIGHTS[@]}" --cap-add sys_ptrace --security-opt unmask=/proc/sys
    like "$output" 'inet 10\.[0-9]+\.'
}

# What needs a cgroup is refused, not left out.
test_without_cgroups() {
    script='skiff load -q -i /work/inner.tar
        skiff run --rm --network none --memory 32m localhost/inner true && exit 1
        skiff run --rm --network none --pids-limit 9 localhost/inner true && exit 2
        skiff run --rm --network none --pid host localhost/inner true && exit 3
        skiff run -d --name c --network none localhost/inner sleep 1000 >/dev/null
        skiff pause c && exit 4
        skiff update --memory 32m c && exit 5
        skiff stats --no-stream c && exit 6
        skiff ps --format "{{.Names}} {{.State}}"
        skiff rm -f -t 0 c' nested "${FEW_RIGHTS[@]}"
    like "$output" 'c running'
    is "$(grep -c 'mounted read-only' <<<"$errors")" 6
}

# With the host's network namespaces out of reach, what needs none still runs.
test_on_the_overlay_of_the_outer_container() {
    script='skiff --root /inner load -q -i /work/inner.tar && skiff --root /inner run --rm --network none localhost/inner echo hello || echo "refused $?"' nested --privileged
    like "$output" 'hello|refused 126'
}
