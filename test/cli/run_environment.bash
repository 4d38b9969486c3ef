# What a container's process finds: variables, user, directory, entrypoint, host name, labels, init.

test_variables_of_image_and_options() {
    new_image localhost/env <<'IMAGE'
busybox
config Env ["PATH=/bin", "FROM_IMAGE=1", "BOTH=image"]
IMAGE
    run 0 run --rm -e MINE=2 -e BOTH=option --env EMPTY= localhost/env env
    like "$output" $'(^|\n)FROM_IMAGE=1(\n|$)'
    like "$output" $'(^|\n)MINE=2(\n|$)'
    like "$output" $'(^|\n)BOTH=option(\n|$)'
    like "$output" $'(^|\n)EMPTY=(\n|$)'
    like "$output" $'(^|\n)PATH=/bin(\n|$)'
    unlike "$output" BOTH=image
}

test_variables_that_every_container_has() {
    run 0 run --rm --hostname box "$IMAGE" env
    like "$output" 'container=podman'
    like "$output" 'HOSTNAME=box'
    like "$output" 'HOME=/root'
    is_podman || unlike "$output" 'TERM='
    run 0 run --rm -u user "$IMAGE" sh -c 'echo $HOME'
    is "$output" /home/user
}

test_variable_taken_from_the_caller() {
    export OUTSIDE=seen OUTSIDE_2=too
    run 0 run --rm -e OUTSIDE -e NOT_THERE "$IMAGE" env
    like "$output" 'OUTSIDE=seen'
    unlike "$output" 'NOT_THERE'
    unlike "$output" 'OUTSIDE_2'
    run 0 run --rm -e 'OUTSIDE*' "$IMAGE" env
    like "$output" 'OUTSIDE=seen'
    like "$output" 'OUTSIDE_2=too'
}

test_commas_and_newlines_stay_in_the_value() {
    run 0 run --rm -e A=1,B=2 -e $'N=x\ny' "$IMAGE" sh -c 'echo "$A|$N"'
    is "$output" $'1,B=2|x\ny'
}

test_env_file() {
    printf '# a comment\nA=1\nB=two words\nC=\nFROM_HOST\n\n' >one
    printf 'A=3\n' >two
    FROM_HOST=h run 0 run --rm --env-file one --env-file two -e C=option "$IMAGE" sh -c 'echo "$A|$B|$C|$FROM_HOST"'
    is "$output" '3|two words|option|h'
    run 125 run --rm --env-file missing "$IMAGE" true
    says missing
}

test_user_by_name_and_number() {
    run 0 run --rm -u user "$IMAGE" id
    like "$output" 'uid=1000\(user\) gid=1000\(user\) groups=1000\(user\),2000\(extra\)'
    run 0 run --rm -u 1234 "$IMAGE" sh -c 'id -u; id -g'
    is "$output" $'1234\n0'
    run 0 run --rm -u 5:6 "$IMAGE" sh -c 'id -u; id -g'
    is "$output" $'5\n6'
    run 0 run --rm -u user:extra "$IMAGE" sh -c 'id -u; id -g'
    is "$output" $'1000\n2000'
}

test_unknown_user_is_refused() {
    local user
    for user in nobody-here user:no-group; do
        run 126 run --rm -u "$user" "$IMAGE" true
        says "${user#user:}"
    done
}

test_image_user() {
    new_image localhost/user <<'IMAGE'
busybox
config User "user"
IMAGE
    run 0 run --rm localhost/user id -un
    is "$output" user
    run 0 run --rm -u root localhost/user id -u
    is "$output" 0
}

# HOME is that of the entry of /etc/passwd that was made for the user.
test_home_of_a_user_that_the_image_does_not_know() {
    run 0 run --rm --user 1234 --passwd-entry 'foo:x:1234:0::/home/foo:/bin/sh' "$IMAGE" sh -c 'echo $HOME; whoami'
    is "$output" $'/home/foo\nfoo'
    run 0 run --rm --user 1234 -w /tmp "$IMAGE" sh -c 'echo $HOME'
    is "$output" /tmp
    run 0 run --rm --user 1234 --passwd-entry 'no entry at all' "$IMAGE" sh -c 'echo $HOME'
    is "$output" /
    run 0 run --rm --user 1234 --passwd=false -w /tmp "$IMAGE" sh -c 'echo $HOME'
    is "$output" /
}

test_working_directory() {
    run 0 run --rm "$IMAGE" pwd
    is "$output" /
    run 0 run --rm -w /etc "$IMAGE" pwd
    is "$output" /etc
    new_image localhost/dir <<'IMAGE'
busybox
config WorkingDir "/made/by/engine"
IMAGE
    run 0 run --rm localhost/dir pwd
    is "$output" /made/by/engine
    run 125 run --rm -w relative "$IMAGE" true
    says relative
    # One that was asked for must be there.
    run 126 run --rm -w /no/such/directory "$IMAGE" pwd
    says 'workdir "/no/such/directory" does not exist on container'
    run 126 run -d --name left -w /no/such "$IMAGE" pwd
    is "$(state left)" created
    run 0 run --rm -w /made/by/volume -v /made/by/volume "$IMAGE" pwd
    is "$output" /made/by/volume
    run 0 run --rm -w /dev/shm "$IMAGE" pwd
}

