# skiff update: limits of a running container, kept for later starts.

# limit FILE: what the container sees of itself, on cgroup v1 and v2.
cgroup_value() {
    local pid controller=$2 path
    pid=$(skiff inspect --format '{{.State.Pid}}' "$1")
    path=$(awk -F: -v c="$controller" '$2 ~ "(^|,)" c "(,|$)" { print $3 }' "/proc/$pid/cgroup")
    if [ -n "$path" ]; then cat "/sys/fs/cgroup/$controller$path/$3"; else cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/$4"; fi
}

test_limits_of_a_running_container_and_of_later_starts() {
    run 0 run -d --name u --memory 64m "$IMAGE" sh -c 'trap "exit 0" TERM; while :; do sleep 0.05; done'
    run 0 update --memory 128m --memory-swap -1 --pids-limit 77 --cpu-shares 512 u
    is "$(cgroup_value u memory memory.limit_in_bytes memory.max)" $((128 * 1024 * 1024))
    is "$(cgroup_value u pids pids.max pids.max)" 77
    run 0 inspect --format '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.CpuShares}}' u
    is "$output" "$((128 * 1024 * 1024)) 77 512"
    run 0 restart u
    is "$(cgroup_value u memory memory.limit_in_bytes memory.max)" $((128 * 1024 * 1024))
    is "$(cgroup_value u pids pids.max pids.max)" 77
    run 0 update --pids-limit -1 u
    like "$(cgroup_value u pids pids.max pids.max)" '^(max|4194304)$' # crun 1.8 cannot take the limit away
    is "$(skiff events --stream=false --filter event=update | wc -l)" 2
    run 0 rm -f -t 0 u
}

test_quota_keeps_its_period() {
    run 0 run -d --name u --cpu-period 50000 --cpu-quota 25000 "$IMAGE" sleep 100
    run 0 update --cpu-quota 10000 u
    like "$(cgroup_value u cpu cpu.cfs_quota_us cpu.max)" '^10000'
    run 0 inspect --format '{{.HostConfig.CpuPeriod}}' u
    is "$output" 50000
    run 0 rm -f -t 0 u
}

test_a_refused_update_changes_nothing() {
    run 0 run -d --name u --memory 64m "$IMAGE" sleep 100
    run 125 update --cpuset-cpus 4000 u
    run 0 inspect --format '[{{.HostConfig.CpusetCpus}}]' u
    is "$output" '[]'
    run 125 update --memory 1 u
    run 125 update --health-interval 3s u
    says health-cmd
    run 125 update nosuch --cpu-shares 3
    says nosuch
    run 0 rm -f -t 0 u
}

test_environment_and_ulimits_from_the_next_start() {
    run 0 create --name u --env A=1 --env B=2 "$IMAGE" sh -c 'echo "$A-$B-$C-$(ulimit -n)"'
    run 0 update --env A=9 --env C=3 --unsetenv B --ulimit nofile=123:123 u
    run 0 start -a u
    is "$output" 9--3-123
}

test_restart_policy() {
    run 0 run -d --name u "$IMAGE" sh -c 'echo up; sleep 2; exit 1'
    run 0 update --restart on-failure:1 u
    up_twice() { [ "$(skiff logs u | grep -c up)" = 2 ]; }
    eventually up_twice
    is "$(skiff inspect --format '{{.HostConfig.RestartPolicy.Name}}' u)" on-failure
    run 0 create --name r --rm "$IMAGE" true
    run 125 update --restart always r
    says r --rm
    run 0 rm -f r u
}

test_health_check_comes_and_goes() {
    health_is() { [ "$(skiff inspect --format '{{.State.Health.Status}}' "$1")" = "$2" ]; }
    run 0 run -d --name u "$IMAGE" sleep 100
    run 0 update --health-cmd true --health-interval 100ms u
    eventually health_is u healthy
    run 0 update --health-cmd false --health-retries 1 u
    eventually health_is u unhealthy
    run 0 update --no-healthcheck u
    health_is u '' || fail "the check is still there"
    sleep 0.4
    health_is u '' || fail "the check still runs"
    run 0 rm -f -t 0 u
}
