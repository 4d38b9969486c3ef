# skiff inspect.

test_is_an_array_with_podmans_keys() {
    start_sleeper c -e A=1 -l l=1 --memory 64m
    run 0 inspect c
    /usr/bin/python3 - "$output" <<'PYTHON'
import json, sys
(c,) = json.loads(sys.argv[1])
for key in ("Id Created Path Args State Image ImageName Rootfs ResolvConfPath HostnamePath HostsPath StaticDir "
            "OCIConfigPath OCIRuntime ConmonPidFile PidFile Name RestartCount Driver EffectiveCaps BoundingCaps "
            "ExecIDs GraphDriver Mounts Dependencies NetworkSettings Config HostConfig").split():
    assert key in c, key
for key in "Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error StartedAt FinishedAt".split():
    assert key in c["State"], key
assert c["State"]["Running"] is True and c["State"]["Status"] == "running"
assert "A=1" in c["Config"]["Env"] and c["Config"]["Labels"]["l"] == "1"
assert c["HostConfig"]["Memory"] == 64 << 20
assert c["Name"] == "c" and len(c["Id"]) == 64 and len(c["Image"]) == 64
assert c["ImageName"] == "localhost/busybox:latest"
assert c["State"]["StartedAt"].startswith("20")
PYTHON
}

test_several_and_missing() {
    run 0 create --name a "$IMAGE" true
    run 0 create --name b "$IMAGE" true
    run 0 inspect --format '{{.Name}}' a b
    is "$output" $'a\nb'
    run 125 inspect nosuch
    is "$output" '[]'
    says nosuch
    run 125 inspect --format '{{.Name}}' a nosuch
    is "$output" a
}

test_type() {
    run 0 create --name x "$IMAGE" true
    run 0 inspect --type image --format '{{.Os}}' "$IMAGE"
    is "$output" linux
    run 125 inspect --type container "$IMAGE"
    run 125 inspect --type image x
    run 125 inspect --type nonsense x
    run 0 container inspect --format '{{.Name}}' x
    is "$output" x
    run 0 image inspect --format '{{.Architecture}}' "$IMAGE"
    is "$output" amd64
}

test_templates() {
    run 0 create --name x -l one=1 "$IMAGE" echo a b
    run 0 inspect -f '{{.Name}}:{{len .Id}}:{{json .Config.Cmd}}' x
    is "$output" 'x:64:["echo","a","b"]'
    run 0 inspect -f '{{range .Config.Cmd}}<{{.}}>{{end}}' x
    is "$output" '<echo><a><b>'
    run 0 inspect -f '{{if .State.Running}}up{{else}}down{{end}}' x
    is "$output" down
    run 125 inspect -f '{{.NoSuchKey}}' x
    says NoSuchKey
    run 125 inspect -f '{{range}}' x
}

test_templates_may_name_what_is_left_out_while_empty() {
    run 0 create --name c "$IMAGE" true
    run 0 inspect --format '{{.Config.Healthcheck}}|{{.State.CheckpointPath}}|{{.Config.Timezone}}|{{.Config.ExposedPorts}}|{{with .Config}}{{.Secrets}}{{end}}' c
    is "$output" '<nil>|||map[]|[]'
    run 125 inspect --format '{{.State.Timezone}}' c
    like "$errors" "evaluate field Timezone"
    run 0 inspect --format '{{json .Config}}' c
    unlike "$output" 'Timezone'
    run 0 image inspect --format '{{.Labels}} {{json .Labels}}' "$IMAGE"
    is "$output" 'map[] null'
}

# From podman-inspect(1) and its documents: what the program had, not only what was asked for.
test_environment_of_the_program() {
    printf secret | skiff secret create hidden - >/dev/null
    run 0 run --name c -t -h host1 -e A=1 --secret hidden,type=env,target=TOKEN "$IMAGE" true
    run 0 inspect -f '{{range .Config.Env}}{{println .}}{{end}}' c
    like "$output" $'(^|\n)A=1($|\n)'
    like "$output" $'(^|\n)HOME=/root($|\n)'
    like "$output" $'(^|\n)HOSTNAME=host1($|\n)'
    like "$output" $'(^|\n)TERM=xterm($|\n)'
    like "$output" $'(^|\n)container=podman($|\n)'
    like "$output" $'(^|\n)TOKEN=\\*+($|\n)'
    unlike "$output" secret
    run 0 rm c
    run 0 secret rm hidden
}

