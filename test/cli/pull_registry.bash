# skiff pull, run and create from registries: Debian's docker-registry, honest.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
: >registries.conf
PLAIN=(--tls-verify=false)

test_pull_and_run() {
    start_registry
    fill_registry a/b:v1
    run 0 pull "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    like "$output" '^[0-9a-f]{64}$'
    like "$errors" 'Trying to pull .*Copying blob .*Copying config'
    local id=$output
    run 0 run --rm "$REGISTRY/a/b:v1"
    is "$output" from-registry
    run 0 run --rm "$REGISTRY/a/b:v1" cat /second
    is "$output" layer
    run 0 images --format '{{.Repository}}:{{.Tag}} {{.ID}}' --filter reference="$REGISTRY/a/b"
    is "$output" "$REGISTRY/a/b:v1 ${id:0:12}"
    run 0 pull -q "${PLAIN[@]}" "docker://$REGISTRY/a/b:v1"
    is "$output" "$id"
    is "$errors" ""
}

test_run_and_create_pull_what_is_missing() {
    start_registry
    fill_registry a/b:latest
    run 0 run --rm "${PLAIN[@]}" "$REGISTRY/a/b"
    is "$output" from-registry
    run 0 rmi "$REGISTRY/a/b"
    run 0 create -q --name c "${PLAIN[@]}" "docker://$REGISTRY/a/b"
    is "$errors" ""
    run 0 start -a c
    is "$output" from-registry
    run 0 rm c
}

test_policies() {
    start_registry
    local name=$REGISTRY/a/b:v1
    fill_registry a/b:v1
    run 125 pull --policy never "${PLAIN[@]}" "$name"
    says "is not here"
    run 125 run --pull never "${PLAIN[@]}" "$name"
    run 125 pull --policy sometimes "${PLAIN[@]}" "$name"
    says sometimes
    run 0 pull -q --policy missing "${PLAIN[@]}" "$name"
    local old=$output new
    replace_image a/b:v1
    run 0 pull -q --policy missing "${PLAIN[@]}" "$name"
    is "$output" "$old"
    run 0 pull -q --policy never "${PLAIN[@]}" "$name"
    is "$output" "$old"
    run 0 pull -q --policy newer "${PLAIN[@]}" "$name"
    new=$output
    isnt "$new" "$old"
    run 0 run --rm -q --pull always "${PLAIN[@]}" "$name" cat /marker
    is "$output" replaced
    stop_servers
    run 0 pull -q --policy newer --retry 0 "${PLAIN[@]}" "$name"
    is "$output" "$new"
    run 125 pull -q --policy always --retry 0 "${PLAIN[@]}" "$name"
    run 0 run --rm "${PLAIN[@]}" "$name" true
}

replace_image() {
    make_image other --format oci --name v1 --compress gzip <<'IMAGE'
busybox
file /marker replaced
IMAGE
    skopeo copy -q --dest-tls-verify=false "oci:$PWD/other:v1" "docker://$REGISTRY/$1"
}

test_by_digest() {
    start_registry
    fill_registry a/b:v1
    local digest
    digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$REGISTRY/a/b:v1")
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b@$digest"
    run 0 run --rm "$REGISTRY/a/b@$digest"
    is "$output" from-registry
    stop_servers
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b@$digest"
    run 125 pull -q --retry 0 "${PLAIN[@]}" "$REGISTRY/a/b@sha256:$(printf '%064d' 7)"
}

test_all_tags() {
    start_registry
    fill_registry a/b:v1
    fill_registry a/b:v2
    run 0 pull -q -a "${PLAIN[@]}" "$REGISTRY/a/b"
    run 0 image exists "$REGISTRY/a/b:v1"
    run 0 image exists "$REGISTRY/a/b:v2"
    run 125 pull -q -a "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says --all-tags
    run 125 pull -q -a "oci:$PWD/layout-for-registry:v1"
}

