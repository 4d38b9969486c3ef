# --memory, --cpus, --pids-limit, --ulimit: read back from the kernel.

test_memory() {
    start_sleeper m --memory 64m
    is "$(controller_file m memory memory.limit_in_bytes memory.max)" 67108864
    is "$(inspect m '{{.HostConfig.Memory}}')" 67108864
}

test_memory_spellings() {
    local given
    for given in 64m 65536k 67108864 67108864b 64M 0.0625g; do
        [ "$given" != 0.0625g ] || is_podman || continue
        run 0 create --name m --replace --memory "$given" "$IMAGE" true
        is "$(inspect m '{{.HostConfig.Memory}}')" 67108864
    done
    for given in lots 64q -1m; do
        run 125 create --memory "$given" "$IMAGE" true
    done
}

test_out_of_memory_is_noticed() {
    run 0 run -d --name big --memory 16m "$IMAGE" sh -c 'x=; while :; do x="$x$(head -c 500000 /dev/zero | tr "\0" x)"; done'
    run 0 wait big
    is "$output" 137
    is "$(inspect big '{{.State.OOMKilled}}')" true
    run 0 events --stream=false --filter container=big --filter event=died --format '{{.OOMKilled}} {{.ContainerExitCode}}'
    is "$output" 'true 137'
    run 0 events --stream=false --filter container=big --filter event=start --format '{{.OOMKilled}}|{{.ContainerInspectData}}|'
    is "$output" '<nil>||'
}

test_cpus() {
    start_sleeper c --cpus 0.5
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        is "$(controller_file c cpu - cpu.max)" "50000 100000"
    else
        is "$(controller_file c cpu cpu.cfs_quota_us -)" 50000
    fi
    is "$(inspect c '{{.HostConfig.NanoCpus}}')" 500000000
    run 125 run --rm --cpus many "$IMAGE" true
}

test_cpu_shares() {
    start_sleeper c --cpu-shares 512
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        is "$(controller_file c cpu - cpu.weight)" 20
    else
        is "$(controller_file c cpu cpu.shares -)" 512
    fi
}

test_pids_limit() {
    start_sleeper p --pids-limit 20
    is "$(controller_file p pids pids.max pids.max)" 20
    run 2 run --rm --pids-limit 10 "$IMAGE" sh -c 'for i in $(seq 30); do sleep 1 & done'
    says fork
    run 0 run -d --name free --pids-limit -1 "$IMAGE" "${SLEEPER[@]}"
    is "$(controller_file free pids pids.max pids.max)" max
}

test_default_pids_limit() {
    start_sleeper p
    is "$(controller_file p pids pids.max pids.max)" 2048
}

test_ulimit() {
    run 0 run --rm --ulimit nofile=100:200 --ulimit nproc=4000 --ulimit core=0 "$IMAGE" sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
    is "$output" $'100\n200\n0'
    run 125 run --rm --ulimit nofile=200:100 "$IMAGE" true
    run 125 run --rm --ulimit nothing=1 "$IMAGE" true
    says nothing
}

test_ulimit_above_the_callers_own() {
    is_podman && skip "subject is skiff's message"
    ulimit -n 5000
    expecting_warning=1 run 0 run --rm --ulimit nofile=100000000:100000000 "$IMAGE" sh -c 'ulimit -Hn'
    [ "$output" -ge 5000 ] || fail "limit is $output"
    says 'ulimit nofile'
    run 0 run --rm "$IMAGE" sh -c 'ulimit -Hn'
    [ "$output" -le 5000 ] || fail "limit is $output"
}

# What ends a session by its cgroup must not end the monitors of what it left running.
test_monitor_has_a_cgroup_of_its_own() {
    is_podman && skip "subject is skiff's monitor"
    grep -q ' - cgroup2 ' /proc/self/mountinfo || skip "no cgroup v2 here"
    start_sleeper here
    like "$(grep ^0:: "/proc/$(inspect here '{{.State.ConmonPid}}')/cgroup")" "/skiff/monitor\$"
    start_sleeper there --cgroups no-conmon
    is "$(grep ^0:: "/proc/$(inspect there '{{.State.ConmonPid}}')/cgroup")" "$(grep ^0:: /proc/self/cgroup)"
}

# The caller's cgroup, split in two: one made for this in the v2 tree, which has a shell in it.
test_the_callers_cgroup_is_split() {
    local tree=/sys/fs/cgroup/unified name=skt-split-$$
    [ -d "$tree" ] || tree=/sys/fs/cgroup
    [ "$(stat -f -c %T "$tree")" = cgroup2fs ] || skip "no cgroup v2"
    mkdir "$tree/$name"
    sh -c 'echo $$ >"$1"; shift; exec "$@"' - "$tree/$name/cgroup.procs" "${SKIFF_COMMAND[@]}" run -d --name c --cgroups split "$IMAGE" sleep 1000 >id
    local pid monitor
    pid=$(inspect c '{{.State.Pid}}')
    monitor=$(inspect c '{{.State.ConmonPid}}')
    is "$(sed -n 's/^0:://p' "/proc/$pid/cgroup")" "/$name/skiff-$(<id)"
    is "$(sed -n 's/^0:://p' "/proc/$monitor/cgroup")" "/$name/supervisor"
    is "$(inspect c '{{.HostConfig.Cgroups}} {{.State.CgroupPath}}')" "split /$name/skiff-$(<id)"
    # A start from within the half that is left is a start from the cgroup.
    sh -c 'echo $$ >"$1"; shift; exec "$@"' - "$tree/$name/supervisor/cgroup.procs" "${SKIFF_COMMAND[@]}" restart -t 0 c >/dev/null
    is "$(sed -n 's/^0:://p' "/proc/$(inspect c '{{.State.Pid}}')/cgroup")" "/$name/skiff-$(<id)"
    run 0 exec c sh -c 'sed -n s/^0:://p /proc/self/cgroup'
    run 0 rm -f -t 0 c
    missing "$tree/$name/skiff-$(<id)"
    rmdir "$tree/$name/supervisor" "$tree/$name"
    find /sys/fs/cgroup -mindepth 2 -maxdepth 2 -name "$name" -exec rmdir {} +
    run 125 create --cgroups split --cgroup-parent /x "$IMAGE" true
    says exclude
    run 125 create --cgroups disabled "$IMAGE" true
}