test_ports_and_init() {
    run 0 create --name c --network podman --expose 99 -p 127.0.0.1::80 --init -P "$IMAGE" true
    is "$(inspect c '{{json .Config.ExposedPorts}} {{.HostConfig.PublishAllPorts}} {{.HostConfig.Init}}')" '{"80/tcp":{},"99/tcp":{}} true true'
    run 0 create --name plain "$IMAGE" true
    is "$(inspect plain '{{json .Config.ExposedPorts}} {{.HostConfig.PublishAllPorts}} {{.HostConfig.Init}}')" 'null false false'
}

# As Go prints slices and maps that are nil, and as podman takes the word "table".
test_templates_of_empty_lists() {
    run 0 create --name c "$IMAGE" true
    is "$(inspect c '{{.Config.Entrypoint}} {{.HostConfig.VolumesFrom}} {{.HostConfig.Links}} {{.HostConfig.CgroupConf}} {{.Config.OnBuild}}')" \
        '[] [] [] map[] <nil>'
    is "$(inspect c '{{len .Config.Entrypoint}} {{json .Config.Entrypoint}} {{range .Config.Entrypoint}}x{{end}}')" '0 null '
    is "$(inspect c 'table {{.Name}}')" c
}

# From the documents of podman: volumes, then images, then directories.
test_mounts_of_images_and_nocopy() {
    mkdir dir
    run 0 create --name c -v "$PWD/dir:/dir" --mount "type=image,source=$IMAGE,destination=/image" -v vol:/vol:nocopy "$IMAGE" true
    is "$(inspect c '{{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}} {{end}}')" 'volume /vol true image /image false bind /dir true '
    is "$(inspect c '{{(index .Mounts 0).Options}} {{json (index .Mounts 1).Options}}')" '[nocopy nosuid nodev rbind] null'
    is "$(inspect c '{{index .HostConfig.Binds 0}}')" vol:/vol:nocopy,rw,rprivate,nosuid,nodev,rbind
    run 0 rm c
    run 0 volume rm vol
}

test_sizes_are_empty_unless_asked_for() {
    run 0 create --name c "$IMAGE" true
    is "$(inspect c '{{.SizeRootFs}} {{.SizeRw}}')" '0 <nil>'
    run 0 inspect --size -f '{{.SizeRootFs}}' c
    isnt "$output" 0
}

test_times_and_codes_after_the_end() {
    run 3 run --name x "$IMAGE" sh -c 'exit 3'
    run 0 inspect -f '{{.State.ExitCode}} {{.State.Running}} {{.State.Pid}}' x
    is "$output" '3 false 0'
    [[ $(inspect x '{{.State.FinishedAt}}') > $(inspect x '{{.State.StartedAt}}') ]] || fail "finished before it started"
}

test_what_a_start_will_give_is_told_before_it() {
    run 0 create --name c "$IMAGE" true
    local before after
    before=$(inspect c '{{json .EffectiveCaps}} {{json .BoundingCaps}} {{json .HostConfig.Ulimits}} {{.HostConfig.CgroupMode}} {{.OCIRuntime}}')
    like "$before" CAP_CHOWN.*CAP_CHOWN.*RLIMIT_NOFILE.*RLIMIT_NPROC
    like "$before" '(host|private) [a-z]+$'
    run 0 start c
    skiff wait c >/dev/null
    after=$(inspect c '{{json .EffectiveCaps}} {{json .BoundingCaps}} {{json .HostConfig.Ulimits}} {{.HostConfig.CgroupMode}} {{.OCIRuntime}}')
    is "$after" "$before"
    run 0 create --name u -u 1000 --cap-add net_admin --ulimit nofile=100:200 "$IMAGE" true
    is "$(inspect u '{{json .EffectiveCaps}} {{(index .HostConfig.Ulimits 0).Hard}}')" '["CAP_NET_ADMIN"] 200'
    run 0 create --name h --cgroupns host "$IMAGE" true
    is "$(inspect h '{{.HostConfig.CgroupMode}}')" host
}

