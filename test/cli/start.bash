# skiff start.

test_starts_and_echoes_what_was_given() {
    run 0 create --name a "$IMAGE" "${SLEEPER[@]}"
    run 0 create --name b "$IMAGE" "${SLEEPER[@]}"
    run 0 start a b
    is "$output" $'a\nb'
    is "$(state a) $(state b)" "running running"
}

test_running_is_fine() {
    start_sleeper a
    local pid
    pid=$(inspect a '{{.State.Pid}}')
    run 0 start a
    is "$(inspect a '{{.State.Pid}}')" "$pid"
}

test_attached_gives_output_and_status() {
    run 0 create --name a "$IMAGE" sh -c 'echo out; echo err >&2; exit 9'
    run 9 start --attach a
    is "$output" out
    is "$errors" err
}

test_attached_with_stdin() {
    run 0 create -i --name a "$IMAGE" cat
    run 0 start -a -i a <<<"typed"
    is "$output" typed
}

test_started_again_has_a_new_process() {
    start_sleeper a
    local pid
    pid=$(inspect a '{{.State.Pid}}')
    run 0 stop a
    run 0 start a
    isnt "$(inspect a '{{.State.Pid}}')" "$pid"
}

test_failures_are_reported_each() {
    start_sleeper good
    run 125 start good nosuch
    is "$output" good
    says nosuch
}

test_command_not_found() {
    run 0 create --name a "$IMAGE" no-such-command
    run 125 start a
    run 127 start -a a
    says no-such-command
    run 0 rm a
}

test_attach_takes_one_container() {
    run 0 create --name a "$IMAGE" true
    run 0 create --name b "$IMAGE" true
    run 125 start -a a b
}

test_rm_container_started_by_hand() {
    run 0 create --rm --name once "$IMAGE" sh -c 'exit 4'
    run 4 start -a once
    run 125 inspect --format x once
}
