# The shortest tour of everything: run with every OCI runtime, under the sanitizers, and in the guest.

test_run_and_exit_status() {
    run 0 run --rm "$IMAGE" echo hello
    is "$output" hello
    run 7 run --rm "$IMAGE" sh -c 'exit 7'
    run 127 run --rm "$IMAGE" no-such-command
    run 126 run --rm "$IMAGE" /etc/passwd
}

test_life_of_a_container() {
    run 0 create --name life "$IMAGE" "${SLEEPER[@]}"
    is "$(state life)" created
    run 0 start life
    is "$output" life
    is "$(state life)" running
    run 0 exec life sh -c 'echo inside; exit 0'
    is "$output" inside
    run 0 stop life
    is "$(state life)" exited
    run 0 start life
    is "$(state life)" running
    run 0 rm -f -t 0 life  # its shell may not have set its trap yet
    run 0 ps -aq
    is "$output" ""
}

test_detached_logs_and_wait() {
    run 0 run -d --name lines "$IMAGE" sh -c 'for i in 1 2 3; do echo line $i; done; exit 3'
    run 0 wait lines
    is "$output" 3
    run 0 logs lines
    is "$output" $'line 1\nline 2\nline 3'
    run 0 rm lines
}

test_isolation() {
    local mine
    run 0 run --rm --hostname inside "$IMAGE" sh -c 'echo $$; hostname; ls /proc | grep -c "^[0-9]*$"'
    is "$(head -n 1 <<<"$output")" 1
    is "$(sed -n 2p <<<"$output")" inside
    mine=$(readlink /proc/self/ns/mnt)
    run 0 run --rm "$IMAGE" readlink /proc/self/ns/mnt
    isnt "$output" "$mine"
}

test_a_terminal() {
    terminal run --rm -it "$IMAGE" sh <<'SCRIPT'
expect #
line tty && echo $((40 + 2)) yes
expect 42 yes
line exit 5
exit 5
SCRIPT
}

test_a_volume_and_limits() {
    mkdir shared
    run 0 run --rm -v "$PWD/shared:/shared" --memory 64m --pids-limit 50 --user 1000:1000 \
        "$IMAGE" sh -c 'id -u; cat /shared/x 2>/dev/null || echo none'
    is "$output" $'1000\nnone'
    run 0 run --rm -v "$PWD/shared:/shared" "$IMAGE" sh -c 'echo kept >/shared/x'
    is "$(cat shared/x)" kept
}

test_privileges_are_dropped() {
    run 0 run --rm "$IMAGE" sh -c 'grep CapEff /proc/self/status; grep Seccomp: /proc/self/status'
    # containers-common's default set, with or without NET_RAW, MKNOD and AUDIT_WRITE.
    like "$(head -n 1 <<<"$output")" '00000000(8004|a804)(05|25)fb$'
    is "$(awk 'NR == 2 {print $2}' <<<"$output")" 2
}
