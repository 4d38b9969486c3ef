# skiff system df, prune and check.

test_df_counts_what_is_on_disk() {
    run 0 system df --format '{{.Type}} {{.Total}} {{.Active}}'
    is "$output" $'Images 1 0\nContainers 0 0\nLocal Volumes 0 0'
    run 0 create --name c "$IMAGE" true
    run 0 system df --format '{{.Type}} {{.Total}} {{.Active}}'
    is "$output" $'Images 1 1\nContainers 1 0\nLocal Volumes 0 0'
    run 0 system df --format json
    /usr/bin/python3 -ISB - "$output" "$(du -sb --apparent-size "$SKIFF_ROOT/blobs" | cut -f 1)" <<'PYTHON'
import json, sys
images, containers, volumes = json.loads(sys.argv[1])
assert images["RawSize"] > int(sys.argv[2]) - 100000, images
assert images["RawReclaimable"] == 0 and images["Reclaimable"].endswith("(0%)"), images
PYTHON
    run 0 rm c
    run 0 system df
    like "$output" '^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE'
    like "$output" '\(100%\)'
    run 0 system df -v
    like "$output" 'localhost/busybox +latest'
    run 125 system df -v --format json
}

# Files below a directory, each inode once, in bytes.
bytes_below() { find "$@" -type f -printf '%D:%i %s\n' | sort -u | awk '{sum += $2} END {print sum + 0}'; }

test_df_is_exact() {
    new_image localhost/other <<'IMAGE'
busybox
layer
filled /large 123457
hardlink /same large
sparse /hole 1000000
IMAGE
    new_image localhost/third <<<$'busybox\nlayer\nfile /third content'
    run 0 run --name c -v named:/data "$IMAGE" sh -c 'head -c 54321 /dev/zero >/one; ln /one /two; ln -s one /three; head -c 777 /dev/zero >/data/file; ln /data/file /data/same'
    run 0 create --name idle localhost/third true
    run 0 system df --format '{{.RawSize}} {{.RawReclaimable}}'
    local containers volumes
    containers=$(bytes_below "$SKIFF_ROOT"/containers/*/upper) volumes=$(bytes_below "$SKIFF_ROOT"/volumes/*/_data)
    is "$containers $volumes" "54321 777"
    is "$(head -1 <<<"$output" | cut -d' ' -f1)" "$(bytes_below "$SKIFF_ROOT"/layers/*/diff "$SKIFF_ROOT/blobs")"
    is "$(tail -2 <<<"$output")" "54321 54321"$'\n'"777 0"
    # What goes with the images that no container uses is what is left when they are gone.
    local size reclaimable
    read -r size reclaimable <<<"$(head -1 <<<"$output")"
    run 0 rmi localhost/other
    run 0 system df --format '{{.RawSize}}'
    is "$(head -1 <<<"$output")" "$((size - reclaimable))"
}

test_prune_removes_what_nothing_uses() {
    new_image localhost/other <<<$'busybox\nfile /other x'
    run 0 untag localhost/other
    run 0 create --name kept_image "$IMAGE" true
    # Nobody answers: as podman, an error, and nothing is removed.
    local status=0
    skiff system prune </dev/null >out 2>err || status=$?
    is "$status $(<out)" '125 '
    run 0 network create --label keep unused
    run 0 network create used
    run 0 create --name networked --network used "$IMAGE" true
    run 0 system prune -f --filter label=nosuch
    is "$(skiff network ls -q -f name=used | wc -l)" 2
    run 0 system prune -f
    like "$output" 'Deleted Containers'
    like "$output" 'Deleted Networks.*unused'
    like "$output" 'Deleted Images'
    like "$output" 'Total reclaimed space: [1-9]'
    run 0 images --format '{{.Repository}}'
    is "$output" "$IMAGE"
    run 0 system prune -af
    run 0 images -q
    is "$output" ""
    is "$(find "$SKIFF_ROOT/blobs" "$SKIFF_ROOT/layers" -type f | wc -l)" 0
    run 125 system prune -f --filter colour=red
}

# The check found something; $output has it.
finds() {
    local status=0
    output=$(skiff system check "$@") || status=$?
    is "$status" 125
}

test_check_finds_damage_and_repairs_it() {
    run 0 system check
    local blob layer
    layer=$(echo "$SKIFF_ROOT"/layers/*)
    rm -r "$layer"
    finds
    like "$output" "layer .*directory is missing"
    finds --repair
    like "$output" "unpacked again"
    run 0 system check
    run 0 run --rm "$IMAGE" echo works
    is "$output" works
    blob=$(echo "$SKIFF_ROOT"/blobs/sha256/*)
    printf 'X' | dd of="$blob" bs=1 seek=5000 conv=notrunc 2>/dev/null
    run 0 system check --quick
    finds
    like "$output" "blob .*not what its name says"
    finds --repair
    run 0 system check
    missing "$blob"
    run 0 run --rm "$IMAGE" echo works
    run 125 save -o out.tar "$IMAGE"
    says archive
    touch "$SKIFF_ROOT/blobs/sha256/$(printf '%064d' 1)"
    run 0 system check --repair
    missing "$SKIFF_ROOT/blobs/sha256/$(printf '%064d' 1)"
}

test_verbose_containers() {
    run 0 create --name bare "$IMAGE" echo 'two words'
    run 0 create --name full -v named:/a -v /anonymous -v "$PWD:/here" "$IMAGE" sh -c true
    run 0 system df -v
    output=$(sed -n '/^Containers space/,/^Local Volumes/p' <<<"$output")
    like "$output" $'\nCONTAINER ID  IMAGE         COMMAND         LOCAL VOLUMES  SIZE        CREATED'
    like "$output" $'\n[0-9a-f]{12}  [0-9a-f]{12}  echo two words  0              0B [^\n]*  created     bare\n'
    like "$output" $'\n[0-9a-f]{12}  [0-9a-f]{12}  sh -c true      2              0B [^\n]*  created     full\n'
}
