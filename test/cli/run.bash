# skiff run: exit status, streams, --rm, names. Options by subject are in run_*.bash.

test_prints_what_the_container_prints() {
    run 0 run --rm "$IMAGE" echo hello world
    is "$output" "hello world"
    is "$errors" ""
}

test_keeps_stdout_and_stderr_apart() {
    run 0 run --rm "$IMAGE" sh -c 'echo out; echo err >&2'
    is "$output" out
    is "$errors" err
}

test_passes_the_exit_status() {
    local code status
    for code in 0 1 2 77 125 126 127 128 255; do
        status=0
        skiff run --rm "$IMAGE" sh -c "exit $code" || status=$?
        is "$status" "$code"
    done
}

test_death_by_signal_is_128_plus_n() {
    run 137 run --rm --pid host "$IMAGE" sh -c 'kill -KILL $$'
    run 143 run --rm --pid host "$IMAGE" sh -c 'kill -TERM $$'
}
