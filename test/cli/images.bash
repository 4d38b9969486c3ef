# skiff images, rmi, tag, untag, image exists|inspect|tree|mount|unmount|history.

test_table_and_quiet() {
    run 0 images
    like "$(head -n 1 <<<"$output")" '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$'
    like "$output" 'localhost/busybox +latest +[0-9a-f]{12} '
    run 0 images -q
    like "$output" '^[0-9a-f]{12}$'
    run 0 images -q --no-trunc
    like "$output" '^sha256:[0-9a-f]{64}$'
    run 0 image ls -n
    is "$(wc -l <<<"$output")" 1
    run 0 image list -q
}

test_format_and_json() {
    run 0 images --format '{{.Repository}}:{{.Tag}} {{.ID}}'
    like "$output" '^localhost/busybox:latest [0-9a-f]{12}$'
    run 0 images --format json
    /usr/bin/python3 - "$output" <<'PYTHON'
import json, sys
(image,) = json.loads(sys.argv[1])
assert len(image["Id"]) == 64, image
assert image["Names"] == ["localhost/busybox:latest"], image
assert image["Size"] > 1000000
PYTHON
}

test_arguments_and_filters() {
    new_image localhost/other:v2 <<<$'busybox\nfile /other x'
    run 0 images --format '{{.Repository}}:{{.Tag}}' localhost/other
    is "$output" localhost/other:v2
    run 0 images --filter reference='*other*' --format '{{.Tag}}'
    is "$output" v2
    run 0 images -q --filter dangling=true
    is "$output" ""
    run 0 images -q --filter label=none
    is "$output" ""
    run 125 images --filter colour=red
    says colour
    run 0 images -q localhost/nothing
    is "$output" ""
}

test_tag_and_untag() {
    run 0 tag "$IMAGE" one localhost/two:v1 registry.example/three
    run 0 image exists localhost/one
    run 0 run --rm two:v1 echo hi
    is "$output" hi
    run 0 image exists registry.example/three:latest
    run 0 untag "$IMAGE" one
    run 1 image exists one
    run 125 tag nosuch x
    says nosuch
    run 125 tag "$IMAGE" 'Upper Case'
    run 125 tag "$IMAGE" ''
    run 125 untag "$IMAGE" localhost/not-a-name-of-it
}

test_names_ids_and_prefixes() {
    local id
    id=$(inspect "$IMAGE" '{{.Id}}')
    run 0 run --rm "$id" echo by id
    run 0 run --rm "sha256:$id" echo by id
    run 0 run --rm "${id:0:6}" echo by prefix
    run 0 run --rm busybox echo by short name
    run 0 run --rm localhost/busybox:latest echo in full
    run 0 run --rm "localhost/busybox@$(inspect "$IMAGE" '{{.Digest}}')" echo by digest
}

test_rmi() {
    run 0 tag "$IMAGE" localhost/second
    run 0 rmi localhost/second
    is "$output" "Untagged: localhost/second:latest"
    run 0 rmi "$IMAGE"
    like "$output" 'Untagged: localhost/busybox:latest'
    like "$output" 'Deleted: [0-9a-f]{64}'
    run 0 images -aq
    is "$output" ""
    is_podman || is "$(ls "$SKIFF_ROOT/layers" "$SKIFF_ROOT"/blobs/sha256 2>/dev/null | grep -cE '^[0-9a-f]{64}$' || true)" 0
}

test_rmi_missing_and_in_use() {
    run 1 rmi nosuch
    says nosuch
    run 0 rmi -i nosuch
    run 0 create --name user "$IMAGE" true
    run 2 rmi "$IMAGE"
    says user
    run 0 rmi -f "$IMAGE"
    run 0 ps -aq
    is "$output" ""
}

test_rmi_of_two_names_by_id() {
    run 0 tag "$IMAGE" localhost/second
    local id
    id=$(inspect "$IMAGE" '{{.Id}}')
    run 125 rmi "$id"
    run 0 rmi -f "$id"
    run 0 images -aq
    is "$output" ""
}

test_rmi_all() {
    new_image localhost/b <<<busybox
    run 0 rmi --all
    run 0 images -aq
    is "$output" ""
}

test_exists() {
    run 0 image exists "$IMAGE"
    run 1 image exists nosuch
    is "$errors" ""
}

