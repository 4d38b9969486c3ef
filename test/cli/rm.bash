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

test_missing_is_1() {
    run 1 rm nosuch
    says nosuch
    run 0 create --name a "$IMAGE" true
    run 1 rm nosuch a
    run 0 ps -aq
    is "$output" ""
    run 0 rm -f nosuch
    run 0 rm --ignore nosuch
    run 125 rm
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
