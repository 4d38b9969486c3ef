# skiff stop: signals, time-outs, several, states.

test_stops_with_the_stop_signal() {
    run 0 run -d --name s "$IMAGE" sh -c 'trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    eventually log_has s ready
    run 0 stop s
    is "$output" s
    is "$(inspect s '{{.State.Status}} {{.State.ExitCode}}')" "exited 5"
    run 0 logs s
    is "$output" $'ready\nterm'
}

test_kills_after_the_timeout() {
    run 0 run -d --name deaf "$IMAGE" sleep 1000
    local begin=$SECONDS
    expecting_warning=1 run 0 stop -t 1 deaf
    [ $((SECONDS - begin)) -le 5 ] || fail "took $((SECONDS - begin)) s"
    is "$(inspect deaf '{{.State.ExitCode}}')" 137
}

test_timeout_zero_kills_at_once() {
    run 0 run -d --name deaf "$IMAGE" sleep 1000
    run 0 stop --time 0 deaf
    is "$(inspect deaf '{{.State.ExitCode}}')" 137
}

test_own_signal_and_timeout() {
    run 0 run -d --name s --stop-signal USR1 --stop-timeout 20 "$IMAGE" sh -c 'trap "exit 6" USR1; echo ready; while :; do sleep 0.05; done'
    eventually log_has s ready
    run 0 stop s
    is "$(inspect s '{{.State.ExitCode}}')" 6
    run 0 run -d --name quick --stop-timeout 0 "$IMAGE" sleep 1000
    run 0 stop quick
    is "$(inspect quick '{{.State.ExitCode}}')" 137
}

test_image_stop_signal() {
    new_image localhost/stop <<'IMAGE'
busybox
config StopSignal "SIGINT"
IMAGE
    run 0 run -d --name s localhost/stop sh -c 'trap "exit 8" INT; echo ready; while :; do sleep 0.05; done'
    eventually log_has s ready
    run 0 stop s
    is "$(inspect s '{{.State.ExitCode}}')" 8
}

test_stopped_or_never_started_is_fine() {
    run 0 create --name idle "$IMAGE" true
    run 0 stop idle
    run 0 start -a idle
    run 0 stop idle
    is "$(state idle)" exited
}

test_all_and_several() {
    start_sleeper a
    start_sleeper b
    run 0 stop a b
    is "$(sort <<<"$output")" $'a\nb'
    run 0 start a b
    run 0 stop --all
    is "$(state a) $(state b)" "exited exited"
}

test_missing() {
    start_sleeper a
    run 125 stop nosuch a
    says nosuch
    is "$(state a)" running
    run 0 stop -t 0 --ignore nosuch a
    is "$output" a
    is "$(state a)" exited
    run 0 stop --ignore nosuch
    run 125 stop
}

test_other_commands_do_not_wait_for_a_stop() {
    run 0 run -d --name deaf "$IMAGE" sleep 1000
    skiff stop -t 3600 deaf >/dev/null &
    eventually state_is deaf stopping
    local begin=$EPOCHREALTIME
    run 0 ps
    run 0 inspect --format '{{.State.Status}}' deaf
    run 0 exec deaf true
    run 0 kill deaf
    wait
    is "$(awk "BEGIN {print ($EPOCHREALTIME - $begin < 3)}")" 1
    is "$(inspect deaf '{{.State.ExitCode}}')" 137
}

test_deaf_ones_are_waited_for_together() {
    local i
    for i in 1 2 3 4; do run 0 run -d --name "deaf$i" "$IMAGE" sleep 1000; done
    local begin=$SECONDS
    expecting_warning=1 run 0 stop -a -t 3
    is "$(wc -l <<<"$output")" 4
    [ $((SECONDS - begin)) -le 8 ] || fail "took $((SECONDS - begin)) s: one after the other"
    run 0 ps -q
    is "$output" ""
}

# The monitor of an attached --rm container removes the cgroup beside the command; that of the next run has the same name.
test_restarts_of_an_attached_container_with_rm_keep_its_cgroup() {
    background out run --rm --name c --pids-limit 77 "$IMAGE" "${SLEEPER[@]}"
    eventually state_is c running
    local i
    for i in 1 2 3 4 5 6; do
        run 0 restart -t 0 c
        is "$(state c)" running
        is "$(skiff exec c echo "in $i")" "in $i"
        run 0 update c --pids-limit 77
    done
    run 0 stop -t 0 c
    eventually gone c
    wait "$client" || true
}

test_restart_ends_the_last_monitor_of_a_container_with_rm() {
    is_podman && skip "podman's monitor removes nothing itself"
    background out run --rm --name c --pids-limit 77 "$IMAGE" "${SLEEPER[@]}"
    eventually state_is c running
    local monitor
    monitor=$(inspect c '{{.State.ConmonPid}}')
    kill -STOP "$monitor"
    expecting_warning=1
    run 0 restart -t 0 c
    ended_process "$monitor" || fail "monitor $monitor is still there"
    is "$(state c)" running
    run 0 update c --pids-limit 78
    run 0 rm -f -t 0 c
    wait "$client" || true
}
# Gone, or a zombie that its parent has not collected.
ended_process() { ! grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; }
gone() { ! skiff container exists "$1"; }
