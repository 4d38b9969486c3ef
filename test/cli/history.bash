# skiff container history: every transition with time, cause and process.

test_tells_a_life() {
    is_podman && skip "podman has no such command"
    run 0 create --name h "$IMAGE" sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'
    run 0 start h
    eventually log_has h ready
    run 0 stop h
    run 0 container history h
    local states
    states=$(grep -oE 'configured|created|initialized|running|stopping|stopped|exited' <<<"$output" | tr '\n' ' ')
    like "$states" 'running'
    like "$states" 'stopp|exited'
    like "$output" '20[0-9]{2}-[0-9]{2}-[0-9]{2}'
    like "$output" 'create'
    like "$output" 'start'
    like "$output" 'exited 3|exit'
}

test_missing_container() {
    is_podman && skip "podman has no such command"
    run 125 container history nosuch
    says nosuch
}

test_a_refused_transition_names_the_state() {
    run 0 create --name idle "$IMAGE" true
    run 255 exec idle true
    is_podman || says idle created running
}