test_inspect() {
    new_image localhost/i <<'IMAGE'
busybox
config Env ["A=1"]
config Labels {"k": "v"}
config ExposedPorts {"80/tcp": {}}
top author "somebody"
IMAGE
    run 0 image inspect localhost/i
    /usr/bin/python3 - "$output" <<'PYTHON'
import json, sys
(image,) = json.loads(sys.argv[1])
for key in ("Id Digest RepoTags RepoDigests Comment Created Config Version Author Architecture Os Size VirtualSize "
            "GraphDriver RootFS Labels Annotations ManifestType User History NamesHistory").split():
    assert key in image, key
assert image["RepoTags"] == ["localhost/i:latest"]
assert image["Config"]["Env"] == ["A=1"] and image["Labels"] == {"k": "v"}
assert image["Author"] == "somebody" and image["Os"] == "linux"
assert len(image["RootFS"]["Layers"]) == 1
PYTHON
    run 125 image inspect nosuch
    is "$output" '[]'
}

test_tree() {
    run 0 image tree "$IMAGE"
    like "$output" 'localhost/busybox'
    new_image localhost/upper <<'IMAGE'
busybox
layer
file /more content
IMAGE
    run 0 image tree localhost/upper
    is "$(grep -c 'ID: .* Size:' <<<"$output")" 2
    # Only from the top layer upwards.
    run 0 image tree --whatrequires localhost/upper
    is "$(grep -c 'ID: .* Size:' <<<"$output")" 1
    run 0 image tree --whatrequires "$IMAGE"
    like "$output" 'Top Layer of: \[localhost/upper'
    run 125 image tree nosuch
    says nosuch
}

test_history() {
    run 0 history "$IMAGE"
    like "$output" 'image_builder'
    run 125 history nosuch
    is "$(skiff history --format '{{.Tags}}' "$IMAGE" | sort -u)" "[]"
    is "$(skiff history --format json "$IMAGE" | jq -c '[.[] | has("comment")] | unique')" "[false]"
    # The names of podman's fields, not of the documents' members.
    run 0 image inspect --format '{{.ID}} {{.HealthCheck}} {{range .History}}{{.CreatedBy}},{{.EmptyLayer}},{{.Comment}};{{end}}' "$IMAGE"
    like "$output" '^[0-9a-f]{64} <nil> (.*,false,;)+$'
}

test_mount_and_unmount() {
    run 0 image mount "$IMAGE"
    local where=$output
    exists "$where/bin/busybox"
    ! touch "$where/new" 2>/dev/null || is_podman || fail "the mount is writable"
    run 0 image mount
    like "$output" 'localhost/busybox'
    run 0 image unmount "$IMAGE"
    missing "$where/bin/busybox"
    run 125 image mount nosuch
    says nosuch
}

test_whole_rows_as_json() {
    new_image localhost/labelled <<'IMAGE'
busybox
config Labels {"one":"1"}
IMAGE
    run 0 images --format '{{json .}}' localhost/labelled
    is "$(jq -c .Labels <<<"$output")" '{"one":"1"}'
    run 0 images --format '{{json .Labels}}' localhost/labelled
    is "$output" '{"one":"1"}'
}

# What is not set in an image's configuration is a zero value to a template, as a member of a struct is.
test_templates_name_what_an_image_does_not_set() {
    mkdir empty
    tar c -C empty . | skiff import -q - localhost/bare >/dev/null
    run 0 image inspect localhost/bare -f '{{.Config.Cmd}}{{.Config.Entrypoint}}|{{.Config.User}}|{{.Config.WorkingDir}}|{{.Config.StopSignal}}'
    is "$output" '[][]|||'
    run 0 inspect localhost/bare -f '{{.Config.Labels}} {{.Config.ExposedPorts}} {{.Config.Volumes}} {{len .Config.Entrypoint}}'
    is "$output" 'map[] map[] map[] 0'
    run 0 images --format '{{json .}}' localhost/bare
    is "$(jq -c .Labels <<<"$output")" null
    is "$(skiff images --format json localhost/bare | jq -c '.[0].Labels')" null
}

test_errors_use_the_words_that_scripts_look_for() {
    run 125 tag nosuch x
    says "nosuch: image not known"
    run 125 untag "$IMAGE" nosuch:x
    says "localhost/nosuch:x: tag not known"
    run 125 tag "$IMAGE" UPPER
    says "invalid reference format" "repository name must be lowercase"
    run 125 run --pull never nosuch true
    says "image not known"
    run 125 pull --policy nosuch "$IMAGE"
    says 'unsupported pull policy "nosuch"'
    run 0 create --name user "$IMAGE" true
    run 2 rmi "$IMAGE"
    says "image is in use by a container: user"
}
