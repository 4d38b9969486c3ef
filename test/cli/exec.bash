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

sessions_are() { [ "$(sessions_of "$1")" = "$2" ]; }
sessions_of() { inspect "$1" '{{len .ExecIDs}}'; }
no_process_of() {
    local listed
    listed=$(skiff exec "$1" ps) && [[ $listed != *"$2"* ]]
}

test_ends_with_its_killed_command() {
    start_sleeper e
    is_podman && skip "podman's goes on"
    [ "${SKIFF_RUNTIME:-skiff}" = skiff ] || skip "the process of an external runtime has a monitor"
    local options
    for options in "" "-u user"; do
        background out exec $options e sleep 555
        eventually skiff exec e sh -c "ps | grep -q '[s]leep 555'"
        is "$(sessions_of e)" 1
        kill -KILL $client
        ended 137
        eventually no_process_of e "sleep 555"
        is "$(sessions_of e)" 0
    done
}

test_with_a_terminal_goes_on_without_its_command() {
    start_sleeper e
    background out exec -t e sleep 556
    eventually skiff exec e sh -c "ps | grep -q '[s]leep 556'"
    kill -KILL $client
    ended 137
    is "$(sessions_of e)" 1
    no_process_of e "sleep 556" && fail "it ended"
    skiff exec e sh -c "kill \$(ps | grep '[s]leep 556' | awk '{print \$1}')"
    eventually sessions_are e 0
}

test_input_without_a_terminal() {
    start_sleeper e
    is "$(head -c 3000000 /dev/urandom | tee raw | skiff exec -i e sha256sum | cut -d' ' -f1)" "$(sha256sum <raw | cut -d' ' -f1)"
    is "$(printf 'a\020\021b' | skiff exec -i e od -An -c | tr -d ' ')" 'a020021b'
    run 0 exec -i -u user e sh -c 'cat /dev/stdin' <<<reopened
    is "$output" reopened
    # Input that never ends keeps nobody.
    mkfifo never
    exec 8<>never
    run 6 exec -i e sh -c 'exit 6' <&8
    exec 8>&-
    run 0 exec -i e head -c 3 </dev/zero
}

test_without_a_session() {
    start_sleeper e
    is_podman && skip "podman 4.3 does not know it"
    [ "${SKIFF_RUNTIME:-skiff}" = skiff ] || skip "the process of an external runtime needs one"
    local before
    before=$(skiff events --stream=false | wc -l)
    run 0 exec --no-session e echo here
    is "$output" here
    run 9 exec --no-session -i e sh -c 'read word; echo $word; exit 9' <<<typed
    is "$output" typed
    run 127 exec --no-session e no-such-command
    is "$(skiff events --stream=false | wc -l)" "$before"
    is "$(sessions_of e)" 0
    run 125 exec --no-session -d e true
    says "--no-session"
    run 255 exec --no-session -t e true
    says "--no-session"
}

test_a_reader_that_leaves_ends_it() {
    start_sleeper e
    set +o pipefail
    is "$(skiff exec e yes | head -n 1)" y
    eventually no_process_of e yes
    is "$(sessions_of e)" 0
}

test_what_it_leaves_running_keeps_nobody() {
    start_sleeper e
    run 3 exec e sh -c 'sleep 557 & echo left; exit 3'
    is "$output" left
    run 4 exec e sh -c 'while :; do echo more; done & sleep 0.2; exit 4'
    like "$output" more
}

test_output_after_the_end_of_the_process_is_complete() {
    start_sleeper e
    # Much is still in the pipe when the process ends, and somebody else holds it open.
    is "$(skiff exec e sh -c 'sleep 558 & head -c 900000 /dev/zero' | (sleep 0.3; wc -c))" 900000
    is "$(skiff exec e sh -c 'sleep 558 & i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); done' | (sleep 0.3; wc -l))" 200
}

test_a_stopped_command_holds_up_no_end() {
    start_sleeper e
    background out exec e sleep 559
    eventually skiff exec e sh -c "ps | grep -q '[s]leep 559'"
    kill -STOP $client
    run 0 stop -t 5 e
    unlike "$errors" "resorting to SIGKILL"
    ended 137
    run 0 start e
    background out exec e sleep 560
    eventually skiff exec e sh -c "ps | grep -q '[s]leep 560'"
    kill -STOP $client
    run 0 rm -f -t 0 e
    ended 137
}

# A container whose command is stopped by SIGSTOP, with `$@` as exec's options.
has_a_stopped_command() {
    background out exec "$@" sleep 561
    eventually skiff exec "$2" sh -c "ps | grep -q '[s]leep 561'"
    kill -STOP $client
}

test_a_stopped_command_without_a_session_holds_up_no_end() {
    is_podman && skip "podman 4.3 does not know it"
    [ "${SKIFF_RUNTIME:-skiff}" = skiff ] || skip "the process of an external runtime needs one"
    start_sleeper e
    has_a_stopped_command --no-session e
    run 0 kill -s KILL e
    ended 137
    is "$(state e)" exited
    run 0 start e
    has_a_stopped_command --no-session e
    run 0 rm -f -t 0 e
    ended 137
    # The end of the container's own program.
    run 0 run -d --name own "$IMAGE" sh -c 'while [ ! -e /end ]; do sleep 0.1; done; exit 9'
    has_a_stopped_command --no-session own
    run 0 exec own touch /end
    is "$(skiff wait own)" 9
    ended 137
    # The monitor's own deadline.
    run 0 run -d --name t --timeout 3 "$IMAGE" sleep 1000
    has_a_stopped_command --no-session t
    is "$(skiff wait t)" 255
    ended 137
}

test_a_caller_that_ignores_the_ends_of_children() {
    start_sleeper e
    run_ignoring 0 exec e echo here
    is "$output" here
    run_ignoring 7 exec -i e sh -c 'cat; exit 7'
    run_ignoring 5 exec -t e sh -c 'exit 5'
    run_ignoring 3 run --rm "$IMAGE" sh -c 'exit 3'
    run_ignoring 0 run -d --name d "$IMAGE" sleep 1000
    run_ignoring 0 rm -f -t 0 d
}
# As run, in a shell that has SIGCHLD ignored.
run_ignoring() {
    local expected=$1 status=0
    shift
    output=$(timeout -k 5 60 /usr/bin/python3 -ISc 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])' "${SKIFF_COMMAND[@]}" "$@" </dev/null) || status=$?
    is "$status" "$expected"
}

test_refuses_before_the_program_runs() {
    start_sleeper e
    printf '[engine\n' >containers.conf
    CONTAINERS_CONF=$PWD/containers.conf run 255 exec e touch /ran
    says containers.conf
    run 1 exec e test -e /ran
    is "$(sessions_of e)" 0
}

test_joins_what_an_earlier_version_created() {
    [ "${SKIFF_RUNTIME:-skiff}" = skiff ] || skip "about the embedded runtime's files"
    start_sleeper e
    local join=$SKIFF_RUNROOT/oci/skiff/$(skiff inspect -f '{{.Id}}' e)/join
    local filter
    filter=$(skiff exec e grep Seccomp: /proc/self/status)
    printf damaged >"$join"
    is "$(skiff exec e grep Seccomp: /proc/self/status)" "$filter"
    rm "$join"
    is "$(skiff exec e grep Seccomp: /proc/self/status)" "$filter"
    run 0 exec e hostname
}
