# skiff wait.

test_prints_exit_codes_in_order() {
    run 0 run -d --name a "$IMAGE" sh -c 'sleep 0.3; exit 4'
    run 0 run -d --name b "$IMAGE" sh -c 'exit 5'
    run 0 wait a b
    is "$output" $'4\n5'
}

test_ended_long_ago() {
    run 9 run --name a "$IMAGE" sh -c 'exit 9'
    run 0 wait a
    is "$output" 9
}

test_of_a_container_that_removes_itself() {
    run 0 run -d --rm --name a "$IMAGE" sh -c 'sleep 0.4; exit 7'
    run 0 wait a
    is "$output" 7
}

test_conditions() {
    start_sleeper a
    run 0 wait --condition running a
    is "$output" -1
    skiff wait --condition=exited a >out &
    run 0 stop a
    wait
    is "$(cat out)" 0
    run 125 wait --condition sleepy a
    says sleepy
}

test_log_is_complete_when_wait_returns() {
    local i
    for i in 1 2 3 4 5; do
        run 0 run -d --name "l$i" "$IMAGE" sh -c 'seq 1 2000'
        run 0 wait "l$i"
        is "$(skiff logs "l$i" | tail -n 1)" 2000
    done
}

test_missing() {
    run 125 wait nosuch
    says nosuch
    run 0 create --name never "$IMAGE" true
    run 125 wait never nosuch  # at once
    is "$output" ""
    run 0 wait --ignore nosuch
    is "$output" -1
    run 125 wait
}

test_killed_by_signal() {
    start_sleeper a
    skiff wait a >out &
    sleep 0.2
    run 0 kill a
    wait
    is "$(cat out)" 137
}

test_created_is_before_any_start() {
    run 0 create --name c "$IMAGE" true
    run 0 wait --condition created c
    is "$output" -1
    run 0 init c
    run 0 wait --condition created c
}

test_the_first_that_ends() {
    start_sleeper long
    run 0 run -d --name short "$IMAGE" sh -c 'sleep 0.3; exit 5'
    run 0 wait --exit-first-match long short
    is "$output" 5
    is "$(state long)" running
    run 0 wait --exit-first-match --condition running short long
    is "$output" -1
    run 0 wait --exit-first-match --ignore nosuch short long
    is "$output" 5
    run 125 wait --exit-first-match nosuch short
    skiff wait --exit-first-match long short >out &
    run 0 rm -f -t 0 short
    run 0 rm -f -t 0 long
    wait
    like "$(cat out)" '^(5|0|137)$'
}
