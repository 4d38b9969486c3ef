# containers.conf: what its keys change in a container and on a network (docs/configuration.md has the table).

# configured LINES… : the following commands read them.
configured() {
    printf '%s\n' "$@" >containers.conf
    export CONTAINERS_CONF=$PWD/containers.conf
}

test_the_process() {
    configured '[containers]' 'env = ["GIVEN=yes"]' 'umask = "0027"' 'tz = "UTC"' 'default_ulimits = ["nofile=99:100"]' \
        'default_capabilities = ["CHOWN", "KILL"]' 'annotations = ["color=blue"]' 'pids_limit = 77' 'shm_size = "1m"' 'init = true' \
        'default_sysctls = ["kernel.msgmax=9000"]' 'oom_score_adj = 5' 'http_proxy = false'
    export HTTP_PROXY=http://proxy.example
    run 0 run --rm --name c "$IMAGE" sh -c 'echo $GIVEN; umask; ulimit -n; cat /proc/sys/kernel/msgmax; df -k /dev/shm | tail -1
        cat /proc/1/comm; grep CapBnd /proc/self/status; cat /proc/self/oom_score_adj; echo "[$HTTP_PROXY]"'
    like "$output" '^yes'
    like "$output" $'\n0027\n99\n9000\n'
    like "$output" $'shm +1024'
    unlike "$output" $'\nsh\n'
    like "$output" '0000000000000021'
    like "$output" $'\n5\n'
    like "$output" '\[\]$'
    run 0 create --name kept "$IMAGE" true
    is "$(inspect kept '{{.HostConfig.PidsLimit}} {{index .Config.Annotations "color"}}')" '77 blue'
    unset HTTP_PROXY
}

test_the_caller_environment() {
    configured '[containers]' 'env_host = true'
    OF_CALLER=me run 0 run --rm "$IMAGE" sh -c 'echo $OF_CALLER'
    is "$output" me
    HTTP_PROXY=http://p CONTAINERS_CONF=/dev/null run 0 run --rm "$IMAGE" sh -c 'echo $HTTP_PROXY'
    is "$output" http://p
}

test_names_and_files() {
    echo '192.0.2.77 of-base' >base
    mkdir shared
    configured '[containers]' "base_hosts_file = \"$PWD/base\"" 'host_containers_internal_ip = "192.0.2.5"' 'dns_servers = ["192.0.2.53"]' \
        'dns_searches = ["conf.example"]' 'dns_options = ["ndots:3"]' "volumes = [\"$PWD/shared:/shared:ro\"]"
    run 0 run --rm "$IMAGE" sh -c 'cat /etc/hosts /etc/resolv.conf; mount | grep /shared'
    like "$output" $'192.0.2.77\tof-base'
    like "$output" $'192.0.2.5\thost.containers.internal'
    like "$output" $'search conf.example\nnameserver 192.0.2.53\noptions ndots:3'
    like "$output" '/shared .*\(ro'
    run 0 run --rm --hosts-file none --add-host me:host-gateway "$IMAGE" cat /etc/hosts
    unlike "$output" of-base
    like "$output" $'192.0.2.5\tme'
    run 0 run --rm --hosts-file image "$IMAGE" cat /etc/hosts
    unlike "$output" of-base
    run 126 run --rm --hosts-file /no/such "$IMAGE" true
    says /no/such
    run 125 create --hosts-file none --no-hosts "$IMAGE" true
    configured '[containers]' 'no_hosts = true' 'host_containers_internal_ip = "none"'
    run 0 run --rm "$IMAGE" sh -c 'cat /etc/hosts || echo none'
    unlike "$output" containers.internal
}

test_networks() {
    configured '[network]' 'default_network = "house"' 'default_subnet = "10.55.0.0/24"' \
        'default_subnet_pools = [{"base" = "10.66.0.0/16", "size" = 26}]'
    run 0 run --rm --network bridge "$IMAGE" ip -4 -o addr show eth0
    like "$output" 'inet 10\.55\.0\.[0-9]+/24'
    run 0 network create one
    run 0 network create two
    is "$(skiff network inspect -f '{{range .Subnets}}{{.Subnet}}{{end}}' one two | tr '\n' ' ')" '10.66.0.0/26 10.66.0.64/26 '
    configured '[network]' 'default_subnet_pools = [{"base" = "10.66.0.0/16", "size" = 12}]'
    run 125 network create three
    says default_subnet_pools 10.66.0.0/16
    configured '[network]' 'default_subnet_pools = ["10.66.0.0/16"]'
    run 125 network create three
    says default_subnet_pools base
    configured '[network]' 'dns_bind_port = 70000'
    run 0 network rm two
    run 125 run --rm --network one "$IMAGE" true
    says dns_bind_port
}

test_namespaces() {
    configured '[containers]' 'netns = "none"' 'ipcns = "host"' 'utsns = "host"' 'pidns = "host"'
    run 0 run --rm "$IMAGE" sh -c 'ls /sys/class/net; for n in ipc uts pid; do readlink /proc/self/ns/$n; done'
    is "$output" "lo"$'\n'"$(readlink /proc/self/ns/ipc /proc/self/ns/uts /proc/self/ns/pid)"
    run 0 run --rm --pid private "$IMAGE" readlink /proc/self/ns/pid
    isnt "$output" "$(readlink /proc/self/ns/pid)"
}

test_life() {
    configured '[containers]' 'log_driver = "json-file"' 'log_size_max = 8192' 'cgroups = "no-conmon"' '[engine]' 'stop_timeout = 3' 'detach_keys = "ctrl-x"' \
        'image_volume_mode = "ignore"' 'pull_policy = "never"'
    run 0 create --name c "$IMAGE" true
    is "$(inspect c '{{.Config.StopTimeout}} {{.HostConfig.LogConfig.Type}}')" '3 json-file'
    run 125 create localhost/absent true
    says never
    configured '[containers]' 'log_driver = "journald"'
    run 0 create --name j "$IMAGE" true
    [ -S /run/systemd/journal/socket ] || is "$(inspect j '{{.HostConfig.LogConfig.Type}}')" k8s-file
}

test_wrong_types() {
    configured '[containers]' 'pids_limit = "many"'
    run 125 create "$IMAGE" true
    says containers.conf pids_limit number
}
