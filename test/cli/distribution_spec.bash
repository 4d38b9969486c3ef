# What the OCI distribution spec asks of clients that push (writable_registry.py), and of tags, warnings and referrers; what goes wrong with pulls is
# in pull_hostile.bash, authentication in pull_registry.bash and login.bash.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
: >registries.conf
PLAIN=(--tls-verify=false --retry-delay 10ms)

requests() { jq -c "select($1)" requests.log | wc -l; }  # requests JQ_CONDITION
manifest_at() { curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$REGISTRY/v2/$1/manifests/$2"; }

test_uploads_go_where_the_registry_says() {
    start_server writable_registry.py requests.log
    local behaviour
    for behaviour in plain absolute stateful elsewhere flaky; do
        run 0 push -q "${PLAIN[@]}" --creds user:secret --digestfile digest "$IMAGE" "$REGISTRY/$behaviour/app:v1"
        is "sha256:$(manifest_at "$behaviour/app" v1 | sha256sum | cut -d' ' -f1)" "$(<digest)"
    done
    # Another host gets the bytes, not the password.
    is "$(requests '.server == "other" and .method == "PUT" and .status == 201')" 2
    is "$(requests '.server == "other" and .authorization != ""')" 0
    run 125 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/nowhere/app:v1"
    says "no place"
    run 125 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/liar/app:v1"
    says "has stored"
    is "$(manifest_at nowhere/app v1 | jq -r '.errors[0].code')" MANIFEST_UNKNOWN
}

test_a_failed_upload_is_begun_anew() {
    start_server writable_registry.py requests.log
    run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/flaky/app:v1"
    is "$(requests '.method == "PUT" and .status == 503')" 2
    is "$(requests '.method == "POST" and .status == 202')" 4
    run 125 push -q "${PLAIN[@]}" --retry 0 --compression-format zstd --force-compression "$IMAGE" "$REGISTRY/flaky/other:v1"
    says 503
}

test_blobs_are_mounted_where_the_registry_lets() {
    start_server writable_registry.py requests.log
    run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/plain/one:v1"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/plain/one:v1"
    run 0 push -q "${PLAIN[@]}" "$REGISTRY/plain/one:v1" "$REGISTRY/plain/two:v1"
    is "$(requests '(.path | contains("mount=")) and .status == 201')" 1
    run 0 push -q "${PLAIN[@]}" "$REGISTRY/plain/one:v1" "$REGISTRY/unmountable/three:v1"
    is "$(requests '(.path | contains("mount=")) and .status == 202')" 1
    is "$(manifest_at unmountable/three v1)" "$(manifest_at plain/one v1)"
    # What is there is not sent again.
    : >requests.log
    run 0 push -q "${PLAIN[@]}" "$REGISTRY/plain/one:v1" "$REGISTRY/plain/two:again"
    is "$(requests '.method == "POST"')" 0
}

test_tags_come_page_by_page() {
    start_server writable_registry.py requests.log
    local name tag
    for name in app elsewhere forever; do
        for tag in v1 v2 v3 v4 v5; do run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/paged/$name:$tag"; done
    done
    run 0 search --tls-verify=false --list-tags --limit 100 --format '{{.Tag}}' "$REGISTRY/paged/app"
    is "$(sort <<<"$output" | xargs)" "v1 v2 v3 v4 v5"
    is "$(requests '(.path | contains("last=")) and .server == "main"')" 2
    run 0 pull -q -a "${PLAIN[@]}" "$REGISTRY/paged/app"
    is "$(skiff images --format "{{.Tag}}" --filter "reference=$REGISTRY/paged/app" | wc -l)" 5
    run 125 search --tls-verify=false --list-tags --limit 1000 "$REGISTRY/paged/elsewhere"
    says "another host"
    is "$(requests '.server == "other"')" 0
    run 125 pull -q -a "${PLAIN[@]}" "$REGISTRY/paged/forever"
    says "no end"
}

test_what_a_registry_need_not_say() {
    start_server writable_registry.py requests.log
    local behaviour
    for behaviour in mute headless; do
        run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/$behaviour/app:v1"
        run 0 pull -q "${PLAIN[@]}" "$REGISTRY/$behaviour/app:v1"
        run 0 pull -q "${PLAIN[@]}" "$REGISTRY/$behaviour/app:v1"
    done
    [ "$(requests '.method == "HEAD" and .status == 405')" -ge 1 ]
}

test_warnings_are_shown_once() {
    start_server writable_registry.py requests.log
    expecting_warning=1 run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/warning/app:v1"
    is "$(grep -c 'this registry .*closes.* soon' <<<"$errors")" 1
    like "$errors" "$REGISTRY"
    unlike "$errors" 'not for clients'
}

# The list of what refers to the image at plain/app.
referrers() { curl -s "http://$REGISTRY/v2/$1/app/manifests/${SUBJECT/:/-}"; }

test_referrers_without_an_interface_are_listed_under_a_tag() {
    start_server writable_registry.py requests.log
    local number
    run 0 push -q "${PLAIN[@]}" --digestfile digest "$IMAGE" "$REGISTRY/plain/app:v1"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/plain/app:v1"
    SUBJECT=$(<digest)
    for number in 1 2; do
        run 0 manifest create "list$number"
        run 0 manifest add "list$number" "$REGISTRY/plain/app:v1"
        run 0 manifest annotate --index --annotation "number=$number" --subject "$REGISTRY/plain/app:v1" "list$number"
        run 0 manifest push -q --tls-verify=false --digestfile "digest$number" "list$number" "docker://$REGISTRY/plain/app:list$number"
        run 0 manifest push -q --tls-verify=false "list$number" "docker://$REGISTRY/plain/app:again$number"
    done
    is "$(referrers plain | jq -c '[.mediaType, [.manifests[] | [.digest, .mediaType, .annotations.number]]]')" \
        "[\"application/vnd.oci.image.index.v1+json\",[[\"$(<digest1)\",\"application/vnd.oci.image.index.v1+json\",\"1\"],[\"$(<digest2)\",\"application/vnd.oci.image.index.v1+json\",\"2\"]]]"
    is "$(referrers plain | jq '.manifests[0].size')" "$(manifest_at plain/app list1 | wc -c)"
    # A registry that keeps account itself says so.
    run 0 manifest push -q --tls-verify=false list1 "docker://$REGISTRY/subject/app:list1"
    is "$(referrers subject | jq -r '.errors[0].code')" MANIFEST_UNKNOWN
    # What is under the tag and no list is left alone.
    curl -s -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[]}' \
        "http://$REGISTRY/v2/plain/app/manifests/${SUBJECT/:/-}"
    run 125 manifest push -q --tls-verify=false list1 "docker://$REGISTRY/plain/app:list1"
    says "no index"
}
