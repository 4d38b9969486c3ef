# What only the guest has: pure cgroup v2 with all controllers, Debian's kernel (6.1: no lowerdir+), systemd.

test_the_guest_is_what_it_should_be() {
    exists /sys/fs/cgroup/cgroup.controllers
    like "$(uname -r)" '^6\.1\.'
    is "$(stat -f -c %T /sys/fs/cgroup)" cgroup2fs
}

test_limits_on_cgroup_v2() {
    start_sleeper l --memory 64m --cpus 0.5 --pids-limit 50
    local directory
    directory=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(inspect l '{{.State.Pid}}')/cgroup")
    is "$(cat "$directory/memory.max")" 67108864
    is "$(cat "$directory/cpu.max")" "50000 100000"
    is "$(cat "$directory/pids.max")" 50
    run 0 stop l
    missing "$directory"
}

test_out_of_memory_is_noticed() {
    run 0 run -d --name big --memory 16m "$IMAGE" sh -c 'x=; while :; do x="$x$(head -c 500000 /dev/zero | tr "\0" x)"; done'
    run 0 wait big
    is "$output" 137
    is "$(inspect big '{{.State.OOMKilled}}')" true
}

many_layers() {
    {
        echo busybox
        for i in $(seq 2 "$1"); do printf 'layer\nfile /f%s %s\n' "$i" "$i"; done
    } >description
    make_image a.tar <description
    run 0 load -q -i a.tar
    run 0 run --rm localhost/test sh -c 'ls / | grep -c "^f[0-9]"'
    is "$output" $(($1 - 1))
}

test_128_layers() { many_layers 128; }
test_400_layers() { many_layers 400; }

test_systemd_cgroup_manager() {
    [ "$(cat /proc/1/comm)" = systemd ] || skip "needs systemd as PID 1"
    "$SKIFF" --root "$SKIFF_ROOT" --runroot "$SKIFF_RUNROOT" --cgroup-manager systemd run -d --name s "$IMAGE" "${SLEEPER[@]}"
    like "$(cat "/proc/$(inspect s '{{.State.Pid}}')/cgroup")" '\.scope'
    run 0 rm -f s
}
