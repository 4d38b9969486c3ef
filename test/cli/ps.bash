# skiff ps.

test_lists_running_only_unless_all() {
    start_sleeper up
    run 0 create --name idle "$IMAGE" true
    run 0 ps --format '{{.Names}}'
    is "$output" up
    run 0 ps -a --format '{{.Names}}'
    is "$(sort <<<"$output")" $'idle\nup'
}

test_table() {
    start_sleeper up
    run 3 run --name done "$IMAGE" sh -c 'exit 3'
    run 0 ps -a
    like "$(head -n 1 <<<"$output")" '^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$'
    like "$output" 'Up [^ ]+ .*up'
    like "$output" 'Exited \(3\) .* ago'
    like "$output" 'localhost/busybox:latest'
    is "$(tail -n +2 <<<"$output" | cut -c 1-12 | grep -cE '^[0-9a-f]{12}$')" 2
}

test_empty() {
    run 0 ps
    is "$(wc -l <<<"$output")" 1
    run 0 ps -q
    is "$output" ""
    run 0 ps --format json
    is "$output" '[]'
}

test_quiet_and_no_trunc() {
    start_sleeper up
    local id
    id=$(inspect up '{{.Id}}')
    run 0 ps -q
    is "$output" "${id:0:12}"
    run 0 ps -q --no-trunc
    is "$output" "$id"
    run 0 ps --noheading
    is "$(wc -l <<<"$output")" 1
}

test_format() {
    start_sleeper up -l tier=web
    run 0 ps --format '{{.ID}} {{.Image}} {{.Names}} {{.State}}'
    like "$output" '^[0-9a-f]{12} localhost/busybox:latest up running$'
    run 0 ps --format 'table {{.Names}}\t{{.Status}}'
    like "$output" $'^NAMES +STATUS\nup +Up '
    run 0 ps --format '{{json .Names}}'
    like "$output" up
    run 125 ps --format '{{.NoSuchField}}'
    says NoSuchField
    run 125 ps --format '{{'
}

test_json() {
    start_sleeper up
    run 0 ps --format json
    /usr/bin/python3 - "$output" <<'PYTHON'
import json, sys
rows = json.loads(sys.argv[1])
assert len(rows) == 1, rows
row = rows[0]
assert row["Names"] == ["up"], row["Names"]
assert row["State"] == "running"
assert len(row["Id"]) == 64
assert row["Image"] == "localhost/busybox:latest"
assert isinstance(row["Pid"], int) and row["Pid"] > 1
assert row["Command"][0] == "sh"
PYTHON
}

test_filters() {
    start_sleeper one -l a=1
    run 0 create --name two -l a=2 "$IMAGE" true
    run 0 ps -a --filter name=tw --format '{{.Names}}'
    is "$output" two
    run 0 ps -a --filter status=running --format '{{.Names}}'
    is "$output" one
    run 0 ps -a --filter status=created --filter status=running -q
    is "$(wc -l <<<"$output")" 2
    run 0 ps -a --filter label=a --filter label=a=2 --format '{{.Names}}'
    is "$output" two
    run 0 ps -a --filter "id=$(inspect two '{{.Id}}')" --format '{{.Names}}'
    is "$output" two
    run 0 ps -a --filter ancestor=$IMAGE -q
    is "$(wc -l <<<"$output")" 2
    run 3 run --name three "$IMAGE" sh -c 'exit 3'
    run 0 ps -a --filter exited=3 --format '{{.Names}}'
    is "$output" three
    run 0 ps -a --filter before=three --format '{{.Names}}'
    is "$(sort <<<"$output")" $'one\ntwo'
    run 0 ps -a --filter since=one --format '{{.Names}}'
    is "$(sort <<<"$output")" $'three\ntwo'
    run 125 ps --filter colour=red
    says colour
    run 125 ps --filter name
}

test_last_and_latest() {
    run 0 create --name first "$IMAGE" true
    run 0 create --name second "$IMAGE" true
    run 0 create --name third "$IMAGE" true
    run 0 ps -n 2 --format '{{.Names}}'
    is "$(sort <<<"$output")" $'second\nthird'
    run 0 ps --latest --format '{{.Names}}'
    is "$output" third
}

test_names_of_other_spellings() {
    start_sleeper up
    run 0 container ls --format '{{.Names}}'
    is "$output" up
    run 0 container ps --format '{{.Names}}'
    is "$output" up
    run 0 container list --format '{{.Names}}'
    is "$output" up
}

test_notices_a_container_that_died() {
    start_sleeper up
    kill -KILL "$(inspect up '{{.State.Pid}}')"
    eventually state_is up exited
    is "$(inspect up '{{.State.ExitCode}}')" 137
}

test_names_of_the_namespaces() {
    start_sleeper c
    local shown
    shown=$(skiff ps --ns --format '{{.Cgroup}} {{.IPC}} {{.MNT}} {{.NET}} {{.PIDNS}} {{.USERNS}} {{.UTS}}')
    like "$shown" '^[0-9]+( [0-9]+){6}$'
}

# There are none: what is listed is the same.
test_containers_of_other_programs() {
    run 0 create --name c "$IMAGE" true
    is "$(skiff ps -a --external -q)" "$(skiff ps -aq)"
    run 0 ps -a --storage --format '{{.Names}}'
    is "$output" c
    run 0 container exists --external c
    run 1 container exists --external nosuch
}

test_size_has_three_digits() {
    run 0 create --name c "$IMAGE" true
    run 0 ps -a --size --format '{{.Size}}'
    like "$output" '^0B \(virtual [0-9.]{2,4}[kMG]B\)$'
    [ "$(tr -cd 0-9 <<<"${output#*virtual}" | wc -c)" -le 3 ] || fail "$output"
}

test_last_and_latest_exclude_each_other() {
    run 125 ps --last 1 --latest
    says last latest
}
