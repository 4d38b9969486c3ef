# skiff attach, detach keys, and who gets which byte.

test_output_from_now_on() {
    run 0 run -d --name a "$IMAGE" sh -c 'echo early; while [ ! -e /go ]; do sleep 0.05; done; echo late; exit 6'
    eventually log_has a early
    background out attach a
    sleep 0.5
    run 0 exec a touch /go
    ended 6
    is "$(cat out)" late
}

test_stdin_reaches_an_interactive_container() {
    run 0 run -d -i --name a "$IMAGE" sh -c 'read line; echo "read $line"'
    run 0 attach a <<<hello
    is "$output" "read hello"
}

test_no_stdin() {
    run 0 run -d -i --name a "$IMAGE" sh -c 'read line; echo "read $line"'
    skiff attach --no-stdin a <<<unheard >out &
    sleep 0.5
    is "$(state a)" running
    run 0 attach a <<<heard
    wait
    is "$(cat out)" "read heard"
}

test_two_clients_see_the_same() {
    run 0 run -d --name a "$IMAGE" sh -c 'while [ ! -e /go ]; do sleep 0.05; done; seq 1 100'
    skiff attach a >one &
    skiff attach a >two &
    sleep 0.7
    run 0 exec a touch /go
    wait
    is "$(md5sum <one)" "$(seq 1 100 | md5sum)"
    is "$(md5sum <two)" "$(seq 1 100 | md5sum)"
}

test_not_running_is_refused() {
    run 0 create --name idle "$IMAGE" true
    run 125 attach idle
    says idle
    run 125 attach nosuch
    says nosuch
}

test_detach_and_attach_again() {
    run 0 create -it --name a "$IMAGE" sh
    terminal start -ai a <<'SCRIPT'
expect #
line echo before
expect before
pause 0.2
send \x10
pause 0.1
send \x11
exit 0
SCRIPT
    is "$(state a)" running
    terminal attach a <<'SCRIPT'
line echo after
expect after
line exit 3
exit 3
SCRIPT
    is "$(inspect a '{{.State.ExitCode}}')" 3
}

test_another_terminal_brings_its_size() {
    run 0 create -it --name a "$IMAGE" sh
    pty --size 20x70 "${SKIFF_COMMAND[@]}" start -ai a <<'SCRIPT'
expect #
line stty size
expect 20 70
pause 0.2
send \x10
pause 0.1
send \x11
exit 0
SCRIPT
    pty --size 45x150 "${SKIFF_COMMAND[@]}" attach a <<'SCRIPT'
pause 0.3
line stty size
expect 45 150
size 30x99
line sleep 0.3; stty size
expect 30 99
line exit
exit 0
SCRIPT
}

test_own_detach_keys() {
    run 0 create -it --name a "$IMAGE" sh
    terminal start -ai --detach-keys ctrl-a,x a <<'SCRIPT'
expect #
send \x10\x11
line echo still here
expect still here
pause 0.2
send \x01
pause 0.1
send x
exit 0
SCRIPT
    is "$(state a)" running
    run 125 attach --detach-keys nonsense-key a
}

test_sig_proxy() {
    run 0 run -d --name a "$IMAGE" sh -c 'trap "echo got hup" HUP; trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'
    eventually log_has a ready
    background out attach a
    sleep 0.5
    kill -HUP $client
    eventually contains out 'got hup'
    kill -TERM $client
    ended 9
}

test_no_sig_proxy() {
    start_sleeper a
    background out attach --sig-proxy=false a
    sleep 0.5
    kill -TERM $client
    wait $client || true
    is "$(state a)" running
}