test_index_and_platforms() {
    start_registry
    make_image amd --format oci --name v1 <<<$'busybox\nfile /marker amd64'
    make_image arm --format oci --name v1 <<<$'file /marker arm64\ntop architecture "arm64"'
    skopeo copy -q --dest-tls-verify=false "oci:$PWD/amd:v1" "docker://$REGISTRY/a/b:amd"
    skopeo copy -q --dest-tls-verify=false "oci:$PWD/arm:v1" "docker://$REGISTRY/a/b:arm"
    push_index a/b:multi amd64:amd arm64:arm
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:multi"
    run 0 image inspect --format '{{.Architecture}}' "$output"
    is "$output" "$(dpkg --print-architecture)"
    run 0 pull -q --arch arm64 "${PLAIN[@]}" "$REGISTRY/a/b:multi"
    run 0 image inspect --format '{{.Architecture}}' "$output"
    is "$output" arm64
    run 0 run --rm -q --platform "linux/$(dpkg --print-architecture)" "${PLAIN[@]}" "$REGISTRY/a/b:multi" cat /marker
    is "$output" amd64
    run 125 pull -q --platform linux/s390x "${PLAIN[@]}" "$REGISTRY/a/b:multi"
    says linux/s390x linux/arm64
    run 125 pull -q --platform linux/arm64 --arch arm64 "${PLAIN[@]}" "$REGISTRY/a/b:multi"
}

# push_index NAME:TAG ARCH:TAG…: with an attestation in front, which must never be chosen.
push_index() {
    /usr/bin/python3 -ISB - "$REGISTRY" "$@" <<'PYTHON'
import hashlib, json, sys, urllib.request
registry, target, *entries = sys.argv[1:]
name, tag = target.split(":")
TYPE = "application/vnd.oci.image.manifest.v1+json"
def get(reference):
    request = urllib.request.Request(f"http://{registry}/v2/{name}/manifests/{reference}", headers={"Accept": TYPE})
    return urllib.request.urlopen(request).read()
def descriptor(data, **more):
    return {"mediaType": TYPE, "digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data), **more}
manifests = []
for entry in entries:
    architecture, reference = entry.split(":")
    data = get(reference)
    if not manifests:
        manifests.append(descriptor(data, platform={"os": "unknown", "architecture": "unknown"},
                                    annotations={"vnd.docker.reference.type": "attestation-manifest"}))
    manifests.append(descriptor(data, platform={"os": "linux", "architecture": architecture}))
body = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}).encode()
urllib.request.urlopen(urllib.request.Request(f"http://{registry}/v2/{name}/manifests/{tag}", data=body, method="PUT",
                       headers={"Content-Type": "application/vnd.oci.image.index.v1+json"}))
PYTHON
}

test_docker_schema_2_and_zstd() {
    start_registry
    fill_registry a/docker:v1 --format v2s2
    fill_registry a/zstd:v1 --dest-compress-format zstd
    run 0 run --rm -q "${PLAIN[@]}" "$REGISTRY/a/docker:v1"
    is "$output" from-registry
    run 0 run --rm -q "${PLAIN[@]}" "$REGISTRY/a/zstd:v1"
    is "$output" from-registry
}

test_tls_with_an_authority_of_its_own() {
    start_registry tls
    fill_registry a/b:v1
    run 125 pull -q --retry 0 "$REGISTRY/a/b:v1"
    says certificate
    mkdir certs
    cp certificates/ca.crt certs/
    run 0 pull -q --cert-dir certs "$REGISTRY/a/b:v1"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 125 pull -q --cert-dir nosuch "$REGISTRY/a/b:v1"
    says nosuch
    cp certificates/server.crt certs/half.cert
    run 125 pull -q --cert-dir certs "$REGISTRY/a/b:v1"
    says half.key
}

