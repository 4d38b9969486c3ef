# A package upgrade under running containers: the binary is replaced by one with a newer schema.

# Puts a copy of the program where `upgrade` can replace it, and runs that from here on.
install_copy() {
    is_podman && skip "subject is skiff's own database"
    NEXT=$(dirname "$SKIFF")/test/next/skiff-next
    [ -x "$NEXT" ] || skip "build it first: ninja test/next/skiff-next"
    cp "$SKIFF" skiff
    OLD=$SKIFF
    SKIFF_COMMAND[0]=$PWD/skiff
}

# As dpkg does: a new file renamed over the old one.
upgrade() {
    cp "$NEXT" skiff.dpkg-new
    mv skiff.dpkg-new skiff
    run 0 ps -aq
}

# For the harness, which looks after the test with the program that it knows.
downgrade() {
    /usr/bin/python3 -ISB - "$SKIFF_ROOT/skiff.db" <<'PYTHON'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.executescript("DROP TABLE next_feature; PRAGMA user_version=" + str(c.execute("PRAGMA user_version").fetchone()[0] - 1))
PYTHON
}

# A process that waits for the file /go/NAME, says so, and exits with STATUS.
waiter() {
    local name=$1 status=$2
    mkdir -p go
    run 0 run -d --name "$name" -v "$PWD/go:/go" "${@:3}" "$IMAGE" \
        sh -c "echo before; while [ ! -e /go/$name ]; do sleep 0.02; done; echo after; exit $status"
}

test_what_runs_through_an_upgrade_keeps_its_promises() {
    install_copy
    waiter plain 7
    waiter fleeting 0 --rm
    waiter retried 3 --restart on-failure:2
    run 0 exec -d plain sleep 1000
    upgrade
    is "$(state plain)" running
    run 0 exec plain echo inside
    is "$output" inside
    touch go/plain go/fleeting go/retried
    run 0 wait plain retried
    is "$output" $'7\n3'
    run 0 logs plain
    is "$output" $'before\nafter'
    eventually gone fleeting
    eventually settled_after_retries retried
    run 0 start plain
    run 0 wait plain
    is "$output" 7
    run 0 rm plain retried
    downgrade
}

gone() { ! skiff container exists "$1"; }
settled_after_retries() { [ "$(inspect "$1" '{{.State.Status}} {{.RestartCount}}')" = 'exited 2' ]; }

test_the_former_binary_refuses_the_newer_database_and_its_backup_is_there() {
    install_copy
    start_sleeper one
    upgrade
    SKIFF_COMMAND[0]=$OLD
    run 125 ps
    says 'has schema' newer
    exists "$(ls "$SKIFF_ROOT"/*.schema[0-9]*)"
    SKIFF_COMMAND[0]=$PWD/skiff
    run 0 rm -t 0 -f one
    downgrade
}
