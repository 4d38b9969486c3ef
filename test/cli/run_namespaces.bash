# --network none|host, --pid, --ipc, --uts: host, private, container:NAME.

same_as_host() { is "$output" "$(readlink "/proc/self/ns/$1")"; }
other_than_host() { isnt "$output" "$(readlink "/proc/self/ns/$1")" && like "$output" "^$1:"; }

test_network_none() {
    run 0 run --rm --network none "$IMAGE" sh -c 'ls /sys/class/net; cat /sys/class/net/lo/operstate; ip -o addr show lo'
    is "$(head -n 1 <<<"$output")" lo
    like "$output" 127.0.0.1
    run 0 run --rm --network none "$IMAGE" sh -c 'nc -l -p 8000 -e echo hi & sleep 0.2; nc 127.0.0.1 8000'
    is "$output" hi
}

test_network_host() {
    run 0 run --rm --network host "$IMAGE" readlink /proc/self/ns/net
    same_as_host net
    run 0 run --rm --net host "$IMAGE" hostname
    is "$output" "$(hostname)"
}

test_unknown_network() {
    run 125 run --rm --network no-such-net "$IMAGE" true
    says no-such-net
}

test_pid() {
    run 0 run --rm "$IMAGE" readlink /proc/self/ns/pid
    other_than_host pid
    run 0 run --rm --pid host "$IMAGE" readlink /proc/self/ns/pid
    same_as_host pid
}

test_ipc() {
    run 0 run --rm "$IMAGE" readlink /proc/self/ns/ipc
    other_than_host ipc
    run 0 run --rm --ipc host "$IMAGE" readlink /proc/self/ns/ipc
    same_as_host ipc
}

test_uts() {
    run 0 run --rm "$IMAGE" readlink /proc/self/ns/uts
    other_than_host uts
    run 0 run --rm --uts host "$IMAGE" sh -c 'readlink /proc/self/ns/uts; hostname'
    is "$output" "$(readlink /proc/self/ns/uts)"$'\n'"$(hostname)"
    run 125 run --rm --uts host --hostname x "$IMAGE" true
}

test_namespaces_of_another_container() {
    local pid name
    start_sleeper first --hostname shared
    pid=$(inspect first '{{.State.Pid}}')
    for name in pid ipc net; do
        case $name in net) flag=--network ;; *) flag=--$name ;; esac
        run 0 run --rm "$flag" container:first "$IMAGE" readlink "/proc/self/ns/$name"
        is "$output" "$(readlink "/proc/$pid/ns/$name")"
    done
    run 0 run --rm --uts container:first "$IMAGE" hostname
    is "$output" shared
    run 0 run --rm --pid container:first "$IMAGE" ps
    like "$output" 'sleep 1000'
}

test_shared_memory_of_another_container() {
    start_sleeper first
    run 0 exec first sh -c 'echo from first >/dev/shm/file'
    run 0 run --rm --ipc container:first "$IMAGE" sh -c 'cat /dev/shm/file; echo back >/dev/shm/answer'
    is "$output" 'from first'
    run 0 exec first cat /dev/shm/answer
    is "$output" back
    run 0 run --rm "$IMAGE" ls /dev/shm
    is "$output" ''
    ! grep -q "$SKIFF_RUNROOT.*/shm " /proc/self/mountinfo || fail "the host sees the mount"
}

# What a container puts in the place of its /dev/shm is never followed out of it.
test_shared_memory_behind_a_link() {
    start_sleeper first --cap-add sys_admin --security-opt seccomp=unconfined
    run 0 exec first sh -c 'umount /dev/shm; rmdir /dev/shm; ln -s /etc /dev/shm'
    run 126 run --rm --ipc container:first "$IMAGE" ls /dev/shm
    says /dev/shm
}

test_namespace_of_a_container_that_is_missing_or_stopped() {
    run 125 run --rm --pid container:nobody "$IMAGE" true
    says nobody
    run 0 create --name idle "$IMAGE" true
    run 126 run --rm --pid container:idle "$IMAGE" true
    says idle
}

test_container_that_others_depend_on_is_not_removed() {
    start_sleeper base
    run 0 run -d --name leaf --pid container:base "$IMAGE" sleep 1000
    is_podman || run 125 rm -t 0 -f base
    is_podman || says leaf
    is "$(state base)" running
    run 0 rm -t 0 -f leaf
    run 0 rm -t 0 -f base
    start_sleeper base
    run 0 run -d --name leaf --pid container:base "$IMAGE" sleep 1000
    run 0 rm -t 0 -f --all
}

test_wrong_words() {
    local flag
    for flag in --pid --ipc --uts; do
        run 125 run --rm "$flag" nonsense "$IMAGE" true
        says nonsense
    done
}
