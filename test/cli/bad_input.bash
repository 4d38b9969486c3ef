# Bad input: one line that says what, on which object, why; the right status; nothing half-made.

nothing_was_made() {
    run 0 ps -aq
    is "$output" ""
    run 0 images -q
    is "$(wc -l <<<"$output")" 1
}

test_unknown_names_everywhere() {
    local command
    for command in start stop kill logs attach wait "exec nosuch true:" "rename nosuch x:" inspect "container history"; do
        [ "$command" != "container history" ] || ! is_podman || continue
        case $command in *:) run 125 ${command%:} ;; *) run 125 $command nosuch ;; esac
        says nosuch
    done
}

test_image_names() {
    local name
    for name in 'UPPER' 'a b' 'a:b:c' ':tag' 'x@sha256:short' 'x@md5:00' '-leading' 'a//b' $'new\nline' ''; do
        run 125 create --pull never "$name" true
    done
    nothing_was_made
}

test_container_names() {
    local name
    for name in 'a b' '/a' '../a' '.a' '-a' $'a\nb' "$(printf 'x%.0s' {1..256})" 'a*' 'é'; do
        run 125 create --name "$name" "$IMAGE" true
    done
    nothing_was_made
}

test_missing_runtime() {
    run 125 --runtime no-such-runtime run --rm "$IMAGE" true
    says no-such-runtime
    run 125 --runtime /no/such/runtime run --rm "$IMAGE" true
    says /no/such/runtime
    nothing_was_made
}

test_runtime_that_is_no_runtime() {
    is_podman && skip "subject is skiff's own message"
    printf '#!/bin/sh\necho confused >&2\nexit 1\n' >fake && chmod +x fake
    run 126 --runtime "$PWD/fake" run --rm "$IMAGE" true
    says fake
    nothing_was_made
}

test_read_only_root() {
    is_podman && skip "subject is skiff's own behaviour"
    run 0 create --name before "$IMAGE" true
    mkdir view && mount --bind "$SKIFF_ROOT" view && mount -o remount,bind,ro view
    trap 'umount view' EXIT
    local command=("$SKIFF" --root "$PWD/view" --runroot "$PWD/view-run") status=0
    is "$("${command[@]}" ps -a --format '{{.Names}}' 2>/dev/null)" before
    like "$("${command[@]}" images 2>/dev/null)" busybox
    "${command[@]}" create "$IMAGE" true >out 2>err || status=$?
    is "$status" 125
    like "$(cat err)" '^Error: .*[Rr]ead-only'
    is "$(wc -l <err)" 1
}

# Only through SQLite: nothing else may open the file while skiff runs.
sql() { /usr/bin/python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()' "$database" "$1"; }
find_database() {
    is_podman && skip "subject is skiff's database"
    database=$(ls "$SKIFF_ROOT"/*.db | head -n 1)
}

test_database_from_the_future() {
    find_database
    local version
    version=$(/usr/bin/python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version").fetchone()[0])' "$database")
    sql 'PRAGMA user_version = 999'
    run 125 ps
    says 999
    sql "PRAGMA user_version = $version"
    run 0 ps
}

test_flipped_byte_in_the_database() {
    find_database
    run 0 create --name c "$IMAGE" true
    /usr/bin/python3 - "$database" <<'PYTHON'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
c.close()
with open(sys.argv[1], "r+b") as f:
    f.seek(20)
    f.write(b"\xff" * 12)   # reserved space and payload fractions of the header
    f.seek(4096)
    f.write(b"\xff" * 64)
PYTHON
    local before
    before=$(md5sum <"$database")
    local status=0
    skiff ps -a >out 2>err || status=$?
    is "$status" 125
    like "$(cat err)" '^Error: .*'
    like "$(cat err)" "$(basename "$database")|database"
    is "$(wc -l <err)" 1
    is "$(md5sum <"$database")" "$before"
    rm -rf "$SKIFF_ROOT" "$SKIFF_RUNROOT" # nothing to check for leaks in
}

test_root_that_cannot_be() {
    is_podman && skip "subject is skiff's own message"
    echo file >plain
    local status=0
    "$SKIFF" --root "$PWD/plain/root" --runroot "$PWD/run" ps 2>err || status=$?
    is "$status" 125
    like "$(cat err)" '^Error: .*plain'
}

test_two_roots_never_see_each_other() {
    run 0 create --name here "$IMAGE" true
    local other=("$SKIFF" --root "$PWD/other" --runroot "$PWD/other-run")
    ! is_podman || other+=(--tmpdir "$PWD/other-tmp")
    is "$("${other[@]}" ps -aq)" ""
    is "$("${other[@]}" images -q)" ""
}

test_arguments_that_are_missing_or_too_many() {
    local command
    for command in run create exec "exec x" attach rename "rename a" tag "tag a" import load; do
        case $command in load) continue ;; esac
        run 125 $command
    done
    run 125 attach a b
    run 125 rename a b c
    run 125 version extra
}

test_flags_without_value_and_bad_numbers() {
    run 125 run --name
    run 125 run --memory
    run 125 stop --time x nosuch
    run 125 logs --tail many nosuch
    run 125 run --rm=maybe "$IMAGE" true
    run 125 run --stop-timeout -5 "$IMAGE" true
    nothing_was_made
}

test_closed_standard_streams() {
    local status=0
    "${SKIFF_COMMAND[@]}" run --rm "$IMAGE" echo x >&- 2>err || status=$?
    "${SKIFF_COMMAND[@]}" run --rm "$IMAGE" true <&- >out 2>err || fail "$(cat err)"
    run 0 ps -aq
    is "$output" ""
}

test_standard_output_on_a_full_disk() {
    local status=0
    "${SKIFF_COMMAND[@]}" ps -a >/dev/full 2>err || status=$?
    is_podman || is "$status" 125
}
