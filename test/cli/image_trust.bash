# policy.json: what is let in, and skiff image trust.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf CONTAINERS_POLICY_JSON=$PWD/policy.json
: >registries.conf
PLAIN=(--tls-verify=false)
accept_all() { echo '{"default":[{"type":"insecureAcceptAnything"}]}' >policy.json; }

test_set_and_show() {
    accept_all
    run 0 image trust set -t reject docker.io
    run 0 image trust set -t accept docker.io/library
    echo key >key.pub
    run 0 image trust set -f key.pub registry.example
    run 0 image trust show
    like "$output" '^TRANSPORT +NAME +TYPE +ID +STORE'
    like "$output" 'all +default +accept'
    like "$output" 'repository +docker.io +reject'
    like "$output" 'repository +registry.example +signed'
    run 0 image trust show --json
    is "$(jq -r '.[] | .name + " " + .type' <<<"$output" | head -1)" "* (default) accept"
    run 0 image trust show --raw
    is "$(jq -r '.transports.docker["registry.example"][0].keyPath' <<<"$output")" "$PWD/key.pub"
    run 0 image trust set -t reject default
    run 0 image trust show --noheading docker.io
    is "$(awk '{print $2, $3}' <<<"$output" | xargs)" "default reject docker.io reject"
    run 125 image trust set registry.example
    says pubkeysfile
    run 125 image trust set -t accept -f key.pub registry.example
    run 125 image trust set -f missing.pub registry.example
    run 125 image trust set -t odd registry.example
}

test_pull_asks_the_policy() {
    start_registry
    fill_registry a/b:v1
    accept_all
    run 0 image trust set -t reject "$REGISTRY/a"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says rejects "$REGISTRY/a"
    run 125 run --rm "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 image trust set -t accept "$REGISTRY/a/b"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 image trust set -t reject "$REGISTRY/a/b:v1"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    touch key.pub
    run 0 image trust set -t sigstoreSigned -f key.pub "$REGISTRY/a/b:v1"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says signature
    echo '{"default":[{"type":"odd"}]}' >policy.json
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says odd
    rm policy.json
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says "not there"
}

test_local_transports_ask_too() {
    accept_all
    run 0 save -q -o archive.tar "$IMAGE"
    run 0 push -q "$IMAGE" "oci:$PWD/layout:one"
    jq --arg here "$PWD" '.transports = {"docker-archive": {"": [{"type": "reject"}]}, "oci": {($here): [{"type": "reject"}]}}' policy.json >new.json
    mv new.json policy.json
    run 125 load -q -i archive.tar
    says rejects docker-archive
    run 125 pull -q "docker-archive:$PWD/archive.tar"
    run 125 pull -q "oci:$PWD/layout:one"
    accept_all
    run 0 load -q -i archive.tar
    run 0 pull -q "oci:$PWD/layout:one"
}
