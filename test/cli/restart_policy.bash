# --restart: the monitor's work.

restarts() { inspect "$1" '{{.RestartCount}}'; }
restarted() { [ "$(restarts "$1")" -ge "$2" ]; }

test_no() {
    run 3 run --name r --restart no "$IMAGE" sh -c 'exit 3'
    sleep 0.3
    is "$(state r) $(restarts r)" "exited 0"
}

test_on_failure_counts_down() {
    run 0 run -d --name r --restart on-failure:2 "$IMAGE" sh -c 'echo try; exit 1'
    eventually restarted r 2
    eventually state_is r exited
    is "$(restarts r)" 2
    run 0 logs r
    is "$output" $'try\ntry\ntry'
}

test_on_failure_leaves_success_alone() {
    run 0 run -d --name r --restart on-failure "$IMAGE" true
    run 0 wait r
    sleep 0.3
    is "$(state r) $(restarts r)" "exited 0"
}

test_always_comes_back_until_stopped() {
    run 0 run -d --name r --restart always "$IMAGE" sh -c 'sleep 0.1'
    eventually restarted r 2
    run 0 stop -t 0 r
    sleep 0.5
    is "$(state r)" exited
}

test_always_after_a_kill_from_outside() {
    start_sleeper r --restart always
    kill -KILL "$(inspect r '{{.State.Pid}}')"
    eventually restarted r 1
    eventually state_is r running
    run 0 stop r
    is "$(state r)" exited
}

test_unless_stopped() {
    start_sleeper r --restart unless-stopped
    kill -KILL "$(inspect r '{{.State.Pid}}')"
    eventually restarted r 1
    eventually state_is r running
    run 0 stop r
    sleep 0.3
    is "$(state r)" exited
}

test_back_off_does_not_spin() {
    run 0 run -d --name r --restart always "$IMAGE" false
    sleep 2
    [ "$(restarts r)" -le 30 ] || fail "$(restarts r) restarts in two seconds"
    run 0 rm -f r
}

test_removed_while_restarting() {
    run 0 run -d --name r --restart always "$IMAGE" false
    eventually restarted r 1
    run 0 rm -f r
    sleep 0.5
    run 0 ps -aq
    is "$output" ""
}

test_wrong_policies() {
    local policy
    for policy in sometimes on-failure:x on-failure:-1 always:3; do
        run 125 create --restart "$policy" "$IMAGE" true
    done
    run 125 run --rm --restart always "$IMAGE" true
}
