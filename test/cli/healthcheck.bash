# Health checks, run by the monitor: no systemd, no process between two checks.

health_is() { [ "$(skiff inspect --format '{{.State.Health.Status}}' "$1")" = "$2" ]; }

# A container that is well while /ok exists.
run_checked() {
    local name=$1
    shift
    run 0 run -d --name "$name" --health-cmd 'test -e /ok && echo fine || { echo broken; exit 1; }' --health-interval 200ms "$@" \
        "$IMAGE" sh -c 'touch /ok; trap "exit 0" TERM; while :; do sleep 0.05; done'
}

test_healthy_then_unhealthy_then_healthy() {
    run_checked h --health-retries 2
    eventually health_is h healthy
    like "$(skiff ps --format '{{.Status}}')" '\(healthy\)$'
    is "$(skiff ps -q --filter health=healthy | wc -l)" 1
    is "$(skiff ps -q --filter health=unhealthy | wc -l)" 0
    run 0 exec h rm /ok
    eventually health_is h unhealthy
    run 0 inspect --format '{{.State.Health.FailingStreak}} {{(index .State.Health.Log 0).Output}}' h
    run 0 inspect --format '{{json .State.Health.Log}}' h
    like "$output" '"ExitCode":1,"Output":"broken'
    run 0 exec h touch /ok
    eventually health_is h healthy
    is "$(skiff inspect --format '{{.State.Health.FailingStreak}}' h)" 0
    is "$(skiff events --stream=false --filter event=health_status --format '{{.HealthStatus}}' | tr '\n' ' ')" 'healthy unhealthy healthy '
    is "$(skiff events --stream=false --filter event=exec_died | wc -l)" 2  # the two above: a check is none
    run 0 rm -f -t 0 h
}

test_nothing_between_checks() {
    # Not one that waits for a file which the container makes: there is no second check.
    run 0 run -d --name h --health-cmd true --health-interval 1h "$IMAGE" sleep 1000
    eventually health_is h healthy
    sleep 0.3
    local monitor
    monitor=$(skiff inspect --format '{{.State.ConmonPid}}' h)
    is "$(cat /proc/"$monitor"/task/*/children | wc -w)" 1  # the container's init
    run 0 rm -f -t 0 h
}

test_starting_until_the_first_result() {
    run 0 run -d --name h --health-cmd 'sleep 3' --health-interval 1h "$IMAGE" sleep 100
    health_is h starting || fail "not starting"
    like "$(skiff ps --format '{{.Status}}')" '\(starting\)$'
    run 0 rm -f -t 0 h
}

test_start_period_forgives() {
    run 0 run -d --name h --health-cmd false --health-interval 100ms --health-retries 1 --health-start-period 1h "$IMAGE" sleep 100
    log_has_three() { [ "$(skiff inspect --format '{{len .State.Health.Log}}' h)" -ge 3 ]; }
    eventually log_has_three
    health_is h starting || fail "counted"
    run 0 rm -f -t 0 h
}

test_timeout_kills_the_check() {
    run 0 run -d --name h --health-cmd 'sleep 60' --health-interval 1h --health-timeout 1s --health-retries 1 "$IMAGE" sleep 100
    eventually health_is h unhealthy
    run 0 inspect --format '{{json .State.Health.Log}}' h
    like "$output" '"ExitCode":-1,"Output":"healthcheck command exceeded timeout of 1'
    unlike "$(skiff top h args)" 'sleep 60'
    run 0 rm -f -t 0 h
}

test_on_failure_kill_stop_restart() {
    local action
    for action in kill stop; do
        run 0 run -d --name "h$action" --health-cmd false --health-interval 100ms --health-retries 1 --health-on-failure $action \
            "$IMAGE" sh -c 'trap "exit 7" TERM; while :; do sleep 0.05; done'
        run 0 wait "h$action"
    done
    is "$(skiff inspect --format '{{.State.ExitCode}}' hkill)" 137
    is "$(skiff inspect --format '{{.State.ExitCode}}' hstop)" 7
    run 0 run -d --name again --health-cmd 'test ! -e /bad' --health-interval 100ms --health-retries 1 --health-on-failure restart \
        "$IMAGE" sh -c 'rm -f /bad; echo up; trap "exit 0" TERM; while :; do sleep 0.05; done'
    eventually health_is again healthy
    run 0 exec again touch /bad
    up_twice() { [ "$(skiff logs again | grep -c up)" -ge 2 ]; }
    eventually up_twice
    eventually health_is again healthy
    run 0 rm -f -t 0 again hkill hstop
}

test_startup_check_comes_first() {
    run 0 run -d --name h --health-cmd true --health-interval 100ms --health-startup-cmd 'test -e /up' --health-startup-interval 100ms \
        --health-startup-success 2 "$IMAGE" sleep 100
    sleep 0.6
    health_is h starting || fail "the startup check was not awaited"
    run 0 exec h touch /up
    eventually health_is h healthy
    run 0 rm -f -t 0 h
}

test_startup_retries_start_again() {
    run 0 run -d --name h --health-cmd true --health-startup-cmd 'test -e /up' --health-startup-interval 100ms --health-startup-retries 2 \
        "$IMAGE" sh -c 'echo up; [ -e /second ] && touch /up; touch /second; trap "exit 0" TERM; while :; do sleep 0.05; done'
    up_twice() { [ "$(skiff logs h | grep -c up)" -ge 2 ]; }
    eventually up_twice
    eventually health_is h healthy
    run 0 rm -f -t 0 h
}

