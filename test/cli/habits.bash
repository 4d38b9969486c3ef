# What published scripts do, as they do it: with bash in its strict mode, loops over IDs, xargs, ID files.

# habit <<SCRIPT: a shell of its own with `skiff` as a command and nothing of this harness.
habit() {
    {
        printf '#!/bin/bash\nset -euo pipefail\nIMAGE=%q\nskiff() { %s "$@"; }\nexport -f skiff\n' "$IMAGE" "$(printf '%q ' "${SKIFF_COMMAND[@]}")"
        cat
    } >habit
    local status=0
    bash habit >habit.out 2>habit.err </dev/null || status=$?
    [ "$status" = 0 ] || fail "the script ends with $status: $(cat habit.err)"
    is "$(cat habit.err)" ""
    output=$(cat habit.out)
}

test_loop_over_ids() {
    habit <<'SCRIPT'
for i in 1 2 3; do skiff create --name "c$i" "$IMAGE" true >/dev/null; done
for c in $(skiff ps -aq); do skiff inspect -f '{{.Name}} {{.State.Status}}' "$c"; done | sort
for c in $(skiff ps -aq); do skiff rm "$c" >/dev/null; done
skiff ps -aq
SCRIPT
    is "$output" $'c1 created\nc2 created\nc3 created'
}

test_remove_what_is_listed() {
    habit <<'SCRIPT'
for i in 1 2 3; do skiff run --name "c$i" "$IMAGE" sh -c "exit $i" || true; done
skiff rm $(skiff ps -a -q -f status=exited) | wc -l
skiff ps -aq | xargs -r skiff rm          # none: nothing to do
skiff ps -q | while read -r id; do skiff stop "$id"; done
[ -z "$(skiff ps -aq)" ] && echo none
SCRIPT
    is "$output" $'3\nnone'
}

test_wait_for_exit_codes() {
    habit <<'SCRIPT'
ids=()
for code in 0 3 7; do ids+=("$(skiff run -d "$IMAGE" sh -c "sleep 0.2; exit $code")"); done
skiff wait "${ids[@]}"
for id in "${ids[@]}"; do skiff inspect --format '{{.State.ExitCode}}' "$id"; done | paste -sd' '
if skiff run --rm "$IMAGE" false; then echo no; else echo "status $?"; fi
code=0; skiff run --rm "$IMAGE" sh -c 'exit 42' || code=$?; echo "$code"
SCRIPT
    is "$output" $'0\n3\n7\n0 3 7\nstatus 1\n42'
}

test_id_files() {
    habit <<'SCRIPT'
mkdir ids
for i in 1 2 3; do skiff run -d --cidfile "ids/$i" "$IMAGE" sleep 100 >/dev/null; done
for file in ids/*; do skiff inspect -f '{{.State.Running}}' "$(cat "$file")"; done
for file in ids/*; do skiff kill --cidfile "$file" >/dev/null; done
for file in ids/*; do skiff rm -f --cidfile "$file" >/dev/null && rm "$file"; done
skiff ps -aq
SCRIPT
    is "$output" $'true\ntrue\ntrue'
}

test_many_at_once() {
    habit <<'SCRIPT'
seq 16 | xargs -P8 -I{} bash -c 'skiff run --name w{} "$0" sh -c "echo out {}"' "$IMAGE" | sort -k2n | md5sum
seq 16 | sed 's/^/out /' | md5sum
seq 16 | xargs -P8 -I{} bash -c 'skiff inspect -f "{{.State.ExitCode}}" w{}' | sort -u
skiff ps -aq | xargs -P8 -n2 bash -c 'skiff rm "$@" >/dev/null' rm
skiff ps -aq | wc -l
SCRIPT
    local lines
    mapfile -t lines <<<"$output"
    is "${lines[0]}" "${lines[1]}"
    is "${lines[2]} ${lines[3]}" "0 0"
}

test_wait_until_ready() {
    habit <<'SCRIPT'
skiff run -d --name server "$IMAGE" sh -c 'sleep 0.3; touch /ready; sleep 100' >/dev/null
until skiff exec server test -e /ready; do sleep 0.05; done
skiff exec server sh -c 'echo ready'
trap 'skiff rm -f -t 0 server >/dev/null' EXIT
skiff container exists server && echo there
SCRIPT
    is "$output" $'ready\nthere'
    run 1 container exists server
}

test_pipes_and_files() {
    habit <<'SCRIPT'
printf 'b\na\n' | skiff run -i --rm "$IMAGE" sort | paste -sd,
skiff run --rm "$IMAGE" cat /etc/passwd >passwd && head -c 4 passwd && echo
skiff run --name box "$IMAGE" true
echo hello >file
skiff cp file box:/file && skiff cp box:/file - | tar -xO
skiff run --rm "$IMAGE" seq 100000 | head -n 1 || [ $? = 141 ]
skiff logs box 2>&1 | wc -l
name=$(skiff inspect -f '{{.Name}}' box | tr -d /) && skiff rm "$name"
SCRIPT
    is "$output" $'a,b\nroot\nhello\n1\n0\nbox'
}

test_json_for_other_programs() {
    habit <<'SCRIPT'
skiff create --name j --label a=b --env GREETING='hello "you"' "$IMAGE" true >/dev/null
skiff inspect j | python3 -c 'import json, sys; c = json.load(sys.stdin)[0]; print(c["Name"], c["Config"]["Labels"]["a"])'
skiff ps -a --format json | python3 -c 'import json, sys; print([c["Names"] for c in json.load(sys.stdin)])'
skiff inspect -f '{{range .Config.Env}}{{println .}}{{end}}' j | grep GREETING
skiff ps -a --format '{{.ID}} {{.Names}}' | awk '{print length($1), $2}'
SCRIPT
    is "$output" $'j b\n[[\'j\']]\nGREETING=hello "you"\n12 j'
}

# What docker's and podman's scripts say out of habit, and is so anyway.
test_flags_that_ask_for_what_is_so() {
    run 0 run --rm --disable-content-trust "$IMAGE" echo hi
    is "$output" hi
    run 0 create --disable-content-trust "$IMAGE" true
    run 125 run --rm --disable-content-trust=false "$IMAGE" true
    says "no content trust"
    run 0 push -q --disable-content-trust "$IMAGE" "dir:$PWD/pushed"
    run 0 pull -q --disable-content-trust "dir:$PWD/pushed"
    run 0 image prune -f --external --build-cache
    run 0 system prune -f --external --build
    run 125 system prune -f --external=false
}

test_info_tells_where_things_are() {
    run 0 info -f '{{.Store.VolumePath}}'
    is "$output" "$SKIFF_ROOT/volumes"
    run 0 volume create v
    is "$(skiff volume inspect v -f '{{.Mountpoint}}')" "$SKIFF_ROOT/volumes/v/_data"
    CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
    export CONTAINERS_REGISTRIES_CONF
    : >registries.conf
    run 0 info -f '{{.Registries}}'
    is "$output" 'map[]'
    echo 'unqualified-search-registries = ["one.example", "two.example"]' >registries.conf
    run 0 info -f '{{index .Registries "search"}}'
    is "$output" '[one.example two.example]'
}
