# skiff manifest: lists of the user's making, pushed and read back by skopeo.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
: >registries.conf
PLAIN=(--tls-verify=false)

# Two images of one layer each, localhost/app:amd64 and localhost/app:arm64.
make_images() {
    mkdir -p tree
    echo content >tree/file
    tar cf tree.tar -C tree file
    run 0 import -q tree.tar localhost/app:amd64
    run 0 import -q --arch arm64 -c 'LABEL for=arm' tree.tar localhost/app:arm64
}

digest_of() {
    run 0 image inspect --format '{{.Digest}}' "$1"
    DIGEST=$output
}

platforms() { skopeo inspect --raw "$@" | /usr/bin/python3 -ISBc 'import json, sys
for entry in json.load(sys.stdin)["manifests"]: print(entry["platform"]["architecture"], entry["size"])'; }

test_create_add_and_inspect() {
    make_images
    run 0 manifest create list
    like "$output" '^[0-9a-f]{64}$'
    local id=$output
    run 125 manifest create list
    says "already in use"
    run 125 manifest create app:amd64
    says image
    run 0 manifest create --amend list localhost/app:amd64
    is "$output" "$id"
    run 0 manifest add --annotation a=b --variant v8 --os-version 1.2 --features f1,f2 list containers-storage:localhost/app:arm64
    is "$output" "$id"
    run 0 manifest inspect list
    is "$(jq -r '.mediaType' <<<"$output")" application/vnd.oci.image.index.v1+json
    is "$(jq -r '.manifests[].platform.architecture' <<<"$output" | xargs)" "amd64 arm64"
    is "$(jq -c '.manifests[1].platform["os.version"], .manifests[1].platform.features, .manifests[1].annotations' <<<"$output" | xargs)" '1.2 [f1,f2] {a:b}'
    run 0 manifest add list localhost/app:amd64
    run 0 manifest inspect "${id:0:12}"
    is "$(jq '.manifests | length' <<<"$output")" 2
    run 125 manifest add list oci:/nowhere
    run 125 manifest add nolist localhost/app:amd64
    run 125 manifest add list
    run 125 manifest add --annotation bad list localhost/app:amd64
}

test_annotate_remove_and_exists() {
    make_images
    run 0 manifest create list localhost/app:amd64 localhost/app:arm64
    digest_of localhost/app:arm64
    run 0 manifest annotate --arch arm --variant v7 --os-features x list "$DIGEST"
    run 0 manifest annotate --annotation c=d list localhost/app:arm64
    run 0 manifest annotate --index --annotation e=f --subject localhost/app:amd64 list
    run 0 manifest inspect list
    is "$(jq -c '.manifests[1].platform.architecture, .manifests[1].platform["os.features"], .manifests[1].annotations, .annotations' <<<"$output" | xargs)" 'arm [x] {c:d} {e:f}'
    digest_of localhost/app:amd64
    run 0 manifest inspect list
    is "$(jq -r .subject.digest <<<"$output")" "$DIGEST"
    run 125 manifest annotate --index list localhost/app:amd64
    run 125 manifest annotate --subject localhost/app:amd64 list localhost/app:amd64
    run 125 manifest annotate list "sha256:$(printf '%064d' 7)"
    run 0 manifest remove list "$DIGEST"
    run 125 manifest remove list "$DIGEST"
    run 125 manifest remove list localhost/app:arm64
    run 0 manifest exists list
    run 1 manifest exists nolist
    run 0 manifest rm list
    like "$output" 'Untagged: localhost/list:latest.Deleted: [0-9a-f]{64}'
    run 1 manifest rm list
    run 0 manifest rm --ignore list
    run 0 image exists localhost/app:arm64
}

test_a_list_among_images() {
    make_images
    run 0 manifest create list localhost/app:arm64
    local id=$output
    run 0 images -q --no-trunc --filter manifest=true
    is "$output" "sha256:$id"
    run 0 image exists list
    run 125 inspect --type image list
    run 125 run --rm list true
    run 0 manifest add list "$IMAGE"
    run 0 run --rm list echo works
    is "$output" works
    run 125 push list
    says manifest
    run 0 tag list other
    run 0 rmi other
    is "$output" "Untagged: localhost/other:latest"
    run 0 tag localhost/app:arm64 list
    run 1 manifest exists list
    run 0 manifest exists "$id"
    run 0 manifest rm "$id"
}

test_prune_keeps_what_a_list_has() {
    make_images
    run 0 manifest create list localhost/app:arm64
    run 0 image prune --all --force
    run 0 image exists localhost/app:arm64
    run 1 image exists localhost/app:amd64
    run 0 rmi localhost/app:arm64
    run 125 manifest push list "dir:$PWD/there"
    says removed
}

test_push_and_read_back() {
    start_registry
    make_images
    run 0 manifest create list localhost/app:amd64 localhost/app:arm64
    run 0 manifest push "${PLAIN[@]}" --digestfile digest list "$REGISTRY/a/list:v1"
    like "$errors" 'Copying image .*1/2.*Copying image .*2/2'
    is "$output" ""
    is "$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/a/list:v1" | sha256sum | cut -d' ' -f1)" "$(cut -d: -f2 digest)"
    is "$(platforms --tls-verify=false "docker://$REGISTRY/a/list:v1" | cut -d' ' -f1 | xargs)" "amd64 arm64"
    skopeo copy -q --all --src-tls-verify=false "docker://$REGISTRY/a/list:v1" "dir:$PWD/copied"
    run 0 pull -q --arch arm64 "${PLAIN[@]}" "$REGISTRY/a/list:v1"
    run 0 image inspect --format '{{.Architecture}} {{.Config.Labels.for}}' "$output"
    is "$output" "arm64 arm"
    run 0 manifest inspect "${PLAIN[@]}" "docker://$REGISTRY/a/list:v1"
    is "$(jq '.manifests | length' <<<"$output")" 2
    run 0 manifest push -q --rm list "oci:$PWD/layout:one"
    is "$errors" ""
    run 1 manifest exists list
    skopeo copy -q --all "oci:$PWD/layout:one" "dir:$PWD/again"
}

