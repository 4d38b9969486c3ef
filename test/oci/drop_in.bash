# What callers of runc and crun rely on: words, shapes, states and exit statuses of the command line. Sourced by run.

test_help_of_every_command() {
    local name
    for name in create delete events exec features kill list pause ps resume run spec start state update; do
        succeed "$name" --help
        like "$output" "Usage: skiff-oci $name"
        is "$(oci help "$name")" "$output"
    done
    like "$(oci exec -h)" --additional-gids
    refuse nosuch --help
}

test_state_and_list_have_runcs_shapes() {
    bundle '.process.args = ["sleep", "1000"] | .annotations = {"org.example": "x"}'
    oci create --bundle "$PWD/." l >/dev/null 2>&1 </dev/null || fail create
    is "$(oci state l | jq -c '[.id, .status, .bundle, .rootfs, .annotations["org.example"], (.pid > 0)]')" "[\"l\",\"created\",\"$PWD\",\"$PWD/rootfs\",\"x\",true]"
    is "$(oci list --format json | jq -c '.[0] | [.id, .status, .bundle, .owner, .annotations["org.example"], (.created | length > 20)]')" "[\"l\",\"created\",\"$PWD\",\"root\",\"x\",true]"
    is "$(oci list -q --format json)" l
    oci list | awk 'NR == 1 {for (i = 1; i <= NF; i++) at[i] = index($0, $i)} {print $1, $3, $NF, substr($0, at[3], length($3)) == $3}' >shown
    is "$(cat shown)" $'ID STATUS OWNER 1\nl created root 1'
    refuse list --format yaml
    like "$output" yaml
    succeed delete --force l
}

test_wrong_states_have_words_that_callers_look_for() {
    background s
    succeed kill s 0
    refuse resume s
    refuse create s
    like "$output" 'exists already'
    succeed kill s SIGKILL
    await_end s
    refuse kill s TERM
    like "$output" 'container not running'
    refuse kill s 0
    succeed kill --all s KILL
    refuse start s
    refuse pause s
    refuse update --pids-limit 5 s
    succeed delete s
    refuse kill s
    like "$output" 'does not exist'
}

test_exec_fails_with_a_status_of_its_own() {
    background x
    oci exec x nosuch >/dev/null 2>&1 </dev/null
    is $? 255
    oci exec nosuch true >/dev/null 2>&1 </dev/null
    is $? 255
    succeed kill x KILL
    await_end x
    oci exec x true >/dev/null 2>&1 </dev/null
    is $? 255
    succeed delete x
}

test_ps_with_words_of_the_hosts_ps() {
    background p
    local pid
    pid=$(oci state p | jq .pid)
    is "$(oci ps p)" $'PID\n'"$pid"
    is "$(oci ps --format json p)" "[$pid]"
    is "$(oci ps p -eo pid,comm | awk '{print $1, $2}')" "PID COMMAND"$'\n'"$pid sleep"
    refuse ps --format yaml p
    refuse ps p -o nosuch
    succeed delete --force p
}

test_containers_by_expression() {
    local id
    for id in r1 r2 other; do
        bundle '.process.args = ["sleep", "1000"]'
        oci create "$id" >/dev/null 2>&1 </dev/null || fail "create $id"
    done
    refuse delete --regex '('
    succeed kill --regex '^r[0-9]$' KILL
    await_end r1
    await_end r2
    is "$(oci state other | jq -r .status)" created
    succeed delete --regex '^r'
    is "$(oci list -q)" other
    succeed delete --force --regex .
    is "$(oci list -q)" ''
    succeed delete --force --regex nosuch
}

test_example_specs() {
    mkdir dir
    succeed spec --bundle dir
    refuse spec --bundle dir
    like "$output" exists
    succeed spec --bundle dir --file other.json
    cmp dir/config.json dir/other.json || fail "they differ"
    bundle '.process.args = ["sh", "-c", "id -u; cat /proc/self/uid_map"]'
    rm config.json
    succeed spec --rootless
    edit "$SPEC"' | .process.args = ["sh", "-c", "id -u; cat /proc/self/uid_map"]'
    succeed run r
    is "$(tr -s ' \n' ' ' <<<"$output")" '0 0 0 1 '
}

test_log_words() {
    refuse --log-format yaml list
    refuse --log journald:x list
    refuse --log "file:$PWD/l" --log-format json state nosuch
    is "$(jq -r .msg l)" 'container "nosuch" does not exist'
}

test_socket_activation() {
    sh_bundle 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
    echo three >three
    is "$(LISTEN_FDS=1 oci run a 3<three </dev/null)" $'1 1\nthree'
    is "$(oci run a </dev/null)" ''
    background b
    is "$(LISTEN_FDS=1 oci exec b sh -c 'echo $LISTEN_FDS; cat <&3' 3<three </dev/null)" $'1\nthree'
    succeed delete --force b
}

test_home_without_a_passwd_file() {
    sh_bundle 'echo $HOME'
    is "$(oci run h </dev/null)" /
    mkdir -p rootfs/etc && echo 'root:x:0:0::/somewhere:/bin/sh' >rootfs/etc/passwd
    is "$(oci run h </dev/null)" /somewhere
}

test_figures_have_runcs_members() {
    background f
    succeed update --pids-limit 9 f
    oci events --stats f >stats
    is "$(jq -r '.type + " " + .id' stats)" 'stats f'
    is "$(jq -c '[.data.pids.current, .data.pids.limit]' stats)" '[1,9]'
    is "$(jq -c '.data.memory | [(.usage.usage > 0), (.usage.limit > 0), has("swap"), (.raw | length > 5), has("cache")]' stats)" '[true,true,true,true,true]'
    is "$(jq -c '.data.cpu | [(.usage.total > 0), has("throttling")]' stats)" '[true,true]'
    is "$(jq -c '.data | [has("blkio"), has("hugetlb")]' stats)" '[true,true]'
    succeed update --pids-limit -1 f
    is "$(oci events --stats f | jq '.data.pids | has("limit")')" false
    succeed delete --force f
}
