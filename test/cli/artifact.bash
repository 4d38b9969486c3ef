# skiff artifact: files in registries.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
: >registries.conf
PLAIN=(--tls-verify=false)
NAME=registry.example/models/small:1

two_files() {
    printf 'a model\n' >model.bin
    printf '\0\1\2' >data.bin
}
blobs() { find "$SKIFF_ROOT/artifacts/blobs" -type f 2>/dev/null | wc -l; }

test_add_list_inspect_remove() {
    two_files
    run 0 artifact ls
    like "$output" '^REPOSITORY +TAG +DIGEST +CREATED +SIZE$'
    run 0 artifact add --type application/x.model --annotation from=here "$NAME" model.bin data.bin
    like "$output" '^[0-9a-f]{64}$'
    local digest=$output
    run 0 artifact ls --noheading
    like "$output" "^registry.example/models/small +1 +${digest:0:12} +.* ago +11 ?B$"
    run 0 artifact list --format '{{.Repository}}:{{.Tag}} {{.Digest}} {{.VirtualSize}}' --no-trunc
    is "$output" "$NAME sha256:$digest 11"
    run 0 artifact inspect "$NAME"
    is "$(jq -r '.Name, .Digest, .Manifest.artifactType, .Manifest.config.mediaType' <<<"$output" | xargs)" \
        "$NAME sha256:$digest application/x.model application/vnd.oci.empty.v1+json"
    is "$(jq -c '[.Manifest.layers[] | [.annotations["org.opencontainers.image.title"], .annotations.from, .size]]' <<<"$output")" '[["model.bin","here",8],["data.bin","here",3]]'
    is "$(jq -r '.Manifest.layers[0].mediaType' <<<"$output")" "text/plain; charset=utf-8"
    run 0 artifact inspect -f '{{.Digest}}' "${digest:0:8}"
    is "$output" "sha256:$digest"
    # The layout is one that others read.
    is "$(sha256sum "$SKIFF_ROOT/artifacts/blobs/sha256/$digest" | cut -d' ' -f1)" "$digest"
    is "$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$SKIFF_ROOT/artifacts/index.json")" "$NAME"
    is "$(blobs)" 4
    run 0 artifact rm "$NAME"
    is "$output" "$digest"
    is "$(blobs)" 0
    run 125 artifact rm "$NAME"
    says "$NAME"
    run 0 artifact rm --ignore "$NAME"
    run 125 artifact inspect "$NAME"
}

test_append_and_replace() {
    two_files
    run 0 artifact add "$NAME" model.bin
    run 125 artifact add "$NAME" data.bin
    says "artifact already exists"
    run 0 artifact add --append "$NAME" data.bin
    run 0 artifact inspect "$NAME"
    is "$(jq '.Manifest.layers | length' <<<"$output")" 2
    run 125 artifact add --append "$NAME" data.bin
    says data.bin
    run 125 artifact add --append registry.example/other:1 data.bin
    run 125 artifact add --append --type x/y "$NAME" data.bin
    run 0 artifact add --replace --file-type application/x.data "$NAME" data.bin
    run 0 artifact inspect "$NAME"
    is "$(jq -c '[.Manifest.layers[].mediaType]' <<<"$output")" '["application/x.data"]'
    run 125 artifact add registry.example/third:1 "$PWD"
    run 125 artifact add registry.example/third:1 nosuchfile
    run 125 artifact add registry.example/third:1
    is "$(blobs)" 3
    # Two names of the same content; one goes, the files stay.
    run 0 artifact add registry.example/copy:1 data.bin
    run 0 artifact rm "$NAME"
    run 0 artifact extract registry.example/copy:1 out
    cmp out data.bin
    run 125 artifact rm
    run 125 artifact rm --all "$NAME"
    run 0 artifact rm --all
    is "$(blobs)" 0
}

test_extract() {
    two_files
    mkdir into
    run 0 artifact add "$NAME" model.bin data.bin
    run 125 artifact extract "$NAME" no-directory
    says directory
    run 0 artifact extract "$NAME" into
    cmp into/model.bin model.bin
    cmp into/data.bin data.bin
    run 0 artifact extract --title model.bin "$NAME" one
    cmp one model.bin
    run 0 artifact extract --digest "sha256:$(sha256sum data.bin | cut -d' ' -f1)" "$NAME" two
    cmp two data.bin
    run 125 artifact extract nosuch three
    says "artifact does not exist"
    run 125 artifact extract --title nosuch "$NAME" three
    says nosuch
    run 125 artifact extract --title a --digest b "$NAME" three
    # A link at the target is not followed.
    ln -s "$PWD/canary" link
    run 125 artifact extract --title model.bin "$NAME" link
    missing canary
}