test_basic_credentials() {
    start_registry htpasswd
    fill_registry a/b:v1 --dest-creds "user:pass word"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says 401 login
    run 0 pull -q "${PLAIN[@]}" --creds "user:pass word" "$REGISTRY/a/b:v1"
    run 0 rmi "$REGISTRY/a/b:v1"
    run 125 pull -q "${PLAIN[@]}" --creds "user:wrong" "$REGISTRY/a/b:v1"
    says 401
    auth_file auth.json "$REGISTRY"
    run 0 pull -q "${PLAIN[@]}" --authfile auth.json "$REGISTRY/a/b:v1"
    run 0 rmi "$REGISTRY/a/b:v1"
    REGISTRY_AUTH_FILE=$PWD/auth.json run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 rmi "$REGISTRY/a/b:v1"
    auth_file auth.json "$REGISTRY/a"
    run 0 pull -q "${PLAIN[@]}" --authfile auth.json "$REGISTRY/a/b:v1"
    run 0 rmi "$REGISTRY/a/b:v1"
    auth_file auth.json "$REGISTRY/other"
    run 125 pull -q "${PLAIN[@]}" --authfile auth.json "$REGISTRY/a/b:v1"
    mkdir -p "$HOME/.docker"
    auth_file "$HOME/.docker/config.json" "https://$REGISTRY/v1/"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 125 pull -q "${PLAIN[@]}" --authfile nosuch.json "$REGISTRY/a/b:v1"
    says nosuch.json
}

auth_file() {
    printf '{"auths": {"%s": {"auth": "%s"}}}\n' "$2" "$(printf 'user:pass word' | base64)" >"$1"
}

test_credential_helper() {
    start_registry htpasswd
    fill_registry a/b:v1 --dest-creds "user:pass word"
    mkdir bin
    cat >bin/docker-credential-test <<'HELPER'
#!/bin/sh
read -r server
echo "$1 $server" >>"$0.log"
echo '{"ServerURL": "x", "Username": "user", "Secret": "pass word"}'
HELPER
    chmod +x bin/docker-credential-test
    printf '{"credHelpers": {"%s": "test"}}' "$REGISTRY" >auth.json
    PATH=$PWD/bin:$PATH run 0 pull -q "${PLAIN[@]}" --authfile auth.json "$REGISTRY/a/b:v1"
    is "$(<bin/docker-credential-test.log)" "get $REGISTRY"
    run 0 rmi "$REGISTRY/a/b:v1"
    printf '{"credHelpers": {"%s": "nosuch"}}' "$REGISTRY" >auth.json
    run 125 pull -q "${PLAIN[@]}" --authfile auth.json "$REGISTRY/a/b:v1"
    says docker-credential-nosuch
    printf '{"credHelpers": {"%s": "../bin/test"}}' "$REGISTRY" >auth.json
    run 125 pull -q "${PLAIN[@]}" --authfile auth.json "$REGISTRY/a/b:v1"
    says "not a valid name"
}

test_registries_conf() {
    start_registry
    fill_registry mirrored/team/app:v1
    cat >registries.conf <<CONF
unqualified-search-registries = ["$REGISTRY"]
[aliases]
"short" = "$REGISTRY/mirrored/team/app"
[[registry]]
location = "$REGISTRY"
insecure = true
[[registry]]
prefix = "example.test/team"
location = "unreachable.invalid/team"
[[registry.mirror]]
location = "$REGISTRY/mirrored/team"
insecure = true
[[registry]]
prefix = "blocked.test"
location = "$REGISTRY/mirrored"
blocked = true
[[registry]]
prefix = "*.wild.test"
blocked = true
[[registry]]
prefix = "bydigest.test/team"
location = "unreachable.invalid/team"
mirror-by-digest-only = true
[[registry.mirror]]
location = "$REGISTRY/mirrored/team"
insecure = true
CONF
    run 0 pull -q "$REGISTRY/mirrored/team/app:v1"
    run 0 pull -q example.test/team/app:v1
    run 0 run --rm --pull never example.test/team/app:v1
    is "$output" from-registry
    run 0 pull -q short:v1
    run 0 pull -q mirrored/team/app:v1
    run 125 pull -q blocked.test/team/app:v1
    says blocked
    run 125 pull -q sub.wild.test/team/app:v1
    says blocked
    run 125 pull -q --retry 0 bydigest.test/team/app:v1
    says unreachable.invalid
    run 125 pull -q --retry 0 example.test/team/nosuch:v1
    says mirror unreachable.invalid
}

