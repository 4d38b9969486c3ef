# Called by the name docker: what docker's users and their scripts read.

docker_link() {
    mkdir -p bin
    ln -sf "$SKIFF" bin/docker
    SKIFF_COMMAND[0]=$PWD/bin/docker
}

test_listings() {
    run 0 tag "$IMAGE" docker.io/library/tool:1 docker.io/some/tool:2
    docker_link
    run 0 run -d --name web --label a=1 --label b=2 tool:1 sh -c 'trap "exit 0" TERM; sleep 100 & wait'
    run 0 ps
    like "$output" '^CONTAINER ID   IMAGE     COMMAND +CREATED +STATUS +PORTS +NAMES'
    like "$output" '[0-9a-f]{12}   tool:1    "sh -c trap \\?"exit 0'
    run 0 ps --format '{{.Image}} {{.Labels}} {{.Label "b"}} {{.Networks}}'
    like "$output" '^tool:1 a=1,b=2 2 '
    run 0 ps --format json
    is "$(wc -l <<<"$output")" 1
    is "$(jq -r '[.Names, .State, .Labels, .Image] | join(" ")' <<<"$output")" 'web running a=1,b=2 tool:1'
    run 0 ps --format '{{json .}}'
    is "$(jq -r .ID <<<"$output")" "$(skiff ps -q)"
    run 0 images --format '{{.Repository}}:{{.Tag}}'
    like "$output" $'(^|\n)tool:1($|\n)'
    like "$output" some/tool:2
    run 0 images --format json
    isnt "$(jq -r 'select(.Tag == "1") | .Repository' <<<"$output")" docker.io/library/tool
    run 0 images tool
    like "$output" '^REPOSITORY   TAG       IMAGE ID       CREATED +SIZE'
    run 0 volume create v
    run 0 volume ls --format json
    is "$(jq -r '.Name + " " + .Scope' <<<"$output")" 'v local'
}

test_inspect() {
    run 0 tag "$IMAGE" docker.io/library/tool:1
    docker_link
    run 0 run -d --name web tool:1 sh -c 'trap "exit 0" TERM; sleep 100 & wait'
    is "$(skiff inspect -f '{{.Name}} {{.Config.Image}}' web)" '/web tool:1'
    like "$(skiff inspect -f '{{.Image}}' web)" '^sha256:[0-9a-f]{64}$'
    like "$(skiff image inspect -f '{{.Id}}' tool:1)" '^sha256:[0-9a-f]{64}$'
    is "$(skiff image inspect -f '{{json .RepoTags}}' tool:1 | jq -r '.[] | select(startswith("tool"))')" tool:1
}

test_the_default_network_is_called_bridge() {
    docker_link
    run 0 network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'
    like "$output" 'bridge bridge local'
    run 0 run -d --name web --network bridge "$IMAGE" sleep 100
    like "$(skiff inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' web)" '^10\.88\.'
    is "$(skiff network inspect bridge -f '{{(index .IPAM.Config 0).Gateway}}')" 10.88.0.1
    like "$(skiff network inspect bridge -f '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}')" '^web 10\.88\..*/16$'
    run 0 network create own
    run 0 network connect own web
    run 0 network disconnect bridge web
    run 0 rm -f -t 0 web
}

test_info_and_version() {
    docker_link
    is "$(skiff info -f '{{.OSType}} {{.Driver}}')" 'linux overlay'
    is "$(skiff version -f '{{.Server.Version}}')" "$(skiff info -f '{{.ServerVersion}}')"
    is "$(skiff info -f '{{.NCPU}}')" "$(nproc --all)"
}

# docker acts on those that exist, podman on none.
test_a_missing_one_does_not_spare_the_others() {
    docker_link
    start_sleeper a
    run 125 stop nosuch a
    is "$output" a
    is "$(state a)" exited
    run 1 rm nosuch a
    is "$output" a
    run 0 ps -aq
    is "$output" ""
}

test_working_directory_is_made() {
    docker_link
    run 0 run --rm -w /no/such/directory "$IMAGE" pwd
    is "$output" /no/such/directory
}

test_short_names_are_docker_hubs() {
    docker_link
    printf 'unqualified-search-registries = ["registry.invalid"]\n' >registries.conf
    CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf run 125 pull -q --retry 0 nosuchimage
    says docker.io/library/nosuchimage
}

test_podman_words_stay_podman() {
    run 0 create --name c "$IMAGE" true
    is "$(inspect c '{{.Name}}')" c
    run 0 ps -a --format json
    is "$(jq -r 'type' <<<"$output")" array
}

test_points_in_time_are_text() {
    docker_link
    run 0 create --name c "$IMAGE" true
    like "$(inspect c '{{.Created}}')" '^20[0-9-]+T[0-9:.]+Z$'
    is "$(inspect c '{{.State.StartedAt}}')" 0001-01-01T00:00:00Z
}