test_formats_and_places() {
    make_images
    run 0 manifest create list localhost/app:amd64
    run 0 manifest push -q --format v2s2 list "dir:$PWD/docker"
    like "$(<docker/manifest.json)" 'manifest.list.v2'
    run 0 manifest push -q --all=false list "dir:$PWD/alone"
    is "$(ls alone | xargs)" "manifest.json version"
    run 0 manifest push -q list "oci-archive:$PWD/archive.tar:x"
    skopeo inspect --raw "oci-archive:$PWD/archive.tar:x" >/dev/null
    run 125 manifest push -q list "docker-archive:$PWD/other.tar"
    run 125 manifest push -q --format v2s2 list "oci:$PWD/layout"
    run 125 manifest push -q nolist "dir:$PWD/x"
}

test_entries_of_a_registry() {
    start_registry
    local first=$REGISTRY
    make_images
    run 0 manifest create list localhost/app:amd64 localhost/app:arm64
    run 0 manifest push -q "${PLAIN[@]}" list "$REGISTRY/a/list:v1"
    run 0 push -q "${PLAIN[@]}" localhost/app:arm64 "$REGISTRY/a/single:v1"
    run 0 manifest create far
    run 0 manifest add "${PLAIN[@]}" far "docker://$REGISTRY/a/single:v1"
    run 0 manifest inspect far
    is "$(jq -r '.manifests[].platform.architecture' <<<"$output")" arm64
    run 0 manifest add --all "${PLAIN[@]}" far "$REGISTRY/a/list:v1"
    run 0 manifest inspect far
    is "$(jq '.manifests | length' <<<"$output")" 2
    run 0 manifest push "${PLAIN[@]}" far "$REGISTRY/b/far:v1"
    like "$errors" mounted
    start_registry
    run 0 manifest push -q "${PLAIN[@]}" far "$REGISTRY/c/far:v1"
    is "$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/c/far:v1" | sha256sum)" "$(skopeo inspect --raw --tls-verify=false "docker://$first/b/far:v1" | sha256sum)"
    run 125 manifest push -q "${PLAIN[@]}" --format v2s2 far "$REGISTRY/c/docker:v1"
    says pull
    run 125 manifest add "${PLAIN[@]}" far "$REGISTRY/no/such:v1"
}

test_annotations_of_a_list_of_docker_images_are_shown() {
    new_image localhost/docker <<<busybox
    run 0 manifest create list
    run 0 manifest add --annotation a=b list localhost/docker
    run 0 manifest inspect list
    is "$(jq -c '[.mediaType, .manifests[0].annotations]' <<<"$output")" '["application/vnd.docker.distribution.manifest.list.v2+json",{"a":"b"}]'
    run 0 manifest push -q list oci:here
    is "$(jq -r '.annotations // "none"' "here/blobs/sha256/$(jq -r '.manifests[0].digest' here/index.json | cut -d: -f2)")" none
}
