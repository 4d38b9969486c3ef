# skiff container clone, generate spec.

# field PATH: a member of the JSON document on standard input: .a.b, .list.0
field() {
    python3 -c 'import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split(".")[1:]:
    value = value[int(key) if isinstance(value, list) else key]
print(value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))' "$1"
}

test_clone() {
    run 0 create --name c -e A=1 --label k=v -w /tmp --memory 64m "$IMAGE" sh -c 'echo $A $PWD'
    local id=$output
    run 0 container clone c
    like "$output" '^[0-9a-f]{64}$'
    isnt "$output" "$id"
    run 0 start -a c-clone
    is "$output" "1 /tmp"
    run 0 inspect -f '{{.Config.Labels.k}} {{.HostConfig.Memory}}' c-clone
    is "$output" "v 67108864"
    run 0 container clone c
    run 0 container clone c
    run 0 ps -a --format '{{.Names}}'
    is "$(sort <<<"$output" | xargs)" "c c-clone c-clone1 c-clone2"
}

test_names() {
    run 0 create --name c "$IMAGE" true
    run 0 container clone c second
    run 0 container exists second
    run 0 container clone --name third c
    run 0 container exists third
    run 125 container clone c third
    says third
    run 125 container clone c 'not a name'
    run 0 ps -aq
    is "$(wc -l <<<"$output")" 3
}

test_files_stay_behind() {
    run 0 run --name c --pidfile "$PWD/pid" --cidfile "$PWD/cid" "$IMAGE" touch /made
    run 0 container clone c
    run 0 diff c-clone
    is "$output" ""
    rm pid
    run 0 start -a c-clone
    missing pid
    is "$(cat cid)" "$(inspect c '{{.Id}}')"
}

test_image() {
    new_image localhost/other <<'IMAGE'
busybox
file /marker other
config Cmd ["cat", "/marker"]
IMAGE
    run 0 create --name c "$IMAGE" cat /marker
    run 0 container clone c second localhost/other
    run 0 start -a second
    is "$output" other
    run 0 inspect -f '{{.ImageName}}' second
    is "$output" localhost/other:latest
    run 125 container clone c third localhost/nosuch
    says nosuch
    run 1 container exists third
}

test_limits() {
    run 0 create --name c --memory 64m --cpus 0.5 "$IMAGE" true
    run 0 container clone --memory 128m --cpu-shares 100 c
    run 0 inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.CpuShares}} {{.HostConfig.NanoCpus}}' c-clone
    is "$output" "134217728 268435456 100 500000000"
    run 0 container clone --memory-swap 80m c swapped
    run 0 inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' swapped
    is "$output" "67108864 83886080"
    run 125 container clone --memory nonsense c
    says memory
    run 125 container clone --pod p c
    says pods
}

test_run_and_destroy() {
    run 0 create --name first "$IMAGE" "${SLEEPER[@]}"
    run 0 container clone --run --destroy first
    run 1 container exists first
    is "$(state first-clone)" running
    run 125 container clone --destroy first-clone
    says running
    is "$(state first-clone)" running
    run 0 ps -aq
    is "$(wc -l <<<"$output")" 1
    run 0 container clone --destroy --force first-clone other
    run 1 container exists first-clone
    is "$(state other)" created
    run 125 container clone --force other
    says destroy
}

test_takes_the_name_over() {
    run 0 create --name c --memory 64m "$IMAGE" true
    run 0 container clone --destroy --memory 128m c c
    run 0 ps -a --format '{{.Names}}'
    is "$output" c
    is "$(inspect c '{{.HostConfig.Memory}}')" 134217728
}

test_missing() {
    run 125 container clone nosuch
    says nosuch
    run 125 container clone
    run 0 create --name c "$IMAGE" true
    run 125 container clone c d e f
}

test_spec() {
    run 0 create --name c -e A=1 --label k=v -v /tmp:/data:ro --memory 64m --ulimit nofile=10:20 --user 5:6 "$IMAGE" echo hi
    local image
    image=$(inspect c '{{.Image}}')
    run 0 generate spec c
    is "$(field .name <<<"$output")" c-clone
    is "$(field .command <<<"$output")" '["echo","hi"]'
    is "$(field .env.A <<<"$output")" 1
    is "$(field .labels <<<"$output")" '{"k":"v"}'
    is "$(field .image <<<"$output")" "${image#sha256:}"
    is "$(field .mounts.0.source <<<"$output") $(field .mounts.0.destination <<<"$output") $(field .mounts.0.type <<<"$output")" "/tmp /data bind"
    is "$(field .resource_limits.memory.limit <<<"$output")" 67108864
    is "$(field .r_limits.0 <<<"$output")" '{"type":"RLIMIT_NOFILE","hard":20,"soft":10}'
    is "$(field .user <<<"$output")" 5:6
    run 0 generate spec --name=false --compact c
    is "$(wc -l <<<"$output")" 1
    is "$(field .name <<<"$output")" c
    run 0 rename c renamed
    run 0 generate spec -c --name=false renamed
    is "$(field .name <<<"$output")" renamed
    run 0 generate spec -f spec.json renamed
    is "$output" spec.json
    is "$(field .name <spec.json)" renamed-clone
    run 125 generate spec nosuch
    says nosuch
    run 125 generate spec -f no/such/file renamed
    says filename
}
