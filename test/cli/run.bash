# skiff run: exit status, streams, --rm, --name, -d, -i. Options by subject are in run_*.bash.

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
    run 134 run --rm --pid host "$IMAGE" sh -c 'kill -ABRT $$'
}

test_command_not_found_is_127() {
    run 127 run --rm "$IMAGE" no-such-command
    says no-such-command
    run 127 run --rm "$IMAGE" /no/such/command
    says /no/such/command
}

test_command_that_cannot_be_executed_is_126() {
    run 126 run --rm "$IMAGE" /etc/passwd
    says /etc/passwd
    run 126 run --rm "$IMAGE" /etc
}

test_failed_start_leaves_the_container_or_with_rm_nothing() {
    run 127 run --rm --name gone "$IMAGE" no-such-command
    run 125 inspect --format x gone
    run 127 run --name stays "$IMAGE" no-such-command
    run 0 ps -a --format '{{.Names}}'
    is "$output" stays
}

test_rm_removes() {
    run 0 run --rm --name once "$IMAGE" true
    run 0 ps -aq
    is "$output" ""
    run 0 run --rm --name once "$IMAGE" true
}

test_without_rm_the_container_stays() {
    run 3 run --name stays "$IMAGE" sh -c 'exit 3'
    is "$(state stays)" exited
    is "$(inspect stays '{{.State.ExitCode}}')" 3
}

test_detached_prints_the_id() {
    run 0 run -d --name back "$IMAGE" "${SLEEPER[@]}"
    like "$output" '^[0-9a-f]{64}$'
    is "$(inspect back '{{.Id}}')" "$output"
    is "$(state back)" running
}

test_detached_with_rm_vanishes_after_its_end() {
    run 0 run -d --rm --name brief "$IMAGE" sleep 0.2
    eventually no_container brief
}

no_container() { ! skiff inspect "$1" >/dev/null 2>&1; }

test_interactive_passes_stdin_to_its_end() {
    run 0 run -i --rm "$IMAGE" cat <<<"from outside"
    is "$output" "from outside"
    run 0 run -i --rm "$IMAGE" wc -c < <(head -c 300000 /dev/zero)
    is "$output" 300000
}

test_without_interactive_stdin_is_empty() {
    run 0 run --rm "$IMAGE" cat <<<"not for you"
    is "$output" ""
}

test_interactive_half_closed_stdin() {
    run 0 run -i --rm "$IMAGE" sh -c 'cat; echo after end' <<<first
    is "$output" $'first\nafter end'
}

test_half_a_megabyte_arrives_whole() {
    local attempt
    for attempt in 1 2 3 4 5; do
        is "$(skiff run --rm "$IMAGE" head -c 500000 /dev/zero | wc -c)" 500000
    done
}

test_output_after_the_reader_has_gone_does_not_hang() {
    skiff run --rm "$IMAGE" sh -c 'yes | head -n 100000' | head -n 1 >first || true
    is "$(cat first)" y
}

test_name_is_used_and_unique() {
    run 0 create --name taken "$IMAGE" true
    run 125 run --name taken "$IMAGE" true
    says taken "in use"
    run 125 run --name 'bad name' "$IMAGE" true
    run 125 run --name '-x' "$IMAGE" true
    run 125 run --name '../up' "$IMAGE" true
    run 0 ps -a --format '{{.Names}}'
    is "$output" taken
}

test_invented_names_differ() {
    run 0 create "$IMAGE" true
    run 0 create "$IMAGE" true
    run 0 ps -a --format '{{.Names}}'
    is "$(sort -u <<<"$output" | grep -cE '^[a-zA-Z0-9][a-zA-Z0-9_.-]+$')" 2
}

test_replace_takes_the_place_of_another() {
    local first
    start_sleeper same
    first=$(inspect same '{{.Id}}')
    run 0 run -d --replace --name same "$IMAGE" "${SLEEPER[@]}"
    isnt "$output" "$first"
    run 0 ps -aq
    is "$(wc -l <<<"$output")" 1
    run 0 create --replace --name other "$IMAGE" true
    run 125 create --replace "$IMAGE" true
}

test_cidfile() {
    run 0 run --rm --cidfile id "$IMAGE" true
    like "$(cat id)" '^[0-9a-f]{64}$'
    is "$(stat -c %s id)" 64
    run 0 run -d --name kept --cidfile kept.id "$IMAGE" "${SLEEPER[@]}"
    is "$(cat kept.id)" "$output"
}

test_cidfile_that_exists_is_refused() {
    echo mine >id
    run 125 run --cidfile id "$IMAGE" true
    says id
    is "$(cat id)" mine
    run 125 run --cidfile no/such/directory/id "$IMAGE" true
    says no/such/directory
    run 0 ps -aq
    is "$output" ""
}

test_pidfile() {
    run 0 run -d --name p --pidfile pid "$IMAGE" "${SLEEPER[@]}"
    is "$(cat pid)" "$(inspect p '{{.State.Pid}}')"
    exists "/proc/$(cat pid)"
}

