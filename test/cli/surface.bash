# Every option of podman's commands is accepted or refused with a reason (test/surface/commands.tsv: see its README.md).

test_every_option_is_known() {
    /usr/bin/python3 -ISB "$TEST_HARNESS/../surface/check.py" "$SKIFF" >report || fail "$(cat report)"
}

test_absent_commands_say_why() {
    run 125 build .
    like "$errors" buildah
    run 125 pod create
    like "$errors" 'skiff has no command "pod": pods'
    run 125 container checkpoint c
    like "$errors" CRIU
}

test_completion_prints_the_scripts() {
    run 0 completion bash
    like "$output" '^# bash completion'
    bash -n <<<"$output"
    run 0 completion -f script zsh
    like "$(cat script)" '#compdef'
    run 125 completion tcsh
}

test_system_migrate() {
    run 0 create --name c "$IMAGE" true
    run 0 system migrate
    run 0 system renumber
    run 0 system migrate --new-runtime "${SKIFF_RUNTIME:-skiff}"
    is "$(inspect c '{{.OCIRuntime}}')" "${SKIFF_RUNTIME:-skiff}"
    run 125 system migrate --new-runtime nosuch
    run 0 start -a c
}