test_push_and_pull() {
    two_files
    start_registry
    local name=$REGISTRY/models/small:1 digest
    run 0 artifact add --type application/x.model "$name" model.bin data.bin
    digest=$output
    run 0 artifact push -q "${PLAIN[@]}" --digestfile digest "$name"
    is "$(<digest)" "sha256:$digest"
    is "$(skopeo inspect --raw --tls-verify=false "docker://$name" | sha256sum | cut -d' ' -f1)" "$digest"
    run 0 artifact rm "$name"
    run 0 artifact pull -q "${PLAIN[@]}" "$name"
    is "$output" "$digest"
    mkdir into
    run 0 artifact extract "$name" into
    cmp into/data.bin data.bin
    run 0 artifact pull "${PLAIN[@]}" "$name"
    like "$errors" 'Copying blob'
    # Images are images, artifacts are artifacts.
    fill_registry a/b:v1
    run 125 artifact pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says image
    run 125 pull -q "${PLAIN[@]}" "$name"
    says artifact
    run 125 artifact pull -q "${PLAIN[@]}" "$REGISTRY/no/such:1"
    run 125 artifact push -q "${PLAIN[@]}" "$REGISTRY/no/such:1"
    run 0 artifact ls --format '{{.Repository}}'
    is "$output" "$REGISTRY/models/small"
}

test_policy_and_damage() {
    two_files
    start_registry
    local name=$REGISTRY/models/small:1 file
    run 0 artifact add "$name" model.bin
    run 0 artifact push -q "${PLAIN[@]}" "$name"
    run 0 artifact rm "$name"
    export CONTAINERS_POLICY_JSON=$PWD/policy.json
    echo '{"default":[{"type":"reject"}]}' >policy.json
    run 125 artifact pull -q "${PLAIN[@]}" "$name"
    says rejects
    echo '{"default":[{"type":"insecureAcceptAnything"}]}' >policy.json
    file=$(grep -rl 'a model' registry-*/data | head -1)
    printf 'another\n' >"$file"
    run 125 artifact pull -q --retry 0 "${PLAIN[@]}" "$name"
    run 0 artifact ls --noheading
    is "$output" ""
    is "$(blobs)" 0
}

test_mounts() {
    two_files
    run 0 artifact add "$NAME" model.bin data.bin
    run 0 run --rm --user 1234 --mount "type=artifact,src=$NAME,dst=/models" "$IMAGE" sh -c 'ls /models; cat /models/model.bin'
    is "$output" $'data.bin\nmodel.bin\na model'
    run 0 run --rm --mount "type=artifact,source=$NAME,target=/one,title=model.bin" "$IMAGE" cat /one
    is "$output" "a model"
    run 0 run --rm --mount "type=artifact,src=$NAME,dst=/models,title=model.bin,name=other" "$IMAGE" cat /models/other
    is "$output" "a model"
    run 1 run --rm --mount "type=artifact,src=$NAME,dst=/one,title=model.bin" "$IMAGE" sh -c 'echo x >/one'
    run 125 run --rm --mount "type=artifact,src=registry.example/no/such:1,dst=/one" "$IMAGE" true
    says registry.example/no/such
    run 125 run --rm --mount "type=artifact,src=$NAME,dst=/one,title=nosuch" "$IMAGE" true
    run 125 run --rm --mount "type=artifact,src=$NAME,dst=/one,odd=1" "$IMAGE" true
    run 125 run --rm --mount "type=artifact,src=$NAME" "$IMAGE" true
    run 125 run --rm --mount "type=artifact,src=$NAME,dst=/models,name=one" "$IMAGE" true
}

test_a_mounted_file_outlives_its_name() {
    two_files
    run 0 artifact add "$NAME" model.bin data.bin
    run 0 create --name c --mount "type=artifact,src=$NAME,dst=/one,title=model.bin" "$IMAGE" cat /one
    run 0 artifact rm "$NAME"
    is "$(blobs)" 1
    run 0 start -a c
    is "$output" "a model"
    printf 'another\n' >model.bin
    run 0 artifact add "$NAME" model.bin
    run 0 start -a c
    is "$output" "a model"
    run 0 rm c
    run 0 system prune -f
    is "$(blobs)" 3
    run 0 artifact rm -a
    is "$(blobs)" 0
}

test_events_of_artifacts() {
    two_files
    start_registry
    local name=$REGISTRY/models/small:1 digest
    run 0 artifact add "$name" model.bin
    digest=$output
    run 0 artifact push -q "${PLAIN[@]}" "$name"
    run 0 artifact rm "$name"
    run 0 artifact pull -q "${PLAIN[@]}" "$name"
    run 0 artifact add --append "$name" data.bin
    run 0 events --stream=false --filter type=artifact --format '{{.Type}} {{.Status}} {{.ID}} {{.Name}}'
    is "$(head -4 <<<"$output")" "artifact create $digest $name
artifact push $digest $name
artifact remove $digest $name
artifact pull $digest $name"
    like "$(tail -1 <<<"$output")" "^artifact create [0-9a-f]{64} $name$"
    run 0 events --stream=false --filter artifact="$name" --filter event=push
    like "$output" " artifact push $digest $name$"
    is "$(skiff events --stream=false --filter artifact=registry.example/none:1)" ""
    run 125 artifact rm registry.example/none:1
    run 0 artifact rm --ignore registry.example/none:1
    is "$(skiff events --stream=false --filter type=artifact | wc -l)" 5
}
