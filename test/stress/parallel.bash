# Many commands at once: nothing fails, nothing is "locked", nothing is lost.

test_two_hundred_runs_sixteen_at_a_time_with_ps_in_a_loop() {
    (while [ ! -e stop ]; do "${SKIFF_COMMAND[@]}" ps -a >/dev/null 2>>ps.err || echo "ps: exit $?" >>ps.err; done) &
    seq 200 | xargs -P 16 -I N sh -c '"$@" >out.N 2>err.N || echo "N: exit $?" >>failures' x \
        "${SKIFF_COMMAND[@]}" run --rm "$IMAGE" echo answer N || true
    touch stop
    wait
    is "$(cat failures 2>/dev/null || true)$(cat err.* | head -n 20)" ""
    is "$(cat ps.err)" ""
    is "$(cat out.* | sort -k 2n | md5sum)" "$(seq -f 'answer %g' 200 | md5sum)"
    run 0 ps -aq
    is "$output" ""
}

test_create_start_wait_rm_in_parallel() {
    seq 40 | xargs -P 8 -I N bash -c '
        set -euo pipefail
        "$@" create --name cN '"$IMAGE"' sh -c "exit N" >/dev/null
        "$@" start cN >/dev/null
        test "$("$@" wait cN)" = N
        "$@" rm cN >/dev/null' x "${SKIFF_COMMAND[@]}" 2>err || fail "$(head -n 20 err)"
    is "$(cat err)" ""
    run 0 ps -aq
    is "$output" ""
}

test_twenty_execs_at_once_while_it_is_inspected() {
    start_sleeper e
    seq 60 | xargs -P 20 -I N sh -c '"$@" exec e echo N' x "${SKIFF_COMMAND[@]}" >out 2>err &
    local i
    for i in $(seq 20); do is "$(state e)" running; done
    wait
    is "$(cat err)" ""
    is "$(sort -n out | md5sum)" "$(seq 60 | md5sum)"
}

test_load_run_and_rmi_of_the_same_image() {
    make_image a.tar --name localhost/same:latest <<<$'busybox\nlayer\nfile /f same'
    seq 30 | xargs -P 6 -I N sh -c '"$@" load -q -i a.tar >/dev/null 2>>err || echo "load N" >>failures
        "$@" run --rm localhost/same cat /f >>out 2>>run-err || true
        "$@" rmi localhost/same >/dev/null 2>>rmi-err || true' x "${SKIFF_COMMAND[@]}" || true
    is "$(cat failures 2>/dev/null || true)" ""
    is "$(cat err)" ""
    run 0 load -q -i a.tar
    run 0 run --rm localhost/same cat /f
    is "$output" same
}

test_pull_run_and_rmi_of_the_same_images() {
    source "$TEST_HARNESS/registry.bash"
    start_registry
    fill_registry a/b:v1
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$REGISTRY/a/b:v1" "docker://$REGISTRY/a/c:v1"
    export REGISTRY
    seq 20 | xargs -P 20 -I N sh -c 'image=$REGISTRY/a/$([ $((N % 2)) = 0 ] && echo b || echo c):v1
        "$@" pull -q --tls-verify=false "$image" >/dev/null 2>>err || echo "pull N" >>failures
        "$@" run --rm --pull never "$image" >>out 2>>run-err || true
        "$@" rmi "$image" >/dev/null 2>>rmi-err || true' x "${SKIFF_COMMAND[@]}" || true
    is "$(cat failures 2>/dev/null || true)" ""
    is "$(cat err)" ""
    run 0 system check
    run 0 run --rm -q --tls-verify=false "$REGISTRY/a/b:v1"
    is "$output" from-registry
}

test_one_name_wanted_by_many() {
    seq 20 | xargs -P 10 -I N sh -c '"$@" create --name only '"$IMAGE"' true >>made 2>>err' x "${SKIFF_COMMAND[@]}" || true
    is "$(wc -l <made)" 1
    is "$(grep -vc 'in use' err || true)" 0
}

test_removed_while_it_stops_and_is_killed() {
    local i
    for i in 1 2 3 4 5; do
        start_sleeper "c$i"
        skiff stop "c$i" >/dev/null 2>&1 &
        skiff kill "c$i" >/dev/null 2>&1 &
        skiff rm -f "c$i" >/dev/null 2>&1 &
        wait
        run 0 rm -f "c$i"
    done
    run 0 ps -aq
    is "$output" ""
}

test_slow_five_hundred_containers_at_once() {
    seq 500 | xargs -P 8 -I N "${SKIFF_COMMAND[@]}" create --name cN "$IMAGE" true >ids 2>err
    is "$(cat err)" ""
    is "$(wc -l <ids)" 500
    run 0 ps -aq
    is "$(wc -l <<<"$output")" 500
    run 0 rm -a
    run 0 ps -aq
    is "$output" ""
}

test_slow_output_is_complete_under_load() {
    local i
    for i in $(seq 100); do is "$(skiff run --rm "$IMAGE" head -c 500000 /dev/zero | wc -c)" 500000; done
}

# Generated names meet now and then when many are looked for at once.
test_names_are_generated_beside_each_other() {
    seq 1000 | xargs -P 8 -I N sh -c '"$@" create --network none '"$IMAGE"' true >/dev/null 2>err.N || echo "create N" >>failures' x "${SKIFF_COMMAND[@]}" || true
    is "$(cat failures 2>/dev/null || true)$(cat err.* | head -n 20)" ""
    is "$(skiff ps -aq | wc -l)" 1000
    run 0 rm -a
}

# Fifty containers start and stop at once on one network: each has an address, no two the same, and each finds another by name.
test_fifty_at_once_on_one_network() {
    skiff network create --subnet 10.77.0.0/24 net >/dev/null
    local round
    for round in 1 2; do
        rm -f failures err.*
        seq 50 | xargs -P 16 -I N sh -c '"$@" run -d --name cN --network net '"$IMAGE"' sleep 1000 >/dev/null 2>err.N || echo "start N" >>failures' x "${SKIFF_COMMAND[@]}" || true
        is "$(cat failures 2>/dev/null || true)$(cat err.* | head -n 20)" ""
        skiff network inspect net --format '{{range .Containers}}{{range .interfaces}}{{range .subnets}}{{println .ipnet}}{{end}}{{end}}{{end}}' | grep . | sort >addresses
        is "$(wc -l <addresses) $(uniq -d addresses)" "50 "
        seq 50 | xargs -P 8 -I N sh -c '"$@" exec cN ip -4 -o addr show eth0' x "${SKIFF_COMMAND[@]}" | awk '{print $4}' | sort >inside
        is "$(diff addresses inside)" ""
        run 0 exec c7 nslookup -type=a c42.dns.podman
        seq 50 | xargs -P 16 -I N sh -c '"$@" rm -f -t 0 cN >/dev/null 2>err.N || echo "rm N" >>failures' x "${SKIFF_COMMAND[@]}" || true
        is "$(cat failures 2>/dev/null || true)$(cat err.* | head -n 20)" ""
        is "$(skiff network inspect net --format '{{len .Containers}}')" 0
    done
    run 0 network rm net
}
