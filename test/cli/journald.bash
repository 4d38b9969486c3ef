# The log driver journald, with a journal of the test's own.
# harness: own mounts

start_journal() {
    mkdir -p /run/systemd bin
    mount -t tmpfs tmpfs /run/systemd
    mkdir /run/systemd/journal
    "$TEST_HARNESS/fake_journal.py" serve /run/systemd/journal/socket "$PWD/journal" >ready &
    journal=$!
    eventually contains ready ready
    printf '#!/bin/sh\nexec %q show %q "$@"\n' "$TEST_HARNESS/fake_journal.py" "$PWD/journal" >bin/journalctl
    chmod +x bin/journalctl
    export PATH=$PWD/bin:$PATH
}
stop_journal() {
    kill "$journal"
    wait "$journal" || true
    umount /run/systemd
}
entries() { jq -c "select(.CONTAINER_NAME == \"$1\") | $2" journal; }

test_entries() {
    start_journal
    run 0 run --name c --log-driver journald --log-opt tag=web "$IMAGE" sh -c 'echo out; echo err >&2; printf "a\001b\n"; head -c 20000 /dev/zero | tr "\0" x'
    local id
    id=$(inspect c '{{.Id}}')
    eventually has_text c 20000
    is "$(entries c '[.MESSAGE, .PRIORITY]' | sed -n 1p)" '["out","6"]'
    is "$(entries c 'select(.PRIORITY == "3") | .MESSAGE')" '"err"'
    is "$(entries c 'select(.MESSAGE == "out") | [.CONTAINER_ID, .CONTAINER_ID_FULL, .CONTAINER_TAG, .SYSLOG_IDENTIFIER]')" "[\"${id:0:12}\",\"$id\",\"web\",\"web\"]"
    is "$(entries c 'select(.CONTAINER_PARTIAL_MESSAGE == "true") | .MESSAGE | length > 16384' | sort -u)" false
    is "$(inspect c '{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Path}}')" 'journald '
    stop_journal
}
has_text() { [ "$(entries "$1" 'select(.MESSAGE | type == "string" and startswith("x")) | .MESSAGE | length' | awk '{s += $1} END {print s}')" = "$2" ]; }
has_entries() { [ "$(entries "$1" 1 | wc -l)" = "$2" ]; }

test_logs() {
    start_journal
    run 0 run --name c --log-driver journald "$IMAGE" sh -c 'echo one; echo two >&2; echo three; printf "\377raw\n"'
    run 0 run --name other --log-driver journald "$IMAGE" echo other
    eventually has_entries c 4
    skiff logs c >out 2>err
    is "$(head -2 out)" $'one\nthree'
    is "$(tail -1 out | od -An -c | tr -d ' ')" '377raw\n'
    is "$(cat err)" two
    run 0 run --name several --log-driver journald "$IMAGE" sh -c 'echo 1; echo 2; echo 3'
    eventually has_entries several 3
    run 0 logs --tail 2 several
    is "$output" $'2\n3'
    run 0 logs -t --since 1h other
    like "$output" '^[0-9-]{10}T[0-9:.]+.* other$'
    run 0 logs --until 2001-01-01 c
    is "$output$errors" ''
    stop_journal
}

test_follow() {
    start_journal
    run 0 run -d --name c --log-driver journald "$IMAGE" sh -c 'echo first; while [ ! -e /go ]; do sleep 0.05; done; echo last'
    background followed logs -f c
    eventually contains followed first
    run 0 exec c touch /go
    ended 0
    is "$(cat followed)" $'first\nlast'
    stop_journal
}

test_refused_where_nobody_listens() {
    mkdir -p /run/systemd
    mount -t tmpfs tmpfs /run/systemd
    run 125 create --log-driver journald "$IMAGE" true
    says journald /run/systemd/journal/socket
    umount /run/systemd
}

test_reading_needs_journalctl() {
    start_journal
    run 0 run --name c --log-driver journald "$IMAGE" echo hi
    mkdir empty
    local status=0
    PATH=$PWD/empty skiff logs c 2>err || status=$?
    is "$status" 125
    like "$(cat err)" 'journalctl.*systemd'
    stop_journal
}
