# skiff push to registries and local transports; read back by skopeo.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
: >registries.conf
PLAIN=(--tls-verify=false)

digest_at() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"; }

test_what_was_pulled_is_pushed_with_its_digest() {
    start_registry
    fill_registry a/b:v1
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 push "${PLAIN[@]}" --digestfile digest "$REGISTRY/a/b:v1" "$REGISTRY/c/d:v2"
    like "$errors" 'Copying blob .*Copying config .*Writing manifest'
    like "$errors" mounted
    is "$output" ""
    is "$(digest_at "$REGISTRY/c/d:v2")" "$(digest_at "$REGISTRY/a/b:v1")"
    is "$(<digest)" "$(digest_at "$REGISTRY/a/b:v1")"
    local first=$REGISTRY
    start_registry
    run 0 push -q "${PLAIN[@]}" "$first/a/b:v1" "docker://$REGISTRY/e/f:v1"
    is "$errors" ""
    is "$(digest_at "$REGISTRY/e/f:v1")" "$(digest_at "$first/a/b:v1")"
    run 0 push "${PLAIN[@]}" "$first/a/b:v1" "$REGISTRY/e/f:again"
    like "$errors" 'already exists'
}

test_by_its_own_name() {
    start_registry
    run 0 tag "$IMAGE" "$REGISTRY/own/name:v1"
    run 0 push -q "${PLAIN[@]}" "$REGISTRY/own/name:v1"
    run 0 rmi "$REGISTRY/own/name:v1"
    run 0 run --rm -q "${PLAIN[@]}" "$REGISTRY/own/name:v1" echo works
    is "$output" works
    run 0 images -q --no-trunc "$IMAGE"
    run 125 push "${output#sha256:}"
    says destination
    run 125 push nosuchimage "$REGISTRY/x/y"
    run 125 push
}

test_an_imported_image_is_compressed() {
    start_registry
    run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/a/gzip:v1"
    like "$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/a/gzip:v1")" 'tar[+.]gzip'
    run 0 push -q "${PLAIN[@]}" --compression-format zstd --compression-level 5 --force-compression "$IMAGE" "$REGISTRY/a/zstd:v1"
    like "$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/a/zstd:v1")" 'tar[+]zstd'
    mkdir -p dir
    skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/a/zstd:v1" "dir:$PWD/dir"
    run 125 push "${PLAIN[@]}" --compression-format lzma "$IMAGE" "$REGISTRY/a/b"
    run 125 push "${PLAIN[@]}" --compression-level 77 "$IMAGE" "$REGISTRY/a/c"
    says 77
}

test_formats() {
    start_registry
    fill_registry a/b:v1
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 push -q "${PLAIN[@]}" --format v2s2 "$REGISTRY/a/b:v1" "$REGISTRY/a/docker:v1"
    like "$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/a/docker:v1")" 'docker.distribution.manifest.v2'
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/docker:v1"
    run 0 push -q "${PLAIN[@]}" --format oci "$REGISTRY/a/docker:v1" "$REGISTRY/a/oci:v1"
    like "$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/a/oci:v1")" 'vnd.oci.image.manifest'
    run 125 push "${PLAIN[@]}" --format v1 "$REGISTRY/a/b:v1" "$REGISTRY/a/x:v1"
    run 125 push "${PLAIN[@]}" --format v2s2 --compression-format zstd "$REGISTRY/a/b:v1" "$REGISTRY/a/x:v1"
}

test_local_transports() {
    start_registry
    fill_registry a/b:v1
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    local name=$REGISTRY/a/b:v1 digest
    digest=$(digest_at "$name")
    run 0 push -q "$name" "oci:$PWD/layout:one"
    run 0 push -q "$IMAGE" "oci:$PWD/layout:two"
    is "$(skopeo inspect --format '{{.Digest}}' "oci:$PWD/layout:one")" "$digest"
    skopeo inspect "oci:$PWD/layout:two" >/dev/null
    run 0 push -q "$name" "oci-archive:$PWD/archive.tar:one"
    is "$(skopeo inspect --format '{{.Digest}}' "oci-archive:$PWD/archive.tar:one")" "$digest"
    run 0 push -q "$name" "dir:$PWD/plain"
    is "$(skopeo inspect --format '{{.Digest}}' "dir:$PWD/plain")" "$digest"
    run 0 push -q "$name" "docker-archive:$PWD/docker.tar:localhost/x:y"
    is "$(skopeo inspect --format '{{.Name}}' "docker-archive:$PWD/docker.tar")" ""
    skopeo copy -q "docker-archive:$PWD/docker.tar:localhost/x:y" "dir:$PWD/other"
    run 125 push -q "$name" "docker-archive:$PWD/docker.tar:localhost/x:z"
    says exists
    run 125 push -q "$name" docker-daemon:x:y
}

