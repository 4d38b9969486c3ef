# User namespaces: maps, networks in them, IDs that are chosen.
# harness: own mounts

# Another runtime goes to the root file system by its path, as the mapped root.
let_pass() { chmod o+x "${SKIFF_RUNROOT%/*}" "${SKIFF_RUNROOT%/*/*}"; }
give_ids() {
    printf '%s\n' "$@" >ids
    mount --bind ids /etc/subuid
    mount --bind ids /etc/subgid
}
take_ids_back() { umount /etc/subuid /etc/subgid; }
ids_of() { inspect "$1" '{{index .HostConfig.IDMappings.UidMap 0}}'; }

test_maps() {
    let_pass
    run 0 run --rm --uidmap 0:200000:65536 --gidmap 0:300000:65536 "$IMAGE" sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id -u; touch /made; stat -c %u:%g /made /bin /; echo out >/dev/stdout'
    like "$output" '0 +200000 +65536'
    like "$output" '0 +300000 +65536'
    like "$output" $'\n0\n0:0\n0:0\n0:0\nout$'
    run 0 run -d --name c --user 5 --uidmap 0:200000:65536 "$IMAGE" sh -c 'echo as $(id -u) >/dev/stdout; sleep 100'
    eventually log_has c 'as 5'
    is "$(stat -c %u "/proc/$(inspect c '{{.State.Pid}}')")" 200005
    run 0 exec c id -u
    is "$output" 5
    run 125 create --userns host --uidmap 0:200000:10 "$IMAGE" true
}

# On disk there are the container's own IDs: what reads a container from outside sees them.
test_files_keep_the_containers_ids() {
    let_pass
    run 0 run --name c --uidmap 0:200000:65536 "$IMAGE" sh -c 'touch /mine; chown 5:6 /mine; rm /etc/group; chmod 4755 /bin/busybox'
    run 0 export -o all.tar c
    like "$(tar tvf all.tar)" '5/6 .* mine'
    like "$(tar tvf all.tar)" '0/0 .* bin/busybox'
    run 0 diff c
    like "$output" 'D /etc/group'
    run 0 commit -q c localhost/made
    run 0 run --rm localhost/made stat -c %u:%g /mine
    is "$output" 5:6
    run 0 start -a c
    run 0 run -d --name running --uidmap 0:200000:65536 "$IMAGE" sh -c 'touch /mine; chown 5:6 /mine; sleep 100'
    eventually skiff exec running sh -c '[ "$(stat -c %u /mine)" = 5 ]'
    run 0 export -o running.tar running
    like "$(tar tvf running.tar)" '5/6 .* mine'
    mkdir dir
    echo text >dir/file
    run 0 cp dir running:/tmp
    run 0 exec running sh -c 'stat -c %u:%g /tmp/dir /tmp/dir/file; cat /tmp/dir/file'
    is "$output" $'0:0\n0:0\ntext'
    tar cf - dir | skiff cp - running:/
    run 0 exec running stat -c %u /dir/file
    is "$output" 0
    run 0 cp running:/tmp/dir/file back
    is "$(cat back)" text
    run 0 cp dir c:/tmp
    run 0 start -a c
}

test_volumes() {
    let_pass
    run 0 run --rm --uidmap 0:200000:65536 -v data:/data:U "$IMAGE" sh -c 'touch /data/f; stat -c %u /data/f'
    is "$output" 0
    is "$(stat -c %u "$(skiff volume inspect -f '{{.Mountpoint}}' data)/f")" 200000
}

test_networks_in_a_user_namespace() {
    let_pass
    run 0 network create --subnet 10.77.0.0/24 net
    run 0 run -d --name web --network net --uidmap 0:200000:65536 -p 127.0.0.1:18080:80 "$IMAGE" sh -c 'while :; do echo hello | nc -l -p 80; done'
    eventually answers_hello
    run 0 run --rm --network net --uidmap 0:300000:65536 --sysctl net.ipv4.conf.all.forwarding=1 "$IMAGE" \
        sh -c 'nslookup -type=a web.dns.podman | tail -2; cat /proc/sys/net/ipv4/conf/all/forwarding; cat /etc/resolv.conf'
    like "$output" 'Address: 10\.77\.0\.'
    like "$output" $'\n1\n'
    like "$output" 'nameserver 10.77.0.1'
    run 0 network create other
    run 0 network connect other web
    run 0 exec web ip -o addr show eth1
    like "$output" 'inet '
    run 0 restart -t 0 web
    eventually answers_hello
}
answers_hello() { [ "$(busybox nc -w 2 127.0.0.1 18080 </dev/null)" = hello ]; }

test_automatic() {
    let_pass
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
    run 0 run --rm --userns auto:size=64 "$IMAGE" cat /proc/self/uid_map
    like "$output" '0 +503651 +64'
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
