# An older kernel, or a sandbox around skiff, lacks newer system calls: each is made to answer ENOSYS, alone and all together, and what a
# user sees must be the same. (test/oci/run does the same with the OCI runtime alone.)

# Each word is missing by itself. The mount API (Linux 5.2) and pidfds (5.3) are not here: the engine needs them, skiff-oci does not.
CALLS=(clone3 openat2 mount_setattr close_range statx renameat2 copy_file_range splice keyctl quotactl_fd,faccessat2)

# Everything that one life of images and containers says.
life() {
    run 0 load -q -i inner.tar
    run 0 run --name w --network none -v vol:/v --tmpfs /t -v "$PWD/given:/given:ro" localhost/inner \
        sh -c 'echo kept >/v/f; cat /given/file; touch /given/x /new; rm /etc/passwd; mkdir -p /deep/er; ls /proc/self/fd | wc -l; cat /proc/timer_list | wc -c'
    echo "run: $output"
    run 0 diff w
    echo "diff: $(sort <<<"$output")"
    run 0 commit -q w localhost/second
    run 0 run --rm --network none -v vol:/v localhost/second sh -c 'ls -d /new /deep/er /etc/passwd; cat /v/f'
    echo "second: $output"
    run 0 cp given/file w:/copied
    run 0 cp w:/copied out
    echo "copied: $(cat out)"
    run 0 run -d --name d --network none localhost/inner "${SLEEPER[@]}"
    eventually catches_term "$(skiff inspect -f '{{.State.Pid}}' d)"
    run 7 exec d sh -c 'id -u; cat /proc/self/oom_score_adj; exit 7'
    echo "exec: $output"
    run 0 cp given/file d:/tmp/live
    run 0 exec d cat /tmp/live
    echo "live: $output"
    run 0 pause d
    state_is d paused
    run 0 unpause d
    run 0 stop -t 10 d
    echo "ended: $(inspect d '{{.State.ExitCode}}')"
    run 0 export -o /dev/null d
    run 0 rm w d
    run 0 volume rm vol
    run 0 rmi localhost/second localhost/inner
}

prepare() {
    cc -O2 -o enosys "$(dirname "${BASH_SOURCE[0]}")/../oci/enosys.c" -lseccomp 2>cc.err || skip "no C compiler or no libseccomp"
    mkdir given && echo given >given/file
    make_image inner.tar --name localhost/inner <<<busybox
}

test_each_alone_and_all_together() {
    prepare
    local call command=("${SKIFF_COMMAND[@]}")
    (life) >expected || fail "$(cat expected)"
    like "$(cat expected)" 'run: given'
    for call in "${CALLS[@]}" "$(IFS=, && echo "${CALLS[*]}")"; do
        SKIFF_COMMAND=("$PWD/enosys" "$call" "${command[@]}")
        (life) >said || fail "without $call: $(cat said)"
        cmp -s expected said || fail "without $call: $(diff expected said)"
    done
}
