# Engines that call the runtime: podman, buildah, containerd. Sourced by run.

test_podman() {
    command -v podman >/dev/null || skip "no podman"
    bundle
    printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n' >containers.conf
    export CONTAINERS_CONF=$PWD/containers.conf
    engine() { podman --root "$PWD/podman" --runroot "$PWD/podman-run" --cgroup-manager cgroupfs --runtime "$RUNTIME" "$@"; }
    trap "engine rm -f -t 0 -a >/dev/null 2>&1" EXIT
    engine run --rm --network none --rootfs "$PWD/rootfs" sh -c 'echo said; exit 3' >out 2>err </dev/null
    is "$? $(cat out)" '3 said'
    engine run -d --name p --network none --memory 64m --rootfs "$PWD/rootfs" sleep 1000 >/dev/null 2>err </dev/null || fail "$(cat err)"
    is "$(engine exec -u 5:6 p id -u 2>err </dev/null)" 5
    engine pause p >/dev/null 2>&1 && is "$(engine inspect --format '{{.State.Status}}' p)" paused
    engine unpause p >/dev/null 2>&1
    engine kill p >/dev/null 2>&1
    engine wait p >/dev/null 2>&1
    engine rm -f p >/dev/null 2>&1 || fail "podman rm"
    engine run --rm --network none --rootfs "$PWD/rootfs" nosuch >/dev/null 2>err </dev/null
    is $? 127
}

# What the first test leaves out: descriptors, users, limits changed, health, stop by signal, restart, clean-up of what failed.
test_podman_life() {
    command -v podman >/dev/null || skip "no podman"
    bundle
    printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n' >containers.conf
    export CONTAINERS_CONF=$PWD/containers.conf
    engine() { podman --root "$PWD/podman" --runroot "$PWD/run" --cgroup-manager cgroupfs --runtime "$RUNTIME" "$@"; }
    trap "engine rm -f -t 0 -a >/dev/null 2>&1" EXIT
    engine create --name c --network none --init=false --tmpfs /t --ulimit nofile=100:200 --env A=b --user 7:8 --workdir /tmp --hostname named \
        --health-cmd 'test -e /tmp/well' --health-interval disable --stop-signal USR1 --security-opt no-new-privileges --cap-drop all --oom-score-adj 55 \
        --rootfs "$PWD/rootfs" sh -c 'trap "exit 9" USR1; id; pwd; hostname; echo $A; ulimit -n
            cat /proc/self/oom_score_adj; touch /t/x && echo tmpfs; while :; do sleep 0.05; done' >/dev/null 2>err || fail "$(cat err)"
    engine start c >/dev/null 2>err || fail "$(cat err)"
    for _ in $(seq 100); do engine logs c 2>/dev/null | grep -q tmpfs && break || sleep 0.1; done
    is "$(engine logs c 2>&1)" $'uid=7 gid=8 groups=8\n/tmp\nnamed\nb\n100\n55\ntmpfs'
    engine healthcheck run c >/dev/null 2>&1 && fail "healthy"
    engine exec c touch /tmp/well 2>err || fail "$(cat err)"
    engine healthcheck run c >/dev/null 2>err || fail "$(cat err)"
    is "$(engine exec -e X=y -w / c sh -c 'pwd; echo $X; exit 5' 2>&1; echo $?)" $'/\ny\n5'
    engine exec c nosuch >/dev/null 2>&1
    is $? 127
    like "$(engine top c pid 2>&1)" PID
    engine update --memory 40m c >/dev/null 2>err || fail "$(cat err)"
    engine stop -t 10 c >/dev/null 2>err || fail "$(cat err)"
    is "$(engine inspect --format '{{.State.ExitCode}}' c)" 9
    engine restart c >/dev/null 2>err || fail "$(cat err)"
    is "$(engine inspect --format '{{.State.Status}}' c)" running
    engine rm -f -t 0 c >/dev/null 2>err || fail "$(cat err)"
    is "$(engine ps -aq)" ''
}

test_buildah() {
    command -v buildah >/dev/null || skip "no buildah"
    bundle
    builder() { buildah --root "$PWD/podman" --runroot "$PWD/podman-run" --storage-driver vfs "$@"; }
    local working
    working=$(builder from scratch 2>err) || fail "$(cat err)"
    builder copy "$working" rootfs / >/dev/null 2>err || fail "$(cat err)"
    builder run --isolation oci --network none --runtime "$RUNTIME" "$working" -- sh -c 'id -u; echo built >/made' >out 2>err </dev/null || fail "$(cat err)"
    is "$(cat out)" 0
    builder run --isolation oci --network none --runtime "$RUNTIME" "$working" -- sh -c 'exit 6' >/dev/null 2>&1 </dev/null
    is $? 6
    builder commit "$working" localhost/base >/dev/null 2>err || fail "$(cat err)"
    printf 'FROM localhost/base\nRUN cat /made >/copied\nUSER 5\nRUN id -u >/tmp/user\n' >Containerfile
    BUILDAH_RUNTIME=$RUNTIME builder build --isolation oci --network none -t localhost/made . >out 2>&1 </dev/null || fail "$(cat out)"
    working=$(builder from localhost/made)
    is "$(cd "$(builder mount "$working")" && cat copied tmp/user)" $'built\n5'
    builder rm --all >/dev/null
}

test_containerd() {
    command -v containerd ctr containerd-shim-runc-v2 >/dev/null || skip "no containerd"
    command -v python3 >/dev/null || skip "no python3"
    PYTHONPATH=$HERE/../harness python3 -B -c 'import image_builder, pathlib; image_builder.write_busybox(pathlib.Path("image.tar"))'
    printf 'version = 2\nroot = "%s/root"\nstate = "%s/run"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "%s/sock"\n' "$PWD" "$PWD" "$PWD" >config.toml
    containerd -c config.toml >log 2>&1 &
    local daemon=$! status
    client() { timeout 60 ctr -a "$PWD/sock" "$@"; }
    for _ in $(seq 100); do client version >/dev/null 2>&1 && break || sleep 0.1; done
    client images import image.tar >/dev/null 2>&1
    client run --rm --runc-binary "$RUNTIME" localhost/busybox:latest once sh -c 'echo said; exit 4' >out 2>err </dev/null
    status="$? $(cat out)"
    client run -d --runc-binary "$RUNTIME" localhost/busybox:latest stays sleep 1000 >/dev/null 2>>err </dev/null
    status+=" $(client task exec --exec-id e stays echo executed 2>>err </dev/null)"
    client task kill -s KILL stays && sleep 0.5
    client task rm stays >/dev/null 2>&1
    client container rm stays
    kill "$daemon" && wait "$daemon" 2>/dev/null
    is "$status" '4 said executed'
}
