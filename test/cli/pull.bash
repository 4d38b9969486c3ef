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

# Their store with one image; sets $THEIRS.
podman_store() {  # podman_store DRIVER
    command -v podman >/dev/null || skip "podman is not installed"
    make_image theirs.tar --name localhost/theirs:v1 <<'IMAGE'
busybox
dir /etc/app 0750 7:8
file /etc/app/one "first\n" 4755 7:8
file /etc/app/gone "second\n"
hardlink /etc/app/link /etc/app/one
symlink /etc/app/symlink one
layer
whiteout /etc/app/gone
file /two "third\n"
config Cmd ["cat", "/two"]
IMAGE
    THEIRS=$PWD/t  # podman wants a short path
    mkdir "$THEIRS"
    podman --root "$THEIRS/root" --runroot "$THEIRS/run" --tmpdir "$THEIRS/tmp" --storage-driver "$1" load -q -i theirs.tar >/dev/null
}

their_driver_is_read() {
    podman_store "$1"
    run 0 pull -q "containers-storage:[$1@$THEIRS/root+$THEIRS/run]localhost/theirs:v1"
    like "$output" '^[0-9a-f]{64}$'
    local id=$output
    is "$id" "$(jq -r '.[0].id' "$THEIRS/root/$1-images/images.json")"
    run 0 run --rm localhost/theirs:v1
    is "$output" third
    run 0 run --rm localhost/theirs:v1 sh -c 'cd /etc/app; ls; stat -c "%a %u:%g" .; stat -c "%a %u:%g %h" one; cat link symlink'
    is "$output" $'link\none\nsymlink\n750 7:8\n4755 7:8 2\nfirst\nfirst'
    # By ID, and by what storage.conf says.
    run 0 rmi localhost/theirs:v1
    printf '[storage]\ndriver = "%s"\ngraphroot = "%s"\n' "$1" "$THEIRS/root" >storage.conf
    export CONTAINERS_STORAGE_CONF=$PWD/storage.conf
    run 0 pull -q "containers-storage:${id:0:12}"
    is "$output" "$id"
    run 125 pull -q containers-storage:localhost/nosuch
    says nosuch
    # A file that is not what it was.
    run 0 rmi localhost/theirs:v1
    printf 'changed\n' | tee $(find "$THEIRS/root" -path '*/two' -type f) >/dev/null
    run 125 pull -q containers-storage:localhost/theirs:v1
    run 0 images -q
    unlike "$output" "${id:0:12}"
}

test_their_vfs_store() { their_driver_is_read vfs; }

test_their_overlay_store() { their_driver_is_read overlay; }

test_their_store_is_not_there() {
    run 125 pull -q "containers-storage:[overlay@$PWD/nowhere]x"
    says nowhere
    run 125 pull -q "containers-storage:[btrfs@$PWD]x"
    says btrfs
    run 125 pull -q "containers-storage:[overlay@$PWD"
    run 125 push -q "$IMAGE" containers-storage:x
    says "not written"
}
