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
    run 125 push "${PLAIN[@]}" --compression-format zstd:chunked "$IMAGE" "$REGISTRY/a/b"
    says zstd:chunked
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
