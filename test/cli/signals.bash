# Signals to the attached client: --sig-proxy, and a client that dies.

ready_run() {  # ready_run OPTION…: starts the client in the background
    background out run --name s "$@" "$IMAGE" sh -c 'for s in HUP INT USR1 USR2 WINCH; do trap "echo got $s" $s; done; trap "exit 11" TERM; echo ready; while :; do sleep 0.05; done'
    eventually contains out ready
}

test_signals_are_forwarded() {
    ready_run
    local signal
    for signal in HUP USR1 USR2; do
        kill -"$signal" $client
        eventually contains out "got $signal"
    done
    kill -TERM $client
    ended 11
}

test_not_with_sig_proxy_off() {
    ready_run --sig-proxy=false
    kill -TERM $client
    wait $client || true
    is "$(state s)" running
}

test_killed_client_leaves_the_container_running_and_logged() {
    ready_run
    kill -KILL $client
    wait $client || true
    is "$(state s)" running
    run 0 kill -s USR1 s
    eventually log_has s 'got USR1'
    run 0 stop s
    is "$(inspect s '{{.State.ExitCode}}')" 11
}

test_killed_client_of_rm_container() {
    ready_run --rm
    kill -KILL $client
    wait $client || true
    run 0 stop s
    eventually gone s
}

gone() { ! skiff inspect "$1" >/dev/null 2>&1; }

test_terminated_early_leaves_nothing_or_a_container_that_got_it() {
    local delay
    for delay in 0.002 0.005 0.01 0.02 0.03 0.04 0.06 0.1; do
        background out run --rm --name early "$IMAGE" sh -c 'trap "exit 0" TERM; while :; do sleep 0.02; done'
        sleep "$delay"
        kill -TERM $client
        # A container whose shell had no trap yet ignores TERM as every PID 1 does: a second one comes.
        (sleep 1 && skiff stop -t 0 early >/dev/null 2>&1 || true) &
        wait
        eventually gone early
    done
}
