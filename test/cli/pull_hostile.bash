# skiff pull from a registry that misbehaves (hostile_registry.py).
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
: >registries.conf

hostile() {
    make_image layout --format oci --name v1 --compress gzip <<'IMAGE'
busybox
file /marker survived
layer
file /second layer
config Cmd ["cat", "/marker"]
IMAGE
    start_server hostile_registry.py layout requests.log
}

# pull_from STATUS BEHAVIOUR OPTION…
pull_from() {
    run "$1" pull -q --tls-verify=false --retry-delay 10ms "${@:3}" "$REGISTRY/$2/image:v1"
}

nothing_left() {
    run 0 images -q
    is "$(wc -l <<<"$output")" 1
    is "$(find "$SKIFF_ROOT/partial" "$SKIFF_ROOT/staging" -mindepth 1 -not -name '*.lock')" ""
}

requests() { grep -c "$1" requests.log || true; }

test_honest() {
    hostile
    pull_from 0 honest
    run 0 run --rm "$output"
    is "$output" survived
}

test_content_that_is_not_what_was_promised() {
    hostile
    local behaviour
    for behaviour in wrong-digest wrong-config wrong-manifest longer; do
        pull_from 125 $behaviour
        says "$REGISTRY"
        nothing_left
    done
    pull_from 125 wrong-digest
    says digest sha256
    pull_from 125 longer
    says more than
    pull_from 125 schema1
    says "schema 1"
    pull_from 125 foreign
    says foreign
    nothing_left
    pull_from 0 honest
}

test_a_layer_that_ends_early() {
    hostile
    pull_from 125 shorter --retry 1
    says "ended after"
    pull_from 0 honest
    run 0 run --rm "$output"
    is "$output" survived
}

test_without_end() {
    hostile
    pull_from 125 endless-layer
    says more than
    pull_from 125 endless-manifest
    says more than
    pull_from 125 endless-headers
    pull_from 125 endless-error
    says "error message"
    pull_from 125 endless-redirect
    says redirects
    nothing_left
}

test_a_reset_is_continued_where_it_happened() {
    hostile
    pull_from 0 reset
    run 0 run --rm "$output"
    is "$output" survived
    [ "$(requests '"range": "bytes=[1-9]')" -ge 1 ] || fail "no range request: $(<requests.log)"
}

test_a_server_without_ranges() {
    hostile
    pull_from 0 no-range
    run 0 run --rm "$output"
    is "$output" survived
}

test_busy_servers_are_asked_again() {
    hostile
    pull_from 0 busy
    pull_from 125 broken --retry 2
    says 500 'out of\norder'
    is "$(requests /v2/broken/)" 3
    pull_from 125 broken --retry 0
    is "$(requests /v2/broken/)" 4
}

test_an_interrupted_pull_is_continued() {
    hostile
    background out pull -q --tls-verify=false "$REGISTRY/slow/image:v1"
    eventually has_half
    kill -TERM "$client"
    ended 143
    [ "$(find "$SKIFF_ROOT/partial" -name 'sha256-*' -size +0 -not -name '*.lock' | wc -l)" -ge 1 ] || fail "nothing is left to continue from"
    : >requests.log
    pull_from 0 honest
    [ "$(requests '"range": "bytes=[1-9]')" -ge 1 ] || fail "no range request: $(<requests.log)"
    run 0 run --rm "$output"
    is "$output" survived
    nothing_partial
}

has_half() { [ "$(find "$SKIFF_ROOT/partial" -name 'sha256-*' -size +100k | wc -l)" -ge 1 ]; }
nothing_partial() { is "$(find "$SKIFF_ROOT/partial" -type f | wc -l)" 0; }

test_a_layer_is_fetched_once_by_two_processes() {
    hostile
    background first pull -q --tls-verify=false "$REGISTRY/slow/image:v1"
    local one=$client
    eventually has_half
    background second pull -q --tls-verify=false "$REGISTRY/slow/image:v1"
    sleep 0.3
    touch go
    ended 0
    client=$one
    ended 0
    is "$(<first)" "$(<second)"
    # Two layers and the config, each once; the second process may ask for the config as well.
    local layers
    layers=$(grep -o '"path": "/v2/slow/image/blobs/[^"]*"' requests.log | sort | uniq -c | sort -rn | awk '$1 > 1' | wc -l)
    [ "$layers" -le 1 ] || fail "fetched twice: $(<requests.log)"
}

test_a_stalled_layer_is_given_up() {
    hostile
    SECONDS=0
    pull_from 125 stall --retry 0
    [ "$SECONDS" -ge 20 ] && [ "$SECONDS" -le 50 ] || fail "given up after $SECONDS s"
    says "too slow"
}

test_credentials_stay_with_their_host() {
    hostile
    pull_from 0 basic-redirect --creds "user:pass word"
    run 0 run --rm "$output"
    is "$output" survived
    [ "$(requests '"server": "other"')" -ge 2 ] || fail "nothing was redirected"
    is "$(grep '"server": "other"' requests.log | grep -vc '"authorization": ""' || true)" 0
    pull_from 125 redirect-challenge --creds "user:pass word"
    says "credentials of its own"
    is "$(grep '"server": "other"' requests.log | grep -vc '"authorization": ""' || true)" 0
}

test_redirects_to_strange_places() {
    hostile
    pull_from 125 redirect-file
    says scheme
    pull_from 125 redirect-user
    says "user information"
    pull_from 125 realm-file
    says scheme
}

test_tokens() {
    hostile
    pull_from 0 token
    is "$(requests '"/token?')" 1
    pull_from 0 token --creds "user:pass word"
    pull_from 0 expiring
    run 125 pull -q --tls-verify=false "$REGISTRY/token/private:v1"
    says 401
    run 0 pull -q --tls-verify=false --creds "user:pass word" "$REGISTRY/token/private:v1"
    run 0 rmi -af
    run 125 pull -q --tls-verify=false --creds "user:wrong" "$REGISTRY/token/private:v1"
    says "wrong password"
}

test_bars_on_a_terminal() {
    hostile
    (sleep 0.5; touch go) &
    terminal pull --tls-verify=false "$REGISTRY/slow/image:v1" <<'SCRIPT'
expect Trying to pull
expect Copying blob sha256:[0-9a-f]{12} \[=*> *\] [0-9.]+k?B / [0-9.]+[kM]?B
expect Copying blob sha256:[0-9a-f]{12}: done
expect [0-9a-f]{64}
exit 0
SCRIPT
}
