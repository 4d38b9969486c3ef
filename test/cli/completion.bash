# Completion in the shells, against real containers: test/harness/completion.py types, this says what must become of it.

# complete_in SHELL <TABLE
complete_in() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
    local answer=$SKIFF_SCRATCH/answer
    printf '#!/bin/sh\nshift\nexec "%s" __complete --root "%s" "$@"\n' "$SKIFF" "$SKIFF_ROOT" >"$answer"
    chmod +x "$answer"
    "$TEST_HARNESS/completion.py" "$1" "$answer" "$TEST_HARNESS/../../completions"
}

completion_table() {
    cat <<'END'
skiff st ?? start stop
skiff unpau => unpause
skiff container exi => container exists
skiff stop webr => stop webrunning
skiff start webs => start webstopped
skiff start web => start webstopped
skiff inspect web ?? webrunning webstopped
skiff run --interac => run --interactive
skiff run --net non => run --net none
skiff run --cap-add NET_A => run --cap-add NET_ADMIN
skiff run --cap-add=NET_A => run --cap-add=NET_ADMIN
skiff run --network container:webr => run --network container:webrunning
skiff kill --signal USR ?? USR1 USR2
skiff ps --filter stat => ps --filter status=
skiff ps --filter status=ru => ps --filter status=running
skiff ps --filter name=webr => ps --filter name=webrunning
skiff run --env-file ski => run --env-file skiff
skiff --log-level deb => --log-level debug
END
}

make_containers() {
    start_sleeper webrunning
    run 0 create --name webstopped "$IMAGE" true
}

test_bash() {
    make_containers
    completion_table | complete_in bash
}

test_zsh() {
    make_containers
    completion_table | complete_in zsh
}

test_fish() {
    make_containers
    completion_table | complete_in fish
}

test_ids_for_who_types_one() {
    run 0 create --name a "$IMAGE" true
    local id=$output offered
    offered=$("$SKIFF" __complete --root "$SKIFF_ROOT" inspect "${id:0:6}")
    is "${offered%%$'\t'*}" "${id:0:12}"
}

test_nothing_and_no_error_without_a_database() {
    local answer
    answer=$("$SKIFF" __complete --root /nonexistent stop web 2>&1)
    is "$answer" ":none"
}

# Of every option of every command: what an error lists as the words that there are, completion offers.
test_options_of_a_few_words_offer_them_all() {
    local answer=$SKIFF_SCRATCH/answer missing
    missing=$("$TEST_HARNESS/closed_sets.py" "$TEST_HARNESS/../../docs/man" "$IMAGE" "${SKIFF_COMMAND[@]}" 2>"$answer") || fail "$missing"
    like "$(<"$answer")" '^[2-9][0-9] sets$'
}

# offered WORD…: what `__complete` prints, without descriptions, on one line.
offered() { "$SKIFF" __complete --root "$SKIFF_ROOT" "$@" | sed '/^:/d' | cut -f1 | xargs; }

test_images_volumes_networks_and_secrets() {
    run 0 volume create vessel
    run 0 network create netting
    echo x | skiff secret create token - >/dev/null
    local command
    for command in push save history "image tree" tag rmi; do
        # shellcheck disable=SC2086
        is "$(offered $command localhost/bus)" localhost/busybox:latest
    done
    is "$(offered push "$IMAGE" loc)" ""
    is "$(offered save "$IMAGE" localhost/bus)" localhost/busybox:latest
    is "$(offered volume rm ves)" vessel
    is "$(offered network rm nett)" netting
    is "$(offered secret rm tok)" token
    is "$(offered secret ls --filter name=to)" name=token
    is "$(offered volume ls --format '{{.Mo')" "{{.MountCount}} {{.Mountpoint}}"
    is "$(offered network ls --format '{{.Na')" "{{.Name}}"
    is "$(offered secret ls --format '{{.Up')" "{{.UpdatedAt}}"
    is "$(offered history --format '{{.CreatedB')" "{{.CreatedBy}}"
    is "$(offered push --compression-format z)" "zstd zstd:chunked"
    is "$(offered image trust set --type s)" "signedBy sigstoreSigned"
    is "$(offered images --filter man)" manifest=
    start_sleeper serving --network bridge -p 80
    is "$(offered port serv)" serving
    # Every placeholder that is offered is one.
    for command in "volume ls" "network ls" "secret ls" "history $IMAGE" images ps; do
        # shellcheck disable=SC2086
        run 0 $command --format "$(offered ${command% localhost*} --format '{{.' | sed 's/{{\.Label}}/{{.Label "x"}}/')"
    done
}
