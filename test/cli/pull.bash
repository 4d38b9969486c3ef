# skiff pull from local transports.

honest() {
    make_image "$@" <<'IMAGE'
busybox
file /marker pulled
config Cmd ["cat", "/marker"]
IMAGE
}

test_oci_directory() {
    honest layout --format oci --name v1
    run 0 pull -q "oci:$PWD/layout:v1"
    like "$(tail -n 1 <<<"$output")" '^[0-9a-f]{64}$'
    run 0 run --rm "$output"
    is "$output" pulled
}

test_oci_directory_with_one_image_needs_no_tag() {
    honest layout --format oci --name v1
    run 0 pull -q "oci:$PWD/layout"
    run 125 pull -q "oci:$PWD/layout:other"
    says other
}

test_archives() {
    honest a.tar --format oci-archive --name localhost/a:latest
    run 0 pull -q "oci-archive:$PWD/a.tar"
    run 0 run --rm "$output"
    is "$output" pulled
    honest b.tar --name localhost/b:latest
    run 0 pull -q "docker-archive:$PWD/b.tar"
    run 0 run --rm localhost/b
    is "$output" pulled
}

test_dir_transport() {
    honest layout --format oci --name v1
    skopeo copy -q "oci:$PWD/layout:v1" "dir:$PWD/plain"
    run 0 pull -q "dir:$PWD/plain"
    run 0 run --rm "$output"
    is "$output" pulled
}

test_relative_path() {
    honest layout --format oci --name v1
    run 0 pull -q oci:layout:v1
}

test_run_pulls_from_a_transport() {
    honest layout --format oci --name v1
    run 0 run -q --rm "oci:$PWD/layout:v1"
    is "$output" pulled
}

test_missing() {
    run 125 pull oci:/no/such/layout
    says /no/such/layout
    run 125 pull docker-archive:/no/such/file
    says /no/such/file
    run 125 pull nosuchtransport:thing:
    run 125 pull
    mkdir empty
    run 125 pull "oci:$PWD/empty"
    says empty
    run 0 images -q
    is "$(wc -l <<<"$output")" 1
}

test_corrupt_blob() {
    honest layout --format oci --name v1
    local blob
    blob=$(ls -S layout/blobs/sha256/* | head -n 1)
    printf 'X' | dd of="$blob" bs=1 seek=300000 conv=notrunc 2>/dev/null
    run 125 pull -q "oci:$PWD/layout:v1"
    says sha256
    rm "$blob"
    run 125 pull -q "oci:$PWD/layout:v1"
    run 0 images -aq
    is "$(wc -l <<<"$output")" 1
}

test_progress_is_not_on_stdout() {
    honest layout --format oci --name v1
    run 0 pull "oci:$PWD/layout:v1"
    like "$output" '^[0-9a-f]{64}$'
}
