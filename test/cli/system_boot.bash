# skiff system boot: what the host's start brings up again. A new epoch stands for a reboot.

# Everything below root that ran is gone: a reboot kills it, and its state in the run directory.
reboot() {
    local id pid pids ids
    ids=$(skiff ps -q --no-trunc)
    pids=$(for id in $ids; do skiff inspect --format '{{.State.ConmonPid}} {{.State.Pid}}' "$id"; done)
    for pid in $pids; do kill -9 "$pid" 2>/dev/null || true; done
    for pid in $pids; do eventually eval "! kill -0 $pid 2>/dev/null"; done
    for id in $ids; do find /sys/fs/cgroup /run/hugetlb -depth -type d -name "*$id*" -exec rmdir {} \; 2>/dev/null || true; done
    export SKIFF_TEST_EPOCH="${SKIFF_TEST_EPOCH-0}1"
}

running() { skiff ps --format '{{.Names}}' | sort | tr '\n' ' '; }

loop='trap "exit 0" TERM; while :; do sleep 0.05; done'

test_policy_by_last_state() {
    local policy
    for policy in no on-failure unless-stopped always; do
        run 0 run -d --name "$policy-ran" --restart $policy "$IMAGE" sh -c "$loop"
        run 0 run -d --name "$policy-stopped" --restart $policy "$IMAGE" sh -c "$loop"
        run 0 stop "$policy-stopped"
        run 0 create --name "$policy-created" --restart $policy "$IMAGE" sh -c "$loop"
    done
    reboot
    is "$(running)" ''
    run 0 system boot
    is "$(running)" 'always-ran always-stopped on-failure-ran unless-stopped-ran '
    is "$(wc -l <<<"$output")" 4
    run 0 system boot  # nothing is left to do
    is "$output" ''
    run 0 rm -fa -t 0
}

test_stop_of_the_unit_is_no_stop_by_the_user() {
    run 0 run -d --name kept --restart unless-stopped "$IMAGE" sh -c "$loop"
    run 0 run -d --name plain "$IMAGE" sh -c "$loop"
    run 0 system boot --stop
    is "$(running)" 'plain '
    is "$(skiff inspect --format '{{.State.StoppedByUser}}' kept)" false
    run 0 system boot
    is "$(running)" 'kept plain '
    run 0 system boot --stop
    run 0 stop kept  # now the user did
    run 0 system boot
    is "$(running)" 'plain '
    run 0 rm -fa -t 0
}

test_dependency_order() {
    run 0 run -d --name base --restart always "$IMAGE" sh -c "$loop"
    run 0 run -d --name joined --restart always --pid container:base "$IMAGE" sh -c "$loop"
    run 0 run -d --name needing --restart always --requires joined "$IMAGE" sh -c "$loop"
    reboot
    run 0 system boot
    is "$(running)" 'base joined needing '
    local base joined
    base=$(skiff inspect --format '{{.State.StartedAt}}' base)
    joined=$(skiff inspect --format '{{.State.StartedAt}}' joined)
    [[ $base < $joined ]] || fail "joined was started first"
    run 0 system boot --stop
    is "$(running)" ''
    run 0 rm -fa -t 0
}

test_rm_is_kept_over_a_reboot() {
    run 0 run -d --rm --name gone "$IMAGE" sh -c "$loop"
    reboot
    run 0 system boot
    run 1 container exists gone
}

test_a_failure_is_told_and_the_others_start() {
    mkdir source
    run 0 run -d --name good --restart always "$IMAGE" sh -c "$loop"
    run 0 run -d --name bad --restart always -v "$PWD/source:/s" "$IMAGE" sh -c "$loop"
    reboot
    rmdir source
    run_status=0
    skiff system boot >out 2>err || run_status=$?
    is "$run_status" 125
    like "$(cat err)" 'bad'
    is "$(running)" 'good '
    run 0 rm -fa -t 0
}

test_restart_mentions_the_boot_once() {
    run 0 create --restart always "$IMAGE" true
    like "$errors" 'Note: after a reboot .*skiff system boot'
    run 0 create --restart always "$IMAGE" true
    is "$errors" ''
    run 0 system boot
    run 0 rm -a
}

test_not_mentioned_where_it_is_installed() {
    run 0 system boot
    run 0 create --restart unless-stopped "$IMAGE" true
    is "$errors" ''
    run 0 rm -a
}