test_missing_image_is_one_line_and_125() {
    run 125 run --rm --pull never localhost/no-such-image true
    says no-such-image
    run 0 ps -aq
    is "$output" ""
}

test_unknown_flag_is_125() {
    run 125 run --no-such-flag "$IMAGE" true
    says no-such-flag
}

test_flags_after_the_image_belong_to_the_command() {
    run 0 run --rm "$IMAGE" echo --rm -d --name x
    is "$output" "--rm -d --name x"
}

test_grouped_short_flags() {
    run 0 run -di --name grouped "$IMAGE" "${SLEEPER[@]}"
    is "$(state grouped)" running
}

test_image_without_command_is_refused() {
    new_image localhost/nothing <<'IMAGE'
busybox
config Cmd null
IMAGE
    run 125 run --rm localhost/nothing
    says command
    run 0 ps -aq
    is "$output" ""
}

test_descriptors_of_the_caller_do_not_leak_in() {
    exec 7</etc/hostname 9>leak
    run 0 run --rm "$IMAGE" sh -c 'ls /proc/self/fd | wc -l'
    exec 7<&- 9>&-
    # 0, 1, 2 and the directory that ls reads
    is "$output" 4
}

test_attach_selects_streams() {
    run 0 run --rm -a stdout "$IMAGE" sh -c 'echo out; echo err >&2'
    is "$output" out
    is "$errors" ""
    run 0 run --rm -a stderr "$IMAGE" sh -c 'echo out; echo err >&2'
    is "$output" ""
    is "$errors" err
    # Neither output: the ID is all there is to say.
    run 0 run -i -a stdin --name c "$IMAGE" cat <<<line
    is "$output" "$(inspect c '{{.Id}}')"
    is "$(skiff logs c)" line
    # --interactive attaches the input whatever --attach names.
    run 0 run --rm -i -a stdout "$IMAGE" cat <<<line
    is "$output" line
    run 0 run -d -a stdout --name d "$IMAGE" echo hi
    is "$output" "$(inspect d '{{.Id}}')"
}

test_timeout_kills() {
    run 255 run --name c --timeout 1 "$IMAGE" sleep 100
    is "$(inspect c '{{.State.ExitCode}} {{.State.Status}}')" '255 exited'
    like "$(skiff container history c)" 'exited 255: --timeout'
    run 255 run --name own --timeout 60 "$IMAGE" sh -c 'exit 255'
    unlike "$(skiff container history own)" "255: --timeout"
    run 3 run --rm --timeout 60 "$IMAGE" sh -c 'exit 3'
}

test_what_fails_once_the_container_exists_is_126() {
    run 126 run --rm --name c -u nobody-here "$IMAGE" true
    run 126 run -d --name d --group-add nobody-here "$IMAGE" true
    is "$output" ""
    run 126 run --rm --sysctl net.no_such=1 "$IMAGE" true
    run 125 start d
    is "$(skiff ps -aq --format '{{.Names}}')" d
}

test_what_the_host_lacks_is_an_error_of_create() {
    run 125 create --tz Nowhere/Land "$IMAGE" true
    says time zone Nowhere/Land
    run 125 create --security-opt seccomp=/no/such.json "$IMAGE" true
    says /no/such.json
    run 125 create --network ns:/no/such "$IMAGE" true
    says /no/such
    run 125 create --cpuset-cpus 4095 "$IMAGE" true
    says 4095
    run 125 create --device-read-bps /dev/no-such:1m "$IMAGE" true
    says /dev/no-such
    [ -d /sys/module/apparmor ] || run 125 create --security-opt apparmor=nosuch "$IMAGE" true
    is "$(skiff ps -aq)" ""
}

test_preserved_descriptors_are_the_callers() {
    echo "through three" >three
    run 0 run --rm --preserve-fds 1 "$IMAGE" cat /proc/self/fd/3 3<three
    is "$output" "through three"
    run 0 run --rm --preserve-fds 1 "$IMAGE" sh -c 'ls /proc/self/fd | wc -l' 3<three
    is "$output" 5  # the three standard ones, 3, and that of ls
    # One of skiff's own never stands in for one that is missing.
    run 125 run --rm --preserve-fds 2 "$IMAGE" true 3<three 4<&-
    says "file descriptor 4 is not available"
    run 0 run --name c --preserve-fds 1 "$IMAGE" sh -c 'readlink /proc/$$/fd/3 || echo none' 3<three
    like "$output" /three$
    run 0 start -a c 3<&-
    is "$output" none
}

test_detach_keys_that_are_none() {
    run 126 run --rm --detach-keys nonsense "$IMAGE" true
    says nonsense
    start_sleeper c
    run 125 attach --detach-keys ctrl-% c
    run 125 exec --detach-keys nonsense c true
    is "$(skiff ps -aq | wc -l)" 1
}
