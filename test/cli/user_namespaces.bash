# User namespaces: maps, networks in them, IDs that are chosen.
# harness: own mounts

give_ids() {
    printf '%s\n' "$@" >ids
    mount --bind ids /etc/subuid
    mount --bind ids /etc/subgid
}
take_ids_back() { umount /etc/subuid /etc/subgid; }
ids_of() { inspect "$1" '{{index .HostConfig.IDMappings.UidMap 0}}'; }

test_automatic() {
    give_ids 'containers:500000:5000' 'me:700000:70000'
    run 0 create --name one --userns auto "$IMAGE" true
    run 0 create --name two --userns=auto:size=1500 "$IMAGE" true
    is "$(ids_of one) $(ids_of two)" '0:500000:2001 0:502001:1500'
    run 125 create --userns auto "$IMAGE" true
    says containers 2001 /etc/subuid
    run 0 rm one
    run 0 create --name three --user 1000 --userns auto "$IMAGE" true
    is "$(ids_of three)" 0:500000:2001
    run 125 create --userns auto --uidmap 0:1:1 "$IMAGE" true
    PODMAN_USERNS=auto:size=100 run 0 create --name four "$IMAGE" true
    is "$(ids_of four)" 0:503501:100
    printf '[containers]\nuserns = "auto:size=50"\n' >conf
    CONTAINERS_CONF=$PWD/conf run 0 create --name five "$IMAGE" true
    is "$(ids_of five)" 0:503601:50
    take_ids_back
}

test_many_choices_at_once() {
    give_ids 'containers:500000:20480'
    local n jobs=()
    for n in 1 2 3 4 5 6 7 8; do
        skiff create --name "c$n" --userns auto "$IMAGE" true >/dev/null &
        jobs+=($!)
    done
    for n in "${jobs[@]}"; do wait "$n"; done
    is "$(for n in 1 2 3 4 5 6 7 8; do skiff inspect -f '{{range .HostConfig.IDMappings.UidMap}}{{println .}}{{end}}' "c$n"; done | grep . | sort -u | wc -l)" 8
    take_ids_back
}

test_named_lines() {
    give_ids 'me:700000:1000' 'me:800000:65536'
    run 0 create --name c --subuidname me "$IMAGE" true
    is "$(inspect c '{{json .HostConfig.IDMappings}}')" '{"UidMap":["0:700000:1000","1000:800000:65536"],"GidMap":["0:700000:1000","1000:800000:65536"]}'
    run 125 create --subuidname nobody "$IMAGE" true
    says nobody /etc/subuid
    run 125 create --subuidname me --uidmap 0:1:1 "$IMAGE" true
    take_ids_back
}

test_what_needs_no_root_is_refused() {
    for mode in keep-id keep-id:uid=5 nomap; do
        run 125 create --userns "$mode" "$IMAGE" true
        says "$mode" 'without root'
    done
    run 125 create --userns auto:size=0 "$IMAGE" true
    run 125 create --userns auto:color=red "$IMAGE" true
}
