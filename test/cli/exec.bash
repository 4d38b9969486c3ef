# skiff exec.

test_runs_beside_init() {
    start_sleeper e
    run 0 exec e sh -c 'echo out; echo err >&2'
    is "$output" out
    is "$errors" err
    run 0 exec e ps
    like "$output" 'sleep 1000'
}

test_exit_statuses() {
    start_sleeper e
    local code status
    for code in 0 1 125 126 127 200 255; do
        status=0
        skiff exec e sh -c "exit $code" || status=$?
        is "$status" "$code"
    done
    run 137 exec e sh -c 'kill -KILL $$'
    run 127 exec e no-such-command
    says no-such-command
    run 126 exec e /etc/passwd
    run 125 exec nosuch true
    says nosuch
}

test_not_running_is_wrong_state() {
    run 0 create --name idle "$IMAGE" true
    run 255 exec idle true
    says idle
}

test_stdin() {
    start_sleeper e
    run 0 exec -i e cat <<<typed
    is "$output" typed
    run 0 exec e cat <<<"not for you"
    is "$output" ""
    run 0 exec -i e wc -c < <(head -c 400000 /dev/zero)
    is "$output" 400000
}

test_environment_user_and_directory() {
    start_sleeper e -e BASE=1 -w /etc
    run 0 exec e sh -c 'pwd; echo $BASE'
    is "$output" $'/etc\n1'
    run 0 exec -e MORE=2 -w /tmp -u user e sh -c 'pwd; echo $BASE$MORE; id -un; echo $HOME'
    is "$output" $'/tmp\n12\nuser\n/home/user'
    echo 'FROM_FILE=3' >env
    run 0 exec --env-file env e sh -c 'echo $FROM_FILE'
    is "$output" 3
    run 255 exec -u nobody-here e true
    run 255 exec -w relative e true
    run 127 exec -w /no/such/directory e pwd
    says /no/such/directory
    run 1 exec e test -e /no
}

test_same_namespaces_and_capabilities() {
    start_sleeper e --cap-drop all --cap-add kill
    local pid name
    pid=$(inspect e '{{.State.Pid}}')
    for name in mnt pid ipc uts net; do
        run 0 exec e readlink "/proc/self/ns/$name"
        is "$output" "$(readlink "/proc/$pid/ns/$name")"
    done
    run 0 exec e cat /proc/self/status
    like "$output" $'CapEff:\t0000000000000020'
    like "$output" $'CapInh:\t0000000000000000'
    like "$output" $'Seccomp:\t2'
    run 0 exec -u user e grep CapEff /proc/self/status
    is "$output" $'CapEff:\t0000000000000000'
    run 0 exec --privileged e grep CapEff /proc/self/status
    is "${output#*$'\t'}" "$(awk '/CapBnd/ {print $2}' /proc/self/status)"
}

test_same_cgroup() {
    start_sleeper e --pids-limit 64
    run 0 exec -d e sleep 500
    run 0 exec e sh -c 'cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; true'
    is "$output" 64
}

test_detached_prints_a_session_id() {
    start_sleeper e
    run 0 exec -d e sh -c 'echo made >/tmp/made; sleep 500'
    like "$output" '^[0-9a-f]{64}$'
    eventually skiff exec e test -f /tmp/made
    is "$(inspect e '{{len .ExecIDs}}')" 1
}

test_sessions_do_not_pile_up() {
    start_sleeper e
    local i
    for i in 1 2 3 4 5; do run 0 exec e true; done
    is "$(inspect e '{{len .ExecIDs}}')" 0
}

test_ends_with_the_container() {
    start_sleeper e
    background out exec e sleep 500
    eventually skiff exec e sh -c 'ps | grep "[s]leep 500"'
    run 0 kill e
    ended 137
}

test_sigterm_to_the_client_reaches_the_process() {
    start_sleeper e
    is_podman && skip "podman's exec does not forward signals"
    background out exec e sh -c 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done'
    eventually contains out ready
    kill -TERM $client
    ended 3
    is "$(cat out)" $'ready\ngot'
}

test_parallel() {
    start_sleeper e
    local i
    for i in $(seq 20); do skiff exec e echo "answer $i" >"out.$i" & done
    wait
    is "$(cat out.* | sort -k 2n | tr '\n' ' ')" "$(for i in $(seq 20); do echo -n "answer $i "; done)"
}

test_output_is_complete() {
    start_sleeper e
    local i
    for i in 1 2 3; do is "$(skiff exec e head -c 500000 /dev/zero | wc -c)" 500000; done
}

test_preserve_fds() {
    start_sleeper e
    echo "through three" >three
    run 0 exec --preserve-fds 1 e cat /proc/self/fd/3 3<three
    is "$output" "through three"
}

test_terminal() {
    start_sleeper e
    terminal exec -it e sh <<'SCRIPT'
expect #
line tty; stty size
expect /dev/pts/
expect 24 80
size 30x100
line sleep 0.2; stty size
expect 30 100
line exit 4
exit 4
SCRIPT
}

test_tty_without_terminal_input() {
    start_sleeper e
    run 0 exec -t e tty
    like "$output" '^/dev/pts/'
}

test_grouped_flags_and_dashes() {
    start_sleeper e
    run 0 exec -i e echo -n -e x
    is "$output" x
    run 255 exec e
    run 125 exec
}

test_statuses_of_a_session_that_did_not_begin() {
    run 0 create --name idle "$IMAGE" true
    run 255 exec idle true
    run 125 exec -d idle true
    start_sleeper e
    skiff pause e >/dev/null
    run 255 exec e true
    skiff unpause e >/dev/null
    run 125 exec --preserve-fds 2 e true 3</dev/null 4<&-
    says "file descriptor 4 is not available"
}