test_credentials_and_tls() {
    start_registry tls htpasswd
    mkdir certs
    cp certificates/ca.crt certs/
    run 125 push -q --retry 0 --creds "user:pass word" "$IMAGE" "$REGISTRY/a/b:v1"
    says certificate
    run 125 push -q --cert-dir certs "$IMAGE" "$REGISTRY/a/b:v1"
    says 401
    run 0 push -q --cert-dir certs --creds "user:pass word" "$IMAGE" "$REGISTRY/a/b:v1"
    run 0 pull -q --cert-dir certs --creds "user:pass word" "$REGISTRY/a/b:v1"
}

test_podman_runs_what_was_pushed() {
    start_registry
    run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/a/b:v1"
    mkdir theirs
    podman --root "$PWD/theirs/root" --runroot "$PWD/theirs/run" --tmpdir "$PWD/theirs/tmp" --storage-driver vfs pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1" >theirs/id ||
        fail "podman does not take it"
    like "$(<theirs/id)" '^[0-9a-f]{64}$'
}

layers_at() { skopeo inspect --raw --tls-verify=false "docker://$1" | jq -c '.layers'; }

# What the table of contents says is what the blob holds: each file's frame inflates to bytes of its digest.
check_chunked() {  # check_chunked BLOB ANNOTATIONS
    /usr/bin/python3 -ISB - "$@" <<'PYTHON'
import base64, hashlib, json, struct, subprocess, sys
blob = open(sys.argv[1], "rb").read()
notes = json.loads(sys.argv[2])
prefix = "io.github.containers.zstd-chunked."
inflate = lambda data: subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout
assert struct.unpack("<II", blob[-72:-64]) == (0x184D2A50, 64) and blob[-8:] == b"GNUlInUx"
position, length, plain, kind, split_position, split_length, split_plain = struct.unpack("<7Q", blob[-64:-8])
assert notes[prefix + "manifest-position"] == f"{position}:{length}:{plain}:{kind}" and kind == 1
table = blob[position:position + length]
assert notes[prefix + "manifest-checksum"] == "sha256:" + hashlib.sha256(table).hexdigest()
toc = json.loads(inflate(table))
split = blob[split_position:split_position + split_length]
assert toc["tarSplitDigest"] == "sha256:" + hashlib.sha256(split).hexdigest()
contents = {}
for entry in toc["entries"]:
    if "digest" not in entry:
        continue
    data = inflate(blob[entry["offset"]:entry["endOffset"]])
    assert len(data) == entry["size"] and "sha256:" + hashlib.sha256(data).hexdigest() == entry["digest"], entry
    contents[entry["name"]] = data
# The archive made again from headers and contents.
tar = b""
for number, line in enumerate(inflate(split).splitlines()):
    piece = json.loads(line)
    assert piece["position"] == number
    tar += base64.b64decode(piece["payload"]) if piece["type"] == 2 else contents.get(piece["name"], b"") if piece.get("size") else b""
assert tar == inflate(blob) and contents
print(len(contents))
PYTHON
}

