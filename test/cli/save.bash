# skiff save.
source "$TEST_HARNESS/registry.bash"

two_layers() {
    make_image a.tar --name localhost/saved:v1 "$@" <<'IMAGE'
busybox
file /marker one
layer
file /marker two
symlink /link marker
config Cmd ["cat", "/marker"]
IMAGE
    skiff load -q -i a.tar >/dev/null
}

test_what_was_saved_is_loaded() {
    two_layers
    local format id
    run 0 images -q --no-trunc localhost/saved:v1
    id=$output
    for format in docker-archive oci-archive oci-dir; do
        run 0 save -q --format $format -o "out.$format" localhost/saved:v1
        is "$output$errors" ""
        run 0 rmi localhost/saved:v1
        run 0 load -q -i "out.$format"
        is "$output" "Loaded image: localhost/saved:v1"
        run 0 run --rm localhost/saved:v1
        is "$output" two
        run 0 images -q --no-trunc localhost/saved:v1
        is "$output" "$id"
    done
}

test_other_tools_read_it() {
    two_layers
    run 0 save -q -o docker.tar localhost/saved:v1
    is "$(skopeo inspect --config "docker-archive:$PWD/docker.tar" | /usr/bin/python3 -ISBc 'import json, sys; print(json.load(sys.stdin)["config"]["Cmd"])')" "['cat', '/marker']"
    skopeo copy -q "docker-archive:$PWD/docker.tar" "dir:$PWD/one"
    run 0 save -q --format docker-dir -o two localhost/saved:v1
    skopeo copy -q "dir:$PWD/two" "oci:$PWD/three"
    run 0 save -q --format oci-archive -o oci.tar localhost/saved:v1
    skopeo copy -q "oci-archive:$PWD/oci.tar" "dir:$PWD/four"
    tar -tf docker.tar >/dev/null
    tar -tf oci.tar >/dev/null
}

test_bytes_that_came_compressed_leave_as_they_came() {
    make_image layout --format oci --name localhost/exact:v1 --compress gzip <<'IMAGE'
busybox
file /marker exact
IMAGE
    run 0 pull -q "oci:$PWD/layout:localhost/exact:v1"
    run 0 save -q --format oci-dir -o again localhost/exact:v1
    diff <(cd layout/blobs && find . -type f | sort) <(cd again/blobs && find . -type f | sort) || fail "other blobs"
}

test_standard_output_and_compression() {
    two_layers
    skiff save localhost/saved:v1 | gzip >a.gz
    run 0 rmi localhost/saved:v1
    run 0 load -q -i a.gz
    is "$output" "Loaded image: localhost/saved:v1"
    skiff save localhost/saved:v1 | cmp - <(gzip -dc a.gz)
    run 0 save -o /dev/null localhost/saved:v1
    [ -c /dev/null ] || fail "/dev/null was replaced"
}

test_several_images_and_names() {
    two_layers
    run 0 save -q -m -o both.tar localhost/saved:v1 "$IMAGE"
    run 0 rmi localhost/saved:v1
    run 0 load -q -i both.tar
    like "$output" "localhost/saved:v1"
    like "$output" "$IMAGE"
    run 0 save -q -o names.tar localhost/saved:v1 localhost/further:v9
    run 0 load -q -i names.tar
    like "$output" "localhost/further:v9"
    run 125 save -q -m --format oci-archive -o x localhost/saved:v1
    says docker-archive
}

test_what_cannot_be_saved_leaves_nothing() {
    run 125 save -q -o out.tar nosuch
    says nosuch
    run 125 save -q --format tarball -o out.tar "$IMAGE"
    run 125 save -q --format oci-dir "$IMAGE"
    says --output
    run 125 save -q -o nosuch/out.tar "$IMAGE"
    says nosuch
    run 125 save
    local blob
    two_layers
    blob=$(find "$SKIFF_ROOT/blobs/sha256" -type f -size -20k | head -n 1)
    printf 'XXXX' | dd of="$blob" bs=1 seek=40 conv=notrunc 2>/dev/null
    run 125 save -q -o out.tar localhost/saved:v1
    missing out.tar
    is "$(find . -maxdepth 1 -name '.out.tar*' | wc -l)" 0
}