test_healthcheck_run() {
    run 0 run -d --name h --health-cmd 'test -e /ok' --health-interval disable --health-retries 1 "$IMAGE" sleep 100
    sleep 0.3
    is "$(skiff inspect --format '{{len .State.Health.Log}}' h)" 0
    run 1 healthcheck run h
    is "$output" unhealthy
    run 0 healthcheck run --ignore-result h
    run 0 exec h touch /ok
    run 0 healthcheck run h
    is "$output" ''
    run 0 stop -t 0 h
    run 125 healthcheck run h
    says h running
    run 0 create --name none "$IMAGE" true
    run 125 healthcheck run none
    says none healthcheck
    run 0 rm h none
}

test_wait_for_health() {
    run_checked h
    run 0 wait --condition healthy h
    is "$output" -1
    run 0 exec h rm /ok
    run 0 wait --condition unhealthy h
    run 0 rm -f -t 0 h
}

test_log_bounds_and_directory() {
    mkdir logs
    run 0 run -d --name h --health-cmd 'printf %0100d 7' --health-interval 50ms --health-max-log-count 2 --health-max-log-size 10 \
        --health-log-destination "$PWD/logs" "$IMAGE" sleep 100
    local id=$output
    log_has_two() { [ "$(skiff inspect --format '{{len .State.Health.Log}}' h)" = 2 ]; }
    eventually log_has_two
    sleep 0.3
    log_has_two || fail "the log grew"
    like "$(skiff inspect --format '{{json .State.Health.Log}}' h)" '"Output":"0000000000"'
    like "$(cat "logs/$id-healthcheck.log")" '"Status":"healthy","FailingStreak":0,"Log":\['
    run 0 rm -f -t 0 h
}

test_exec_form_and_words() {
    run 0 run -d --name h --health-cmd '["test","-e","/bin/sh"]' --health-interval 1h "$IMAGE" sleep 100
    eventually health_is h healthy
    is "$(skiff inspect --format '{{json .Config.Healthcheck.Test}}' h)" '["CMD","test","-e","/bin/sh"]'
    run 0 run -d --name missing --health-cmd '["/no/such/program"]' --health-interval 1h --health-retries 1 "$IMAGE" sleep 100
    eventually health_is missing unhealthy
    run 0 rm -f -t 0 h missing
}

test_of_the_image() {
    run 0 run --name base "$IMAGE" true
    run 0 commit -q --format docker --change 'CMD ["sleep","100"]' base localhost/checked
    run 0 rm base
    run 0 run -d --name plain --no-healthcheck localhost/checked
    is "$(skiff inspect --format '{{.State.Health.Status}}' plain)" ''
    run 0 rm -f -t 0 plain
}

test_survives_the_monitor() {
    run_checked h
    eventually health_is h healthy
    local monitor
    monitor=$(skiff inspect --format '{{.State.ConmonPid}}' h)
    kill -9 "$monitor"
    run 0 start h  # finds the monitor lost, and starts a successor
    run 0 exec h rm /ok
    eventually health_is h unhealthy
    run 0 rm -f -t 0 h
}

test_refusals() {
    run 125 create --health-interval 5s "$IMAGE" true
    says health-cmd
    run 125 create --health-cmd true --health-timeout 10ms "$IMAGE" true
    says health-timeout second
    run 125 create --health-cmd true --health-retries 0 "$IMAGE" true
    says retries
    run 125 create --health-cmd true --health-on-failure explode "$IMAGE" true
    says explode restart
    run 125 create --health-cmd true --no-healthcheck "$IMAGE" true
    says no-healthcheck
    run 125 create --health-cmd true --health-startup-retries 3 "$IMAGE" true
    says health-startup-cmd
    run 125 create --health-cmd true --health-log-destination relative "$IMAGE" true
    says relative
}

# Listens at ./notify and writes what comes to ./told.
service_manager() {
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("notify"); open("listening", "w")
told = s.recv(4096).decode(); open("told", "w").write(told + "\n")' &
    eventually test -e listening
}

test_the_service_manager_is_told() {
    service_manager
    NOTIFY_SOCKET=$PWD/notify run 0 run -d --name h --sdnotify conmon "$IMAGE" sleep 100
    wait
    is "$(cat told)" "MAINPID=$(skiff inspect --format '{{.State.ConmonPid}}' h)"$'\nREADY=1'
    run 0 rm -f -t 0 h
    rm notify listening told
    service_manager
    NOTIFY_SOCKET=$PWD/notify run 0 run -d --name h --sdnotify healthy --health-cmd 'test -e /up' --health-interval 100ms "$IMAGE" sleep 100
    sleep 0.4
    missing told
    run 0 exec h touch /up
    eventually test -s told
    like "$(cat told)" 'READY=1'
    run 0 rm -f -t 0 h
    run 125 create --sdnotify healthy "$IMAGE" true
    says health-cmd
}

test_an_empty_command_is_none_said() {
    run 0 create --name c --health-cmd '' "$IMAGE" true
    is "$(inspect c '{{.Config.Healthcheck}}')" '<nil>'
    run 125 create --health-cmd '' --health-retries 2 "$IMAGE" true
}
