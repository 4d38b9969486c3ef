# skiff logs, and the log drivers.

test_streams_stay_apart() {
    run 0 run --name l "$IMAGE" sh -c 'echo out; echo err >&2'
    run 0 logs l
    is "$output" out
    is "$errors" err
}

test_tail() {
    run 0 run --name l "$IMAGE" seq 1 20
    run 0 logs --tail 2 l
    is "$output" $'19\n20'
    run 0 logs --tail 0 l
    is "$output" ""
    run 0 logs --tail -1 l
    is "$(wc -l <<<"$output")" 20
    run 125 logs --tail x l
}

test_timestamps() {
    run 0 run --name l "$IMAGE" echo hello
    run 0 logs -t l
    like "$output" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[^ ]* hello$'
}

test_since_and_until() {
    run 0 run --name l "$IMAGE" sh -c 'echo early; sleep 1.2; echo late'
    run 0 logs --since 1000h l
    is "$output" $'early\nlate'
    run 0 logs --since "$(skiff logs -t l | tail -n 1 | cut -d ' ' -f 1)" l
    is "$output" late
    run 0 logs --until "$(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)" l
    is "$output" ""
    run 0 logs --until 10m l
    is "$output" $'early\nlate'
    run 125 logs --since yesterdayish l
    run 125 logs --until tomorrowish l
}

test_following_ends_at_until() {
    run 0 run -d --name l "$IMAGE" sh -c 'echo first; sleep 1000'
    run 0 logs -f --until 1s l
    is "$output" first
}

test_follow_ends_with_the_container() {
    run 0 run -d --name l "$IMAGE" sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done'
    run 0 logs -f l
    is "$output" $'1\n2\n3'
}

test_several() {
    run 0 run --name a "$IMAGE" echo from a
    run 0 run --name b "$IMAGE" echo from b
    run 0 logs --names a b
    like "$output" 'a.*from a'
    like "$output" 'b.*from b'
    run 0 logs --names a
    is "$output" 'from a'
    run 0 logs --color a
    is "$output" $'\033[37mfrom a\033[0m'
    run 0 logs --color -n a b
    is "$output" $'\033[37ma from a\033[0m\n\033[31mb from b\033[0m'
    run 125 logs nosuch
    says nosuch
    run 125 logs
}

test_never_started_is_empty() {
    run 0 create --name l "$IMAGE" true
    run 0 logs l
    is "$output" ""
}

test_last_line_without_newline_and_long_lines() {
    run 0 run --name l "$IMAGE" sh -c 'printf "%s\n" "$(head -c 100000 /dev/zero | tr "\0" x)"; printf end'
    run 0 logs l
    is "${#output}" 100004
    is "${output: -4}" $'\nend'
}

test_bytes_survive() {
    local bytes='a\0b\377\303\274\033[1m\r\n'
    run 0 run --name l "$IMAGE" printf "$bytes"
    is "$(skiff logs l | od -An -tx1)" "$(printf "$bytes" | od -An -tx1)"
    bytes='a\0b\303\274\033[1m\r\n' # JSON has no bytes that are not UTF-8
    run 0 run --replace --name l --log-driver json-file "$IMAGE" printf "$bytes"
    is "$(skiff logs l | od -An -tx1)" "$(printf "$bytes" | od -An -tx1)"
}

test_restarted_container_appends() {
    run 0 run --name l "$IMAGE" echo again
    run 0 start -a l
    run 0 logs l
    is "$output" $'again\nagain'
}

test_k8s_file_format() {
    run 0 run --name l --log-driver k8s-file "$IMAGE" sh -c 'echo whole; printf part'
    local file
    file=$(inspect l '{{.HostConfig.LogConfig.Path}}')
    like "$(head -n 1 "$file")" '^20[0-9-]+T[0-9:.]+(Z|[+-][0-9:]+) stdout F whole$'
    like "$(tail -n 1 "$file")" ' stdout P part$'
}

test_json_file_format() {
    is_podman && skip "podman writes k8s-file under this name"
    run 0 run --name l --log-driver json-file "$IMAGE" sh -c 'echo "say \"hi\""; echo err >&2'
    local file
    file=$(inspect l '{{.HostConfig.LogConfig.Path}}')
    /usr/bin/python3 - "$file" <<'PYTHON'
import json, sys
rows = sorted((json.loads(line) for line in open(sys.argv[1])), key=lambda row: row["stream"])
assert [row["stream"] for row in rows] == ["stderr", "stdout"], rows
assert rows[1]["log"] == 'say "hi"\n', rows
assert rows[0]["time"].startswith("20")
PYTHON
    run 0 logs l
    is "$output" 'say "hi"'
}

test_log_path_option() {
    run 0 run --name l --log-opt path="$PWD/own.log" "$IMAGE" echo here
    like "$(cat own.log)" 'stdout F here'
    run 0 logs l
    is "$output" here
}

test_none() {
    run 0 run --name l --log-driver none "$IMAGE" echo unseen
    is "$output" unseen
    run 125 logs l
    says none
}

test_passthrough() {
    run 0 run --rm --log-driver passthrough "$IMAGE" sh -c 'echo out; echo err >&2; ls -l /proc/self/fd/1'
    like "$output" $'^out\n'
    is "$errors" err
    is_podman || like "$output" "$SKIFF_SCRATCH"
}

test_rotation_keeps_every_line_within_its_files() {
    is_podman && skip "podman truncates"
    run 0 run --name l --log-opt max-size=10k --log-opt max-file=3 "$IMAGE" seq 1 3000
    local file first
    file=$(inspect l '{{.HostConfig.LogConfig.Path}}')
    exists "$file.1"
    exists "$file.2"
    missing "$file.3"
    [ "$(stat -c %s "$file.1")" -le 10400 ] || fail "rotated late: $(stat -c %s "$file.1")"
    run 0 logs l
    first=$(head -n 1 <<<"$output")
    is "$output" "$(seq "$first" 3000)"
    run 0 rm l
    missing "$file.1"
}

test_max_size_without_max_file() {
    run 0 run --name l --log-opt max-size=10k "$IMAGE" seq 1 3000
    run 0 logs l
    is "$(tail -n 1 <<<"$output")" 3000
    [ "$(stat -c %s "$(inspect l '{{.HostConfig.LogConfig.Path}}')")" -le 10400 ]
}

# Powers of 1000, as podman and docker take a log's size; shown as they show it.
test_size_is_decimal() {
    run 0 create --name l --log-opt max-size=10k "$IMAGE" true
    is "$(inspect l '{{.HostConfig.LogConfig.Size}}')" 10kB
    run 0 create --name m --log-opt max-size=1.5mb "$IMAGE" true
    is "$(inspect m '{{.HostConfig.LogConfig.Size}}')" 1.5MB
}

test_details_adds_nothing() {
    run 0 run --name l "$IMAGE" echo line
    run 0 logs --details l
    is "$output" line
}

test_wrong_options() {
    run 125 create --log-driver nothing "$IMAGE" true
    says nothing
    run 125 create --log-opt max-size=much "$IMAGE" true
    run 0 ps -aq
    is "$output" ""
}

test_fast_output_is_complete() {
    run 0 run --name l "$IMAGE" sh -c 'seq 1 200000'
    is "$(skiff logs l | md5sum)" "$(seq 1 200000 | md5sum)"
}