test_zstd_chunked() {
    start_registry
    new_image localhost/several <<'IMAGE'
busybox
file /one "first content\n"
file /dir/empty ""
symlink /dir/link ../one
layer
file /two "second content\n"
IMAGE
    run 0 push -q "${PLAIN[@]}" --compression-format zstd:chunked localhost/several "$REGISTRY/a/chunked:v1"
    local layers digest
    layers=$(layers_at "$REGISTRY/a/chunked:v1")
    is "$(jq length <<<"$layers")" 2
    for number in 0 1; do
        is "$(jq -r ".[$number].mediaType" <<<"$layers")" application/vnd.oci.image.layer.v1.tar+zstd
        digest=$(jq -r ".[$number].digest" <<<"$layers")
        curl -s -o blob "http://$REGISTRY/v2/a/chunked/blobs/$digest"
        check_chunked blob "$(jq -c ".[$number].annotations" <<<"$layers")" || fail "layer $number"
    done
    # Taken in as it is and given on as it is.
    run 0 rmi localhost/several
    run 0 run --rm "${PLAIN[@]}" -q "$REGISTRY/a/chunked:v1" cat /one /two
    is "$output" $'first content\nsecond content'
    run 0 push -q "${PLAIN[@]}" "$REGISTRY/a/chunked:v1" "$REGISTRY/b/chunked:v1"
    is "$(layers_at "$REGISTRY/b/chunked:v1")" "$layers"
    run 0 push -q "${PLAIN[@]}" --compression-format zstd:chunked "$REGISTRY/a/chunked:v1" "$REGISTRY/b/again:v1"
    is "$(layers_at "$REGISTRY/b/again:v1")" "$layers"
    # What is compressed otherwise says nothing of a table.
    run 0 push -q "${PLAIN[@]}" --compression-format gzip "$REGISTRY/a/chunked:v1" "$REGISTRY/b/gzip:v1"
    unlike "$(layers_at "$REGISTRY/b/gzip:v1")" 'chunked'
    like "$(layers_at "$REGISTRY/b/gzip:v1")" 'tar.gzip'
    run 125 push "${PLAIN[@]}" --format v2s2 --compression-format zstd:chunked "$IMAGE" "$REGISTRY/a/b"
}

# podman with a store of the test's own that fetches layers in part.
their_podman() {
    mkdir -p theirs/run
    printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n[storage.options]\npull_options = {enable_partial_images = "true"}\n' \
        "$PWD/theirs/root" "$PWD/theirs/run" >theirs/storage.conf
    printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >theirs/containers.conf
    CONTAINERS_CONF=$PWD/theirs/containers.conf CONTAINERS_STORAGE_CONF=$PWD/theirs/storage.conf timeout 60 podman "$@"
}

test_podman_runs_what_was_pushed() {
    start_registry
    new_image localhost/several <<'IMAGE'
busybox
file /one "first content\n"
layer
file /dir/two "second content\n"
whiteout one
IMAGE
    local how name
    for how in gzip zstd zstd:chunked; do
        name=$REGISTRY/a/${how/:/-}:v1
        run 0 push -q "${PLAIN[@]}" --force-compression --compression-format "$how" localhost/several "$name"
        is "$(their_podman run -q --rm "${PLAIN[@]}" --runtime runc --network none "$name" sh -c 'cat /dir/two; ls /one 2>&1')" \
            $'second content\nls: /one: No such file or directory' || fail "podman does not run $how"
        their_podman rmi -f "$name" >/dev/null
    done
}

# The annotations have had other names since podman 5; the table and how it is found are the same.
with_names_of_podman_4() {  # with_names_of_podman_4 REPOSITORY FROM_TAG TO_TAG
    curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$REGISTRY/v2/$1/manifests/$2" | sed 's/io\.github\.containers\.zstd-chunked/io.containers.zstd-chunked/g' >manifest
    curl -sf -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @manifest "http://$REGISTRY/v2/$1/manifests/$3"
}

test_podman_pulls_chunked_layers_in_part() {
    start_registry
    new_image localhost/several <<'IMAGE'
busybox
file /one "first content\n"
file /empty ""
file /owned x 4755 12:34
symlink /link one
hardlink /hard one
filled /large 300000
IMAGE
    run 0 push -q "${PLAIN[@]}" --compression-format zstd:chunked localhost/several "$REGISTRY/a/chunked:v1"
    with_names_of_podman_4 a/chunked v1 v4
    mkdir theirs
    their_podman --log-level debug pull "${PLAIN[@]}" "$REGISTRY/a/chunked:v4" >theirs/id 2>theirs/log ||
        fail "podman does not take it: $(tail -5 theirs/log)"
    like "$(tail -1 theirs/id)" '^[0-9a-f]{64}$'
    like "$(<theirs/log)" 'Retrieved partial blob sha256:'
    local mine theirs
    mine=$(skiff image mount localhost/several)
    theirs=$(their_podman image mount "$REGISTRY/a/chunked:v4")
    # Owners and the mode of the root are lost by podman 4's partial pulls, of its own images too.
    tree() { (cd "$1" && find . -mindepth 1 -printf '%p %y %m %n %l\n' | sort && find . -type f -exec sha256sum {} + | sort -k 2); }
    diff <(tree "$mine") <(tree "$theirs") >&2 || fail "what podman made of the table is another tree"
    run 0 image umount localhost/several
    their_podman image umount -a >/dev/null
}

