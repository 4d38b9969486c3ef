# skiff kill.

trapper() {
    run 0 run -d --name "$1" "$IMAGE" sh -c 'for s in HUP INT USR1 USR2 TERM; do trap "echo $s" $s; done; echo ready; while :; do sleep 0.05; done'
    eventually log_has "$1" ready
}

test_default_is_kill() {
    start_sleeper k
    run 0 kill k
    is "$output" k
    eventually state_is k exited
    is "$(inspect k '{{.State.ExitCode}}')" 137
}

test_signal_spellings() {
    trapper k
    local signal
    for signal in HUP SIGINT 10 usr2 sigterm; do run 0 kill -s "$signal" k; done
    eventually log_has k TERM
    run 0 logs k
    is "$(tail -n +2 <<<"$output" | sort | tr '\n' ' ')" "HUP INT TERM USR1 USR2 "
}

test_real_time_signal() {
    # In the host's PID namespace the signal's default action is not withheld, as it is from a PID 1.
    run 0 run -d --name k --pid host "$IMAGE" sleep 1000
    run 0 kill -s RTMIN+3 k
    eventually state_is k exited
    is "$(inspect k '{{.State.ExitCode}}')" 165
}

test_wrong_signals() {
    start_sleeper k
    local signal
    for signal in NOSIG 65 -1 '' 9x; do
        run 125 kill -s "$signal" k
    done
    is "$(state k)" running
}

test_not_running_is_wrong_state() {
    run 0 create --name idle "$IMAGE" true
    run 125 kill idle
    says idle
    run 125 kill nosuch
    says nosuch
}

test_all_and_several() {
    start_sleeper a
    start_sleeper b
    run 0 create --name idle "$IMAGE" true
    run 0 kill --all
    eventually state_is a exited
    eventually state_is b exited
    is "$(state idle)" created
}