test_entrypoint() {
    new_image localhost/entry <<'IMAGE'
busybox
config Entrypoint ["echo", "entry"]
config Cmd ["default"]
IMAGE
    run 0 run --rm localhost/entry
    is "$output" "entry default"
    run 0 run --rm localhost/entry given
    is "$output" "entry given"
    run 0 run --rm --entrypoint printf localhost/entry '%s,' a b
    is "$output" "a,b,"
    run 0 run --rm --entrypoint '["echo", "two words"]' localhost/entry x
    is "$output" "two words x"
    run 0 run --rm --entrypoint '' localhost/entry echo plain
    is "$output" plain
}

test_hostname() {
    run 0 run --rm --hostname web.example "$IMAGE" sh -c 'hostname; cat /etc/hostname'
    is "$output" $'web.example\nweb.example'
    run 0 run -d --name h "$IMAGE" sh -c 'hostname; cat /etc/hostname'
    run 0 wait h
    run 0 logs h
    is "$output" "$(inspect h '{{.Id}}' | cut -c 1-12 | sed 'p')"
}

test_labels() {
    printf 'from-file=1\n' >labels
    run 0 create --name l -l a=b --label c=d=e --label empty --label-file labels "$IMAGE" true
    is "$(inspect l '{{index .Config.Labels "a"}}|{{index .Config.Labels "c"}}|{{index .Config.Labels "empty"}}|{{index .Config.Labels "from-file"}}')" \
        'b|d=e||1'
    run 0 ps -a --filter label=a=b --format '{{.Names}}'
    is "$output" l
    run 0 ps -a --filter label=a=other -q
    is "$output" ""
}

test_init_reaps_and_forwards() {
    is_podman && skip "needs catatonit"
    run 0 run -d --name i --init "$IMAGE" sh -c 'trap "echo got; exit 4" TERM; echo ready; while :; do sleep 0.05; done'
    eventually log_has i ready
    run 0 exec i sh -c 'cat /proc/1/comm; (sleep 0.1 &) ; sleep 0.4; n=0; while ps -o stat | grep -q Z && [ $n -lt 50 ]; do n=$((n + 1)); sleep 0.1; done; [ $n -lt 50 ]; echo $?'
    unlike "$(head -n 1 <<<"$output")" '^sh$'
    is "$(tail -n 1 <<<"$output")" 0
    run 0 stop i
    is "$(inspect i '{{.State.ExitCode}}')" 4
    run 5 run --rm --init "$IMAGE" sh -c 'exit 5'
}

test_init_in_an_image_of_one_static_program() {
    is_podman && skip "needs catatonit"
    cp /bin/busybox one
    tar cf one.tar --transform 's,.*,true,' one
    run 0 import one.tar localhost/one
    run 0 run --rm --init localhost/one /true
    run 127 run --rm --init localhost/one /missing
}

test_engine_writes_etc_files() {
    run 0 run --rm --hostname me "$IMAGE" cat /etc/hosts
    like "$output" '127\.0\.0\.1[[:space:]]+localhost'
    run 0 run --rm "$IMAGE" ls /run/.containerenv
    is "$output" /run/.containerenv
}

test_umask_is_0022() {
    run 0 run --rm "$IMAGE" sh -c umask
    is "$output" 0022
}

test_proxies_of_the_caller_are_passed() {
    export http_proxy=http://proxy.example:3128
    run 0 run --rm "$IMAGE" sh -c 'echo $http_proxy'
    is "$output" http://proxy.example:3128
    run 0 run --rm --http-proxy=false "$IMAGE" sh -c 'echo $http_proxy'
    is "$output" ""
}

test_groups_of_the_caller_can_be_kept() {
    local groups='setpriv --groups 0,5,77'
    is "$($groups "${SKIFF_COMMAND[@]}" run --rm "$IMAGE" id -G)" 0
    is "$($groups "${SKIFF_COMMAND[@]}" run --rm --group-add keep-groups "$IMAGE" id -G)" '0 5 77'
    is "$($groups "${SKIFF_COMMAND[@]}" run --rm --group-add keep-groups -u 1000:1000 "$IMAGE" sh -c 'id -u; id -G')" $'1000\n1000 0 5 77'
    run 125 run --rm --group-add keep-groups --group-add 5 "$IMAGE" true
    says keep-groups
}

test_resolv_conf_of_the_image_stays() {
    new_image localhost/own <<'IMAGE'
busybox
file etc/resolv.conf "of the image\n"
IMAGE
    run 0 run --rm --dns none localhost/own cat /etc/resolv.conf
    is "$output" "of the image"
    run 1 run --rm --dns none "$IMAGE" cat /etc/resolv.conf
    run 0 run --rm --dns none --network bridge localhost/own cat /etc/resolv.conf
    is "$output" "of the image"
    run 125 run --rm --dns none --dns 1.2.3.4 "$IMAGE" true
    says none
}
