# What only a host with systemd as PID 1 shows: the real journal, the boot unit, scopes made by the service manager.

need_systemd() { [ "$(cat /proc/1/comm)" = systemd ] || skip "needs systemd as PID 1"; }
# journal FIELD=VALUE… -- FIELD: what journalctl has, once it has it.
in_journal() { journalctl -q --no-pager -o json "$@"; }

test_logs_in_the_journal() {
    need_systemd
    run 0 run --name j --log-driver journald --log-opt tag=web "$IMAGE" sh -c 'echo one; echo two >&2; printf "a\001b\n"'
    eventually eval '[ "$(in_journal CONTAINER_NAME=j | wc -l)" -ge 3 ]'
    is "$(in_journal CONTAINER_NAME=j | jq -r 'select(.MESSAGE == "two") | .PRIORITY + " " + .SYSLOG_IDENTIFIER + " " + .CONTAINER_TAG')" '3 web web'
    is "$(in_journal CONTAINER_ID_FULL="$(inspect j '{{.Id}}')" | head -n 1 | jq -r .MESSAGE)" one
    skiff logs j >out 2>err
    is "$(head -n 1 out)" one
    is "$(cat err)" two
    run 0 logs --tail 1 -t j
    like "$output$errors" '^[0-9-]{10}T'
    run 0 run -d --name f --log-driver journald "$IMAGE" sh -c 'echo first; while [ ! -e /go ]; do sleep 0.05; done; echo last'
    background followed logs -f f
    eventually contains followed first
    run 0 exec f touch /go
    ended 0
    is "$(cat followed)" $'first\nlast'
    # A rotated journal is read as the one that is written.
    journalctl -q --rotate
    run 0 logs f
    is "$output" $'first\nlast'
}

test_events_in_the_journal() {
    need_systemd
    SKIFF_COMMAND+=(--events-backend journald)
    run 0 run --rm --name seen "$IMAGE" true
    eventually eval '[ "$(in_journal PODMAN_NAME=seen PODMAN_EVENT=died | wc -l)" -ge 1 ]'
    is "$(in_journal PODMAN_NAME=seen | jq -r .PODMAN_EVENT | tr '\n' ' ')" "$(skiff events --stream=false --filter container=seen --format '{{.Status}}' | tr '\n' ' ')"
}

# The unit as it is installed, but for the sandbox's roots.
test_boot_unit() {
    need_systemd
    local unit=/run/systemd/system/skiff-test-boot.service source
    source=$(dirname "${BASH_SOURCE[0]}")/../../dist/skiff-boot.service.in
    run 0 run -d --name always --network none --restart always "$IMAGE" "${SLEEPER[@]}"
    run 0 run -d --name never --network none "$IMAGE" "${SLEEPER[@]}"
    sed -E "s#^(Exec[A-Za-z]+=)@[A-Za-z_]+@(/skiff)?#\\1${SKIFF_COMMAND[*]}#" "$source" >"$unit"
    unlike "$(cat "$unit")" '@'
    # shellcheck disable=SC2064 # the name is one of this function only
    trap "rm -f $unit; systemctl daemon-reload" EXIT
    systemctl daemon-reload
    run 0 stop -t 0 always never
    systemctl start skiff-test-boot.service || fail "$(systemctl status skiff-test-boot.service)"
    is "$(systemctl show -P Result skiff-test-boot.service)" success
    eventually state_is always running
    isnt "$(state never)" running
    run 0 rm -f -t 0 always never
}

test_containers_in_scopes() {
    need_systemd
    SKIFF_COMMAND+=(--cgroup-manager systemd)
    run 0 run -d --name s --memory 64m --cpus 0.5 "$IMAGE" "${SLEEPER[@]}"
    local scope
    scope=$(sed -n 's/^0:://p' "/proc/$(inspect s '{{.State.Pid}}')/cgroup" | grep -oE '[^/]+\.scope')
    is "$(systemctl show -P MemoryMax "$scope")" 67108864
    is "$(systemctl show -P CPUQuotaPerSecUSec "$scope")" 500ms
    run 0 update --memory 128m s
    systemctl daemon-reload
    is "$(systemctl show -P MemoryMax "$scope")" 134217728
    run 0 exec s true
    run 0 pause s
    run 0 unpause s
    run 0 restart -t 5 s
    run 0 rm -f -t 0 s
    is "$(systemctl show -P LoadState "$scope")" not-found
}

test_systemd_tells_when_a_container_is_ready() {
    need_systemd
    # Type=notify: the unit is up once the container says so.
    systemd-run -q --unit skiff-notify-test -p Type=notify -p NotifyAccess=all -p TimeoutStartSec=120 \
        "${SKIFF_COMMAND[@]}" run --name n --network none --sdnotify conmon "$IMAGE" "${SLEEPER[@]}" || fail "$(systemctl status skiff-notify-test)"
    is "$(systemctl show -P ActiveState skiff-notify-test)" active
    state_is n running
    run 0 stop -t 5 n
    eventually eval '[ "$(systemctl show -P ActiveState skiff-notify-test)" != active ]'
    systemctl reset-failed skiff-notify-test 2>/dev/null || true
}
