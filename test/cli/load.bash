# skiff load.

honest() {  # honest FILE OPTION…
    make_image "$@" <<'IMAGE'
busybox
file /marker one
layer
file /marker two
file /second layer
config Cmd ["cat", "/marker"]
config Labels {"made": "here"}
IMAGE
}

test_docker_archive() {
    honest a.tar --name localhost/loaded:v1
    run 0 load -i a.tar
    is "$output" "Loaded image: localhost/loaded:v1"
    run 0 run --rm localhost/loaded:v1
    is "$output" two
}

test_oci_archive() {
    honest a.tar --name localhost/loaded:v1 --format oci-archive
    run 0 load -i a.tar
    like "$output" '^Loaded image: '
    run 0 run --rm localhost/loaded:v1
    is "$output" two
}

test_compressed_layers() {
    local method
    for method in gzip zstd xz bzip2; do
        case $method in xz | bzip2) format=docker-archive ;; *) format=oci-archive ;; esac
        honest a.tar --name "localhost/$method:latest" --format $format --compress $method
        run 0 load -q -i a.tar
        run 0 run --rm "localhost/$method" cat /marker /second
        is "$output" twolayer
    done
}

test_compressed_archives() {
    local method
    honest a.tar
    for method in gzip zstd xz bzip2; do
        $method -c a.tar >a.packed
        run 0 load -q -i a.packed
        run 0 rmi localhost/test
    done
}

test_standard_input() {
    honest a.tar
    run 0 load -q <a.tar
    run 0 image exists localhost/test
    gzip -c a.tar >a.tgz
    run 0 rmi localhost/test
    run 0 load -q <a.tgz
    run 0 image exists localhost/test
}

test_same_image_twice() {
    honest a.tar
    run 0 load -q -i a.tar
    run 0 load -q -i a.tar
    run 0 images -q localhost/test
    is "$(wc -l <<<"$output")" 1
}

test_layers_are_shared() {
    make_image a.tar --name localhost/one:latest <<<busybox
    run 0 load -q -i a.tar
    make_image a.tar --name localhost/two:latest <<'IMAGE'
busybox
layer
file /more x
IMAGE
    run 0 load -q -i a.tar
    is_podman || is "$(ls "$SKIFF_ROOT/layers" | wc -l)" 2
    run 0 rmi localhost/one
    run 0 run --rm localhost/two cat /more
    is "$output" x
}

test_missing_and_wrong_files() {
    run 125 load -i missing.tar
    says missing.tar
    echo "not an archive" >text
    run 125 load -i text
    says text
    : >empty
    run 125 load -i empty
    mkdir directory
    run 125 load -i directory
    tar cf other.tar text
    run 125 load -i other.tar
    run 0 images -q
    is "$(wc -l <<<"$output")" 1
}

refused() {  # refused WORD…: the archive is refused and leaves nothing
    local before
    before=$(skiff images -aq)
    run 125 load -i bad.tar
    says "$@"
    refusal=$errors
    run 0 images -aq
    is "$output" "$before"
}

test_corrupt_content_names_both_digests() {
    local format part
    for format in docker-archive oci-archive; do
        for part in diff-id layer; do
            make_image bad.tar --format $format <<IMAGE
file /f x
corrupt $part
IMAGE
            refused sha256
        done
    done
    is_podman || is "$(grep -oE 'sha256:[0-9a-f]{64}' <<<"$refusal" | sort -u | wc -l)" 2
}

test_corrupt_config_and_size() {
    make_image bad.tar --format oci-archive <<<$'file /f x\ncorrupt config'
    refused sha256
    make_image bad.tar --format oci-archive <<<$'file /f x\ncorrupt size'
    is_podman || refused size
}

test_truncated_anywhere() {
    honest a.tar --compress gzip --format oci-archive
    local size part
    size=$(stat -c %s a.tar)
    for part in 1 512 1000 $((size / 3)) $((size / 2)) $((size * 9 / 10)); do
        head -c "$part" a.tar >bad.tar
        run 125 load -i bad.tar
    done
    run 0 load -q -i a.tar
    run 0 run --rm localhost/test
    is "$output" two
}

test_broken_compression() {
    honest a.tar
    local method
    for method in gzip zstd xz bzip2; do
        $method -c a.tar >whole
        head -c 100000 whole >bad.tar
        run 125 load -i bad.tar
        { head -c 90000 whole; head -c 5000 /dev/urandom; } >bad.tar
        run 125 load -i bad.tar
    done
    run 0 images -q
    is "$(wc -l <<<"$output")" 1
}

test_full_disk_leaves_nothing_half_made() {
    is_podman && skip "subject is skiff's clean-up"
    mkdir small && mount -t tmpfs -o size=8m none small
    trap 'umount small' EXIT
    local command=("$SKIFF" --root "$PWD/small/root" --runroot "$PWD/small/run")
    make_image a.tar <<<$'busybox\nfilled /big 12000000'
    ! "${command[@]}" load -q -i a.tar 2>err || fail "loaded 14 MB into 8"
    like "$(cat err)" 'No space left on device'
    is "$(wc -l <err)" 1
    is "$("${command[@]}" images -aq)" ""
    make_image a.tar <<<busybox
    "${command[@]}" load -q -i a.tar
    "${command[@]}" run --rm localhost/test true
}
