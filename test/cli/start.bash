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

# Who names one that does not exist has made a mistake: nothing is done to the others.
test_a_missing_one_spares_the_others() {
    run 0 create --name good "$IMAGE" "${SLEEPER[@]}"
    local command
    for command in start init restart; do
        run 125 $command good nosuch
        is "$output" ""
        says 'no container with name or ID "nosuch" found: no such container'
        is "$(state good)" created
    done
    run 0 start good
    for command in "stop -t 0" "kill" "pause" "restart -t 0"; do
        run 125 $command good nosuch
        is "$output" ""
        says nosuch
        is "$(state good)" running
    done
    run 0 pause good
    run 125 unpause nosuch good
    is "$(state good)" paused
    run 0 unpause good
    run 125 stop --cidfile no-such-file good
    is "$(state good)" running
}

test_failures_are_reported_each() {
    start_sleeper good
    run 0 create --name broken "$IMAGE" no-such-command
    run 125 start good broken
    is "$output" good
    says no-such-command
}

test_command_not_found() {
    run 0 create --name a "$IMAGE" no-such-command
    run 125 start a
    run 127 start -a a
    says no-such-command
    run 0 rm a
}

# From podman-start(1): --interactive keeps the input open even if not attached.
test_interactive_alone_does_not_attach() {
    run 0 create -i --name a "$IMAGE" sh -c 'read line; echo "got $line"; exit 4'
    run 0 start -i a <<<ignored
    is "$output" a
    is "$(state a)" running
    run 4 attach a <<<line
    is "$output" 'got line'
    run 4 start -ai a <<<again
    is "$output" 'got again'
}

test_init_twice_is_a_mistake() {
    run 0 create --name a "$IMAGE" true
    run 0 init a
    is "$output" a
    run 125 init a
    run 0 init --all
    is "$output" ""
    is "$(state a)" initialized
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
