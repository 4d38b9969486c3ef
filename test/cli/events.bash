# skiff events: what happened, filtered, formatted, and as it happens.

events() { skiff events --stream=false "$@"; }


# The actions of container $1, in one line.
actions_of() { events --filter "container=$1" --format '{{.Status}}' | tr '\n' ' '; }

test_a_run_is_told_in_order() {
    run 3 run --name e "$IMAGE" sh -c 'exit 3'
    run 0 rm e
    like "$(actions_of e)" '^create init attach start died cleanup remove $'
}

test_died_has_the_exit_code_image_and_labels() {
    run 3 run --rm --name e --label color=red "$IMAGE" sh -c 'exit 3'
    run 0 events --stream=false --filter event=died --filter container=e --format json
    like "$output" '"ContainerExitCode":3'
    like "$output" '"Image":"localhost/busybox:latest"'
    like "$output" '"Name":"e"'
    like "$output" '"Status":"died"'
    like "$output" '"Type":"container"'
    like "$output" '"Attributes":\{"color":"red"\}'
    run 0 events --stream=false --filter event=die --filter container=e
    like "$output" '^20[0-9-]+ [0-9:.]+ [+-][0-9]{4} [A-Z]+ container died [0-9a-f]{64} \(image=localhost/busybox:latest, name=e, containerExitCode=3, color=red\)$'
}

test_stop_kill_pause_rename_restart_exec() {
    run 0 run -d --name e "$IMAGE" sh -c 'trap "exit 0" TERM; while :; do sleep 0.05; done'
    run 0 pause e
    run 0 unpause e
    run 4 exec e sh -c 'exit 4'
    run 0 rename e f
    run 0 restart f
    run 0 kill -s KILL f
    run 0 rm f
    local actions
    actions=$(events --filter type=container --format '{{.Status}}' | tr '\n' ' ')
    like "$actions" '^create init start pause unpause exec exec_died rename died cleanup stop init start restart kill died cleanup remove $'
    is "$(events --filter event=exec_died --format '{{.ContainerExitCode}}')" 4
    is "$(events --filter event=rename --format '{{.Name}}')" f
}

test_of_images() {
    run 0 tag "$IMAGE" localhost/second:v1
    run 0 untag "$IMAGE" localhost/second:v1
    like "$(events --filter type=image --format '{{.Status}} {{.Name}}' | tail -2 | tr '\n' ' ')" \
        '^tag localhost/second:v1 untag localhost/second:v1 $'
    is "$(events --filter image=localhost/second:v1 --format '{{.Type}}' | sort -u)" image
}

test_filters() {
    run 0 create --name one --label a=1 "$IMAGE" true
    run 0 create --name two --label a=2 "$IMAGE" true
    is "$(events --filter label=a=2 --format '{{.Name}}')" two
    is "$(events --filter label=a --format '{{.Name}}' | tr '\n' ' ')" 'one two '
    is "$(events --filter container=one --filter container=two --format '{{.Name}}' | tr '\n' ' ')" 'one two '
    is "$(events --filter container=one --filter event=start)" ''
    run 125 events --stream=false --filter nonsense=1
    says nonsense container
    run 125 events --stream=false --filter container
    says filter
}

test_since_and_until() {
    run 0 create --name old "$IMAGE" true
    local between
    sleep 0.02
    between=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
    sleep 0.02
    run 0 create --name new "$IMAGE" true
    is "$(events --filter type=container --since "$between" --format '{{.Name}}')" new
    is "$(events --filter type=container --until "$between" --format '{{.Name}}')" old
    is "$(events --filter type=container --since 10m --format '{{.Name}}' | tr '\n' ' ')" 'old new '
    run 125 events --stream=false --since yesterdayish
    says yesterdayish
}

test_stream_wakes_at_once() {
    (exec "${SKIFF_COMMAND[@]}" events --filter type=container --format '{{.Status}}' >stream) &
    local reader=$!
    sleep 0.3
    run 0 create --name s "$IMAGE" true
    eventually grep -q '^create$' stream
    is "$(cat stream)" create
    kill "$reader"
    wait "$reader" || true
}

test_stream_ends_by_itself() {
    local begun=$SECONDS
    run 0 events --until 1s
    [ $((SECONDS - begun)) -le 5 ] || fail "took $((SECONDS - begun)) s"
    # A reader that leaves ends the stream, though nothing happens.
    timeout 20 bash -c '"$@" | true' _ "${SKIFF_COMMAND[@]}" events
}

test_no_trunc() {
    run 0 create --name n "$IMAGE" true
    local id=$output
    like "$(events --no-trunc=false --filter container=n)" "container create ${id:0:12} "
    like "$(events --filter container=n)" "container create $id "
}

test_labels_cannot_command_a_terminal() {
    run 0 create --name n --label "evil=$(printf '\033[2J\nfake')" "$IMAGE" true
    is "$(events --filter container=n | wc -l)" 1
    unlike "$(events --filter container=n)" $'\033'
}

test_mirrored_to_a_file() {
    printf '[engine]\nevents_logger = "file"\nevents_logfile_path = "%s/log/events.log"\n' "$PWD" >containers.conf
    CONTAINERS_CONF=$PWD/containers.conf run 0 run --rm --name m "$IMAGE" true
    is "$(grep -o '"Status":"[a-z]*"' log/events.log | tr '\n' ' ')" \
        '"Status":"create" "Status":"init" "Status":"attach" "Status":"start" "Status":"died" "Status":"cleanup" "Status":"remove" '
    run 0 --events-backend none run --rm "$IMAGE" true
    is "$(grep -c create log/events.log)" 1
    run 125 --events-backend carrier-pigeon ps
    says carrier-pigeon
}

test_the_ring_is_bounded() {
    run 0 create --name r "$IMAGE" true
    local database="import sqlite3, sys, time; db = sqlite3.connect(sys.argv[1]);"
    # The ring's end is looked at after every 64th row.
    python3 -c "$database last = db.execute('SELECT max(seq) FROM event').fetchone()[0]
db.executemany('INSERT INTO event (at, type, action, actor_id, name, pid) VALUES (?, ?, ?, ?, ?, 1)',
    [(time.time_ns(), 'system', 'refresh', '', '')] * (64 * 160 - last - 1)); db.commit()" "$SKIFF_ROOT/skiff.db"
    run 0 rename r s
    local count
    count=$(python3 -c "$database print(db.execute('SELECT count(*) FROM event').fetchone()[0])" "$SKIFF_ROOT/skiff.db")
    [ "$count" = 10000 ] || fail "the ring has $count rows"
    is "$(events --format '{{.Status}}' | tail -1)" rename
}

test_of_networks() {
    is_podman && skip "another order"
    run 0 network create net
    run 0 create --name c --network net "$IMAGE" true
    run 0 network disconnect net c
    run 0 network connect net c
    run 0 rm c
    run 0 network rm net
    is "$(events --filter type=network --filter network=net --format '{{.Status}}' | tr '\n' ' ')" 'create disconnect connect remove '
    like "$(events --filter event=connect)" ' network connect [0-9a-f]{64} \(container=[0-9a-f]{64}, name=net\)$'
}

test_of_volumes() {
    run 0 volume create v
    run 0 volume rm v
    is "$(events --filter type=volume --filter volume=v --format '{{.Status}}' | tr '\n' ' ')" 'create remove '
}
