# skiff stats: against what the kernel says.

test_numbers_are_plausible() {
    run 0 run -d --name busy --memory 64m "$IMAGE" sh -c 'while :; do :; done'
    run 0 run -d --name idle "$IMAGE" sleep 100
    sleep 1
    run 0 stats --no-stream --format json
    is "$(grep -c '"id"' <<<"$output")" 2
    like "$output" '"mem_usage": "[0-9.]+[kM]?B / 67\.1[0-9]*MB"'
    run 0 stats --no-stream --format '{{.Name}} {{.CPUNano}} {{.PIDs}} {{.MemLimit}}' busy
    local name cpu pids limit
    read -r name cpu pids limit <<<"$output"
    is "$name" busy
    is "$pids" 1
    is "$limit" $((64 * 1024 * 1024))
    [ "$cpu" -gt 50000000 ] || fail "a busy loop used $cpu ns in a second"
    run 0 stats --no-stream --format '{{.CPUNano}}' idle
    [ "$output" -lt 200000000 ] || fail "sleep used $output ns"
    run 0 rm -f -t 0 busy idle
}

test_table_and_selection() {
    run 0 run -d --name a "$IMAGE" sleep 100
    run 0 create --name b "$IMAGE" sleep 100
    run 0 stats --no-stream
    like "$output" '^ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET IO +BLOCK IO +PIDS +CPU TIME +AVG CPU %'
    is "$(wc -l <<<"$output")" 2
    run 0 stats --no-stream --all --format '{{.Name}} {{.PIDs}}'
    like "$output" 'b 0'
    # What does not run uses nothing.
    run 0 stats --no-stream --format '{{.CPUPerc}} {{.MemUsage}} {{.MemPerc}} {{.NetIO}} {{.BlockIO}} {{.UpTime}} {{.AvgCPU}}' b
    is "$output" '0.00% 0B / 0B 0.00% 0B / 0B 0B / 0B 0s 0.00%'
    run 0 stats --no-stream --all --format '{{.Name}} {{.PIDs}}'
    is "$(wc -l <<<"$output")" 2
    run 0 stats --no-stream --no-trunc --format '{{.ID}}' a
    is "${#output}" 64
    run 125 stats --no-stream nosuch
    says nosuch
    run 125 stats --interval 0
    says interval
    run 0 rm -f -t 0 a b
}

test_stream_goes_on_until_the_container_has_gone() {
    run 0 run -d --rm --name a "$IMAGE" sleep 2
    run 0 stats --interval 1 --format '{{.Name}}' a
    [ "$(grep -c '^a$' <<<"$output")" -ge 2 ] || fail "looked once only: $output"
}

test_memory_counts_what_is_held() {
    run 0 run -d --name m "$IMAGE" sh -c 'dd if=/dev/zero of=/dev/shm/held bs=1M count=20 2>/dev/null; echo done; sleep 100'
    eventually log_has m 'done'
    run 0 stats --no-stream --format '{{.MemUsage}}' m
    like "$output" '^2[0-9](\.[0-9]+)?MB / '
    run 0 rm -f -t 0 m
}
