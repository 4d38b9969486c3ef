# skiff rm.

test_removes_what_does_not_run() {
    run 0 create --name a "$IMAGE" true
    run 0 run --name b "$IMAGE" true
    run 0 rm a b
    is "$output" $'a\nb'
    run 0 ps -aq
    is "$output" ""
}

test_running_is_refused_with_2() {
    start_sleeper a
    run 2 rm a
    says a
    is "$(state a)" running
}

test_force() {
    run 0 run -d --name a "$IMAGE" sleep 1000
    run 0 rm -f -t 0 a
    is "$output" a
    run 0 ps -aq
    is "$output" ""
}

test_depend_takes_those_that_need_it_first() {
    run 0 create --name base "$IMAGE" true
    run 0 create --name middle --requires base "$IMAGE" true
    run 0 create --name top --requires middle "$IMAGE" true
    local top=$output
    run 125 rm base
    says needed middle
    run 125 rm middle
    run 0 create --name beside --network container:base "$IMAGE" true
    local beside=$output
    run 0 create --name stays "$IMAGE" true
    run 125 rm base
    says depend
    run 0 rm --depend middle
    is "$output" "$top"$'\n'middle
    run 0 create --name top --requires base "$IMAGE" true
    top=$output
    run 0 rm --depend top base
    is "$output" top$'\n'"$beside"$'\n'base
    run 0 ps -a --format '{{.Names}}'
    is "$output" stays
}

test_missing_is_1() {
    run 1 rm nosuch
    says nosuch
    run 0 create --name a "$IMAGE" true
    run 1 rm a nosuch
    is "$output" ""
    is "$(state a)" created
    run 0 rm -f nosuch a
    is "$output" a
    run 0 ps -aq
    is "$output" ""
    run 0 rm -f nosuch
    run 0 rm --ignore nosuch
    run 125 rm
}

# From podman-rm(1): --time implies that something is stopped, which only --force does.
test_time_needs_force() {
    run 0 create --name a "$IMAGE" true
    run 125 rm --time 3 a
    says force time
    run 0 rm --force --time 3 a
}

test_all() {
    run 0 create "$IMAGE" true
    run 0 create "$IMAGE" true
    run 0 rm -a
    is "$(wc -l <<<"$output")" 2
    start_sleeper running
    run 2 rm --all
    run 0 rm --all --force
    run 0 ps -aq
    is "$output" ""
}

test_by_cidfile() {
    run 0 create --cidfile id "$IMAGE" true
    run 0 rm --cidfile id
    run 0 ps -aq
    is "$output" ""
}

test_frees_name_and_content() {
    run 0 run --name a "$IMAGE" sh -c 'head -c 3000000 /dev/zero >/big'
    run 0 rm a
    [ "$(du -sk "$SKIFF_ROOT" | cut -f 1)" -lt 8000 ] || fail "$(du -k "$SKIFF_ROOT" | sort -n | tail -n 5)"
    run 0 create --name a "$IMAGE" true
}

test_scripts_habit() {
    run 0 create "$IMAGE" true
    run 0 create "$IMAGE" true
    local id
    for id in $(skiff ps -aq); do run 0 rm "$id"; done
    run 0 ps -aq
    is "$output" ""
}

test_many_in_one_go() {
    # More than one batch (128), made by several at once.
    seq 129 | xargs -P 4 -I N "${SKIFF_COMMAND[@]}" create --name cN "$IMAGE" true >ids
    run 0 run --name ran "$IMAGE" true
    run 0 rm --all
    is "$(wc -l <<<"$output")" 130
    run 0 ps -aq
    is "$output" ""
    is "$(ls "$SKIFF_RUNROOT/locks")" ""
}

test_one_that_fails_does_not_hold_up_the_rest() {
    local stuck other
    for other in 1 2 3; do skiff create "$IMAGE" true >/dev/null; done
    run 0 create --name stuck "$IMAGE" true
    stuck=$SKIFF_ROOT/containers/$output
    for other in 4 5; do skiff create "$IMAGE" true >/dev/null; done
    # A mount point can be neither renamed nor removed.
    mount --bind "$stuck" "$stuck"
    run 125 rm -a
    is "$(wc -l <<<"$output")" 5
    says "${stuck##*/}" busy
    umount "$stuck"
    run 0 ps -aq
    is "$output" ""
    missing "$stuck"
}

test_those_that_are_needed_go_after_those_that_need_them() {
    start_sleeper base
    run 0 create --name user --network container:base "$IMAGE" true
    run 125 rm -f -t 0 base
    says user
    is "$(state base)" running
    run 0 rm -f -t 0 user base
    run 0 create --name base "$IMAGE" true
    run 0 create --name user --ipc container:base "$IMAGE" true
    run 0 create --name free "$IMAGE" true
    run 0 rm -a
    is "$(wc -l <<<"$output")" 3
}

test_two_at_the_same_time() {
    local i
    for ((i = 0; i < 40; i++)); do skiff create "$IMAGE" true >/dev/null; done
    background one rm -fa
    run 0 rm -fa
    ended 0
    run 0 ps -aq
    is "$output" ""
}

test_prune_removes_what_does_not_run() {
    run 0 create "$IMAGE" true
    run 0 run "$IMAGE" true
    start_sleeper stays
    run 0 container prune -f
    is "$(wc -l <<<"$output")" 2
    run 0 ps -a --format '{{.Names}}'
    is "$output" stays
}

test_prune_takes_what_needs_a_container_first() {
    run 0 create --name base "$IMAGE" true
    run 0 create --name joined --network container:base "$IMAGE" true
    run 0 create --name top --requires base "$IMAGE" true
    run 0 container prune -f
    is "$(skiff ps -aq)" ""
}

test_prune_asks() {
    run 0 create --name a "$IMAGE" true
    expecting_warning=1 run 0 container prune <<<n
    run 0 ps -aq
    isnt "$output" ""
    local status=0
    skiff container prune </dev/null >out 2>err || status=$?
    is "$status" 125
    like "$(<err)" 'Error: no answer on standard input'
    expecting_warning=1 run 0 container prune <<<y
    run 0 ps -aq
    is "$output" ""
}
