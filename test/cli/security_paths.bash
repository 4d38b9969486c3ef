# Hostile images: WORKDIR, VOLUME, USER's home, /etc as links (T2, T6); leaked descriptors (T9).

setup_canary() {
    mkdir -p canary/dir && echo untouched >canary/file
    before=$(snapshot)
}
snapshot() { stat -c '%n %i %a %U %Y %s' canary canary/dir canary/file; ls -R canary; cat canary/file; }
canary_is_untouched() { is "$(snapshot)" "$before"; }

test_working_directory_through_links() {
    setup_canary
    local directory
    for directory in /out/made /up/made /loop/made /magic/made; do
        new_image localhost/t <<IMAGE
busybox
symlink /out $PWD/canary
symlink /up ../../../../../../../../..$PWD/canary
symlink /loop loop
symlink /magic /proc/1/root$PWD/canary
config WorkingDir "$directory"
IMAGE
        skiff run --rm localhost/t true >/dev/null 2>&1 || true
        skiff run --rm -w "$directory/more" localhost/t true >/dev/null 2>&1 || true
        canary_is_untouched
        run 0 rmi -f localhost/t
    done
}

# The same with a path that moves: a volume that another container writes is a directory at one moment, a link to the host's at the next (T6).
test_working_directory_that_moves() {
    setup_canary
    new_image localhost/t <<IMAGE
busybox
IMAGE
    run 0 volume create shared
    run 0 run -d --name swapper -v shared:/v localhost/t sh -c "mkdir /v/a; ln -s ../../../../../../../../../..$PWD/canary /v/l
        while :; do mv /v/a /v/b; mv /v/l /v/a; mv /v/a /v/l; mv /v/b /v/a; done"
    run 0 run -d --name c -v shared:/v localhost/t sleep 1000
    local i made=0
    for ((i = 0; i < 12; i++)); do
        skiff run --rm -v shared:/v -w "/v/a/made.$i" localhost/t true >/dev/null 2>&1 && made=$((made + 1))
        skiff run --rm -v shared:/v --mount "type=tmpfs,dst=/v/a/mount.$i" localhost/t touch "/v/a/mount.$i/x" >/dev/null 2>&1 || true
        skiff exec -w /v/a c sh -c 'cat file dir/* 2>/dev/null' >>read 2>/dev/null || true
        skiff cp read "c:/v/a/copied" 2>/dev/null || true
    done
    run 0 rm -f -t 0 swapper c
    canary_is_untouched
    is "$(cat read)" ""
    [ "$made" -gt 0 ] || fail "no working directory was ever made"
}

test_volume_through_links() {
    setup_canary
    new_image localhost/t <<IMAGE
busybox
symlink /out $PWD/canary
symlink /up ../../../../../../../../..$PWD/canary
config Volumes {"/out/dir": {}, "/up/new": {}}
IMAGE
    skiff run --rm localhost/t sh -c 'echo x >/out/dir/x; echo x >/up/new/x' >/dev/null 2>&1 || true
    canary_is_untouched
}

test_mount_targets_through_links() {
    setup_canary
    mkdir source && echo s >source/s
    new_image localhost/t <<IMAGE
busybox
symlink /out $PWD/canary
symlink /up ../../../../../../../../..$PWD/canary
symlink /etc/hosts $PWD/canary/file
symlink /etc/resolv.conf $PWD/canary/file
symlink /etc/hostname $PWD/canary/absent
IMAGE
    local target
    for target in /out/dir /out/new /up/dir /out/new-file; do
        skiff run --rm -v "$PWD/source:$target" localhost/t true >/dev/null 2>&1 || true
        skiff run --rm --tmpfs "$target" localhost/t true >/dev/null 2>&1 || true
        canary_is_untouched
    done
}

test_dev_and_proc_as_links() {
    setup_canary
    local path
    for path in dev dev/null dev/pts dev/console dev/shm proc sys run etc; do
        make_image t.tar <<IMAGE
dir /bin
file /placeholder x
$([ "$path" = "${path%/*}" ] || echo "dir /${path%/*}")
symlink /$path $PWD/canary
IMAGE
        skiff load -q -i t.tar >/dev/null 2>&1 || continue
        skiff run --rm -v /bin/busybox:/bin/busybox:ro localhost/test /bin/busybox true >/dev/null 2>&1 || true
        skiff run --rm -t -v /bin/busybox:/bin/busybox:ro localhost/test /bin/busybox true >/dev/null 2>&1 || true
        canary_is_untouched
        run 0 rmi -f localhost/test
    done
}

test_passwd_and_group_as_anything_but_files() {
    setup_canary
    local kind
    for kind in "symlink /etc/passwd $PWD/canary/file" "fifo /etc/passwd" "device /etc/passwd c 1 5" "dir /etc/passwd" \
        "symlink /etc/passwd passwd" "symlink /etc $PWD/canary"; do
        make_image t.tar <<IMAGE
dir /bin
$kind
IMAGE
        run 0 load -q -i t.tar
        timeout 20 "${SKIFF_COMMAND[@]}" run --rm -u somebody -v /bin/busybox:/bin/busybox:ro localhost/test /bin/busybox id >out 2>&1 &&
            fail "ran as a user of $kind: $(cat out)"
        is_podman || isnt $? 124
        canary_is_untouched
        run 0 rmi -f localhost/test
    done
}

test_huge_passwd_is_bounded() {
    new_image localhost/t <<'IMAGE'
busybox
layer
filled /etc/passwd 30000000
IMAGE
    local status=0
    skiff run --rm -u somebody localhost/t true >out 2>&1 || status=$?
    isnt "$status" 0
    if skiff run --rm -u 5:5 localhost/t id -u >out 2>err; then is "$(cat out)" 5; else contains err passwd; fi
}

test_working_directory_of_a_descriptor() {
    local n directory
    for n in 3 4 5 6 7 8 9 10 12 15 20; do
        for directory in "/proc/self/fd/$n" "/proc/self/fd/$n/.." "/dev/fd/$n"; do
            if skiff run --rm -w "$directory" "$IMAGE" sh -c 'ls -di .; ls' >out 2>err; then
                unlike "$(cat out)" "vmlinuz|lost\+found|skiff"
            fi
        done
    done
}

test_exec_in_a_descriptor_directory() {
    start_sleeper e
    local n
    for n in 3 5 7 8 9; do
        if skiff exec -w "/proc/self/fd/$n" e sh -c 'ls' >out 2>err; then
            unlike "$(cat out)" "vmlinuz|lost\+found|skiff"
        fi
    done
    run 0 exec e sh -c 'ls /proc/self/fd | wc -l'
    is "$output" 4
}

test_the_engines_binary_cannot_be_reached() {
    start_sleeper e --init
    is_podman && skip "subject is skiff's own processes"
    local hash
    hash=$(sha256sum <"$SKIFF")
    run 0 run --rm --init "$IMAGE" sh -c 'for p in /proc/[0-9]*; do readlink $p/exe; done; (echo x >/proc/1/exe) 2>/dev/null; true'
    unlike "$output" "$SKIFF"
    run 0 exec e sh -c 'for p in /proc/[0-9]*; do readlink $p/exe; done'
    unlike "$output" "$SKIFF"
    is "$(sha256sum <"$SKIFF")" "$hash"
}