test_a_compression_that_is_asked_for_is_made() {
    start_registry
    fill_registry a/b:v1
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 push -q "${PLAIN[@]}" --compression-format zstd "$REGISTRY/a/b:v1" "$REGISTRY/a/zstd:v1"
    like "$(layers_at "$REGISTRY/a/zstd:v1")" 'tar.zstd'
    unlike "$(layers_at "$REGISTRY/a/zstd:v1")" 'gzip'
    run 0 push -q "${PLAIN[@]}" --compression-format zstd --force-compression=false "$REGISTRY/a/b:v1" "$REGISTRY/a/kept:v1"
    is "$(layers_at "$REGISTRY/a/kept:v1")" "$(layers_at "$REGISTRY/a/b:v1")"
}

test_many_layers() {
    start_registry
    {
        echo busybox
        for number in {1..12}; do printf 'layer\nfile /layer%s "content of %s\\n"\n' "$number" "$number"; done
    } | new_image localhost/twelve
    run 0 push -q "${PLAIN[@]}" localhost/twelve "$REGISTRY/a/twelve:v1"
    is "$(layers_at "$REGISTRY/a/twelve:v1" | jq -c 'map(.size > 0) | unique, length')" $'[true]\n13'
    run 0 rmi localhost/twelve
    run 0 run -q --rm "${PLAIN[@]}" "$REGISTRY/a/twelve:v1" sh -c 'cat /layer*'
    is "$(wc -l <<<"$output")" 12
    # Nothing that has arrived stays half done when one layer cannot be sent.
    run 125 push -q --retry 0 "${PLAIN[@]}" "$REGISTRY/a/twelve:v1" "127.0.0.1:1/a/b:v1"
}

kept_blobs() { (cd "$SKIFF_ROOT/blobs/sha256" && ls | sort); }
pushed_layers() { layers_at "$1" | jq -r '.[].digest' | cut -d: -f2 | sort; }

test_what_a_push_compresses_is_kept_in_that_form() {
    local first_registry first
    start_registry
    new_image localhost/several <<'IMAGE'
busybox
filled /large 3000000
layer
file /two "second content\n"
IMAGE
    run 0 rmi "$IMAGE"
    run 0 push -q "${PLAIN[@]}" localhost/several "$REGISTRY/a/b:v1"
    first_registry=$REGISTRY first=$(pushed_layers "$REGISTRY/a/b:v1")
    is "$(kept_blobs)" "$first"
    run 0 system check
    # Another registry gets the same bytes, a level that would make others notwithstanding: nothing is compressed again.
    start_registry
    run 0 push -q "${PLAIN[@]}" --compression-level 9 localhost/several "$REGISTRY/a/b:v1"
    is "$(pushed_layers "$REGISTRY/a/b:v1")" "$first"
    run 0 run --rm localhost/several cat /two
    is "$output" "second content"
    run 0 rmi -f localhost/several
    is "$(kept_blobs)" ""
    run 0 run -q --rm "${PLAIN[@]}" "$first_registry/a/b:v1" cat /two
    is "$output" "second content"
}

test_what_a_manifest_names_stays() {
    start_registry
    fill_registry a/b:v1
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 rmi "$IMAGE"
    local before
    before=$(kept_blobs)
    run 0 push -q "${PLAIN[@]}" --force-compression --compression-format zstd "$REGISTRY/a/b:v1" "$REGISTRY/a/c:v1"
    unlike "$(pushed_layers "$REGISTRY/a/c:v1")" "$before"
    is "$(kept_blobs)" "$before"
    run 0 push -q "${PLAIN[@]}" "$REGISTRY/a/b:v1" "$REGISTRY/a/d:v1"
    is "$(digest_at "$REGISTRY/a/d:v1")" "$(digest_at "$REGISTRY/a/b:v1")"
    run 0 system check
}
