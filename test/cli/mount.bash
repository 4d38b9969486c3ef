# skiff mount, unmount.

test_created_container() {
    run 0 create --name c "$IMAGE" cat /from-outside
    run 0 mount c
    local where=$output
    exists "$where/bin/busybox"
    echo written >"$where/from-outside"
    run 0 start -a c
    is "$output" written
    run 0 unmount c
    is "$output" c
    missing "$where"
}

test_list() {
    run 0 mount
    is "$output" ""
    run 0 mount --format json
    is "$output" "[]"
    run 0 create --name c "$IMAGE" true
    local id=$output
    run 0 mount c
    local where=$output
    run 0 mount
    is "$output" "${id:0:12}  $where"
    run 0 mount --notruncate
    is "$output" "$id  $where"
    run 0 container mount --format json
    is "$(python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin), separators=(",", ":")))' <<<"$output")" "[{\"id\":\"$id\",\"Names\":[\"c\"],\"mountpoint\":\"$where\"}]"
    run 125 mount --format table
    run 125 mount --format json c
}

test_running_container() {
    start_sleeper c --tmpfs /scratch
    run 0 mount c
    local where=$output
    echo outside >"$where/file"
    run 0 exec c cat /file
    is "$output" outside
    skiff exec c sh -c 'echo inside >/other; echo hidden >/scratch/x'
    is "$(cat "$where/other")" inside
    missing "$where/scratch/x"
    run 0 stop -t 0 c
    is "$(cat "$where/other")" inside
    run 0 start c
    run 0 exec c cat /file
    echo again >"$where/third"
    run 0 exec c cat /third
    is "$output" again
    run 0 unmount c
    missing "$where"
    run 0 exec c cat /third
    is "$output" again
}

test_mounted_first_then_run() {
    run 0 create --name c "$IMAGE" "${SLEEPER[@]}"
    run 0 mount c
    local where=$output
    run 0 start c
    run 0 unmount c
    missing "$where"
    run 0 exec c echo runs
    is "$output" runs
    run 0 mount c
    skiff exec c sh -c 'echo seen >/seen'
    is "$(cat "$output/seen")" seen
}

test_count() {
    run 0 create --name c "$IMAGE" true
    run 0 mount c
    local where=$output
    run 0 mount c c
    is "$output" "$where"$'\n'"$where"
    run 0 unmount c
    run 0 umount c
    exists "$where/bin"
    run 0 container umount c
    missing "$where"
    run 0 container unmount c
    is "$output" c
    run 0 mount c
    run 0 mount c
    run 0 unmount --force c
    missing "$where"
}

test_all_and_latest() {
    local first second
    run 0 create --name a "$IMAGE" true
    first=$output
    run 0 create --name b "$IMAGE" true
    second=$output
    run 0 mount --latest
    like "$output" "$second"
    run 0 mount --all
    is "$(wc -l <<<"$output")" 2
    run 0 unmount --latest
    run 0 unmount --all
    is "$(sort <<<"$output")" "$(printf '%s\n' "$first" "$second" | sort)"
    run 0 mount
    is "$output" ""
    run 125 mount --all a
    run 125 unmount
    run 125 unmount --all a
}

test_in_use() {
    run 0 create --name c "$IMAGE" true
    run 0 mount c
    local where=$output
    exec 9<"$where/bin"
    run 125 unmount c
    says "in use"
    run 0 mount
    like "$output" "$where"
    run 0 unmount -f c
    exec 9<&-
    missing "$where"
}

test_removed_with_the_container() {
    run 0 create --name c "$IMAGE" true
    run 0 mount c
    local where=$output
    run 0 rm c
    missing "$where"
    run 0 run -d --rm --name r "$IMAGE" "${SLEEPER[@]}"
    run 0 mount r
    where=$output
    run 0 stop -t 0 r
    eventually missing "$where"
}

test_other_commands_use_the_mount() {
    run 0 create --name c "$IMAGE" true
    run 0 mount c
    echo one >"$output/file"
    run 0 cp c:/file copied
    is "$(cat copied)" one
    run 0 diff c
    is "$output" "A /file"
    run 0 commit -q c localhost/mine
    run 0 commit -q -s c localhost/flat
    run 0 run --rm localhost/flat cat /file
    is "$output" one
    skiff export c | tar -tf - >list
    contains list '^file$'
}

test_read_only_container_is_writable_here() {
    start_sleeper c --read-only
    run 0 mount c
    echo x >"$output/file"
    run 0 exec c cat /file
    is "$output" x
}

test_directory_of_the_host() {
    mkdir -p tree/bin && cp /bin/busybox tree/bin/
    run 0 create --name r --rootfs "$PWD/tree" /bin/busybox true
    run 0 mount r
    is "$output" "$PWD/tree"
    run 0 unmount r
    exists tree/bin/busybox
}

test_missing() {
    run 0 create --name c "$IMAGE" true
    run 125 mount nosuch c
    says nosuch
    run 0 mount
    like "$output" mounts
    run 125 unmount nosuch
    says nosuch
}

test_in_parallel() {
    run 0 create --name c "$IMAGE" true
    local i
    for i in 1 2 3 4 5 6 7 8; do skiff mount c >out.$i & done
    wait
    is "$(sort -u out.* | wc -l)" 1
    for i in 1 2 3 4 5 6 7; do skiff unmount c >out.$i & done
    wait
    exists "$(cat out.8)/bin"
    run 0 unmount c
    missing "$(cat out.8)"
}