test_short_names() {
    run 125 pull -q nosuchalias
    says "no alias" registries.conf
    cat >registries.conf <<'CONF'
unqualified-search-registries = ["one.invalid", "two.invalid"]
CONF
    run 125 pull -q nosuchalias
    says one.invalid two.invalid "which"
    echo 'short-name-mode = "permissive"' >>registries.conf
    run 125 pull -q --retry 0 nosuchalias
    says one.invalid two.invalid
    echo 'this is = not toml =' >registries.conf
    run 125 pull -q nosuchalias
    says registries.conf "line 1"
    printf '[registries.search]\nregistries = ["x"]\n' >registries.conf
    run 125 pull -q nosuchalias
    says "version 1"
}

test_what_is_here_is_not_fetched() {
    start_registry
    fill_registry a/b:v1
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    fill_registry a/c:v1
    run 0 tag "$REGISTRY/a/b:v1" localhost/keep
    rm -r registry-*/data/docker/registry/v2/blobs
    run 125 pull -q --retry 0 "${PLAIN[@]}" "$REGISTRY/a/c:v1"
    fill_registry a/d:v2
    run 0 pull "${PLAIN[@]}" "$REGISTRY/a/d:v2"
    like "$errors" 'already exists'
    unlike "$errors" ': done.*Copying config'
}

test_blobs_go_with_their_image() {
    start_registry
    fill_registry a/b:v1
    local before
    before=$(find "$SKIFF_ROOT/blobs" -type f | wc -l)
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    is "$(find "$SKIFF_ROOT/blobs" -type f | wc -l)" $((before + 2))
    run 0 rmi "$REGISTRY/a/b:v1"
    is "$(find "$SKIFF_ROOT/blobs" "$SKIFF_ROOT/partial" -type f | wc -l)" "$before"
}

test_several_at_once() {
    start_registry
    fill_registry a/b:v1
    local jobs=() job
    for job in 1 2 3 4 5 6; do
        skiff pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1" >"out.$job" 2>&1 &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job"; done
    is "$(sort -u out.* | wc -l)" 1
    run 0 system check
}

# docker-registry behind a token server of ours; sets $REGISTRY.
start_token_registry() {
    make_certificates certificates
    start_server token_server.py certificates/server.crt certificates/server.key
    start_registry "token=http://$REGISTRY/token"
}

test_behind_a_token_server() {
    start_token_registry
    local user=(--creds "user:pass word")
    run 0 push -q "${PLAIN[@]}" "${user[@]}" "$IMAGE" "$REGISTRY/public/app:v1"
    run 0 push -q "${PLAIN[@]}" "${user[@]}" "$IMAGE" "$REGISTRY/private/app:v1"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/public/app:v1"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/private/app:v1"
    says 401
    run 0 pull -q "${PLAIN[@]}" "${user[@]}" "$REGISTRY/private/app:v1"
    run 125 pull -q "${PLAIN[@]}" --creds user:wrong "$REGISTRY/private/app:v1"
    run 125 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/public/app:v2"
    # A mount from another repository asks for leave to read there.
    run 0 push "${PLAIN[@]}" "${user[@]}" "$REGISTRY/private/app:v1" "$REGISTRY/private/copy:v1"
    like "$errors" mounted
    grep -q 'private/copy:pull,push repository:[a-z]*/app:pull' token.log || fail "$(cat token.log)"
    # Logged in, words are not needed; and a login is tried where the tokens are.
    export REGISTRY_AUTH_FILE=$PWD/auth.json
    run 125 login -u user -p wrong "${PLAIN[@]}" "$REGISTRY"
    run 0 login -u user -p "pass word" "${PLAIN[@]}" "$REGISTRY"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/private/copy:v1"
    run 0 logout "$REGISTRY"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/private/copy:v1"
}

test_chunked_layers_of_others() {
    start_registry
    fill_registry a/b:v1
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --dest-compress-format zstd:chunked "docker://$REGISTRY/a/b:v1" "docker://$REGISTRY/a/chunked:v1"
    run 0 run --rm -q "${PLAIN[@]}" "$REGISTRY/a/chunked:v1"
    is "$output" from-registry
}