test_mounts_with_what_the_engine_adds() {
    mkdir d
    run 0 create --name c -v "$PWD/d:/d:ro,slave" -v v:/v --tmpfs /t:size=1m -v "$PWD/d:/e:rshared,exec" "$IMAGE" true
    is "$(inspect c '{{range .HostConfig.Binds}}{{.}}{{"\n"}}{{end}}')" \
        "v:/v:rw,rprivate,nosuid,nodev,rbind"$'\n'"$PWD/d:/d:ro,slave,rbind"$'\n'"$PWD/d:/e:rshared,exec,rw,rbind"
    is "$(inspect c '{{index .HostConfig.Tmpfs "/t"}}')" size=1m,rw,rprivate,nosuid,nodev,tmpcopyup
    is "$(inspect c '{{range .Mounts}}{{.Destination}} {{.RW}} {{.Propagation}} {{.Options}};{{end}}')" \
        "/v true rprivate [nosuid nodev rbind];/d false slave [rbind];/e true rshared [exec rbind];"
}

test_points_in_time_are_gos() {
    local written format
    run 0 create --name c "$IMAGE" true
    like "$(inspect c '{{.Created}}')" '^20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]+ \+0000 UTC$'
    is "$(inspect c '{{.State.StartedAt}} {{.State.StartedAt.IsZero}} {{.Created.IsZero}}')" '0001-01-01 00:00:00 +0000 UTC true false'
    is "$(inspect c '{{.State.StartedAt.Unix}}')" -62135596800
    written=$(inspect c '{{json .Created}}')
    like "$written" '^"20.*T.*Z"$'
    is "$(inspect c '{{.Created.Unix}}')" "$(date -d "${written//\"/}" +%s)"
    is "$(inspect c '{{.Created.Format "2006-01-02T15:04:05Z07:00"}}')" "$(date -u -d "${written//\"/}" +%FT%TZ)"
    is "$(inspect c '{{.Created.Format "Mon Jan _2 3:04PM 06 -0700 MST .000"}}' | cut -d. -f1)" "$(LC_ALL=C date -u -d "${written//\"/}" '+%a %b %e %-I:%M%p %y %z UTC ')"
    is "$(TZ=Asia/Tokyo inspect c '{{.Created}}')" "$(TZ=Asia/Tokyo date -d "${written//\"/}" '+%F %T.%N +0900 JST' | sed 's/0* +/ +/')"
    run 125 inspect -f '{{.Created.Nonsense}}' c
    like "$errors" "can't evaluate field Nonsense in type time.Time"
    run 125 inspect -f '{{.Created.Format}}' c
}

test_members_of_maps_that_are_empty() {
    run 0 create --name c "$IMAGE" true
    is "$(inspect c '{{.Config.Labels}} {{.Config.Labels.none}} <{{index .Config.Labels "none"}}>')" 'map[] <no value> <>'
    run 0 create --name d -l one=1 "$IMAGE" true
    is "$(inspect d '{{.Config.Labels.one}} {{.Config.Labels.none}} <{{index .Config.Labels "none"}}>')" '1 <no value> <>'
}

test_the_files_of_a_running_container_can_be_walked_into() {
    start_sleeper c
    exists "$(inspect c '{{.GraphDriver.Data.MergedDir}}')/bin/busybox"
    run 0 stop -t 0 c
    is "$(inspect c '{{.GraphDriver.Data.MergedDir}}')" '<no value>'
    local mounted
    mounted=$(skiff mount c)
    is "$(inspect c '{{.GraphDriver.Data.MergedDir}}')" "$mounted"
    skiff unmount c >/dev/null
    run 0 create --name r --read-only "$IMAGE" true
    is "$(inspect r '{{range $path, $options := .HostConfig.Tmpfs}}{{$path}} {{end}}')" '/run /tmp /var/tmp '
}
