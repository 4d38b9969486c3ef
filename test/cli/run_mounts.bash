# -v, --mount, --tmpfs, --read-only, --rootfs.

test_bind_shows_both_sides() {
    mkdir d && echo outside >d/file
    run 0 run --rm -v "$PWD/d:/mnt" "$IMAGE" sh -c 'cat /mnt/file; echo inside >/mnt/new'
    is "$output" outside
    is "$(cat d/new)" inside
}

test_bind_read_only() {
    mkdir d
    run 1 run --rm -v "$PWD/d:/mnt:ro" "$IMAGE" touch /mnt/x
    says "read-only"
    missing d/x
    run 1 run --rm --mount "type=bind,source=$PWD/d,target=/mnt,ro=true" "$IMAGE" touch /mnt/x
}

test_bind_of_a_file() {
    echo one >file
    run 0 run --rm -v "$PWD/file:/etc/one" "$IMAGE" cat /etc/one
    is "$output" one
}

test_bind_makes_the_mount_point() {
    mkdir d && echo x >d/f
    run 0 run --rm -v "$PWD/d:/not/there/yet" "$IMAGE" cat /not/there/yet/f
    is "$output" x
}

test_bind_source_that_is_missing() {
    run 125 run --rm --mount "type=bind,src=$PWD/missing,dst=/mnt" "$IMAGE" true
    says missing
    missing missing
}

test_bind_of_relative_source() {
    mkdir d && echo here >d/f
    run 0 run --rm -v ./d:/mnt "$IMAGE" cat /mnt/f
    is "$output" here
}

test_bind_options() {
    mkdir d && cp /bin/busybox d/
    run 126 run --rm -v "$PWD/d:/mnt:noexec" "$IMAGE" /mnt/busybox true
    run 0 run --rm -v "$PWD/d:/mnt:nosuid,nodev" "$IMAGE" grep ' /mnt ' /proc/mounts
    like "$output" nosuid
    like "$output" nodev
    run 125 run --rm -v "$PWD/d:/mnt:no-such-option" "$IMAGE" true
    says no-such-option
}

test_mount_spellings() {
    mkdir d && echo x >d/f
    local spec
    for spec in "type=bind,source=$PWD/d,destination=/m" "type=bind,src=$PWD/d,dst=/m" "type=bind,src=$PWD/d,target=/m,readonly"; do
        run 0 run --rm --mount "$spec" "$IMAGE" cat /m/f
        is "$output" x
    done
    for spec in "type=nothing,target=/m" "type=bind,target=/m" "type=bind,src=$PWD/d" "type=bind,src=$PWD/d,target=/m,colour=red" "bind"; do
        run 125 run --rm --mount "$spec" "$IMAGE" true
    done
    run 0 ps -aq
    is "$output" ""
}

test_two_mounts_on_one_place_are_refused() {
    mkdir a b
    run 125 run --rm -v "$PWD/a:/m" -v "$PWD/b:/m" "$IMAGE" true
    says /m
    run 125 run --rm -v "$PWD/a:/m" --tmpfs /m "$IMAGE" true
    # The same said twice is one.
    run 0 run --rm -v "$PWD/a:/m" -v "$PWD/a:/m" --mount "type=bind,src=$PWD/a,dst=/m" "$IMAGE" grep -c ' /m ' /proc/self/mounts
    is "$output" 1
    run 125 run --rm -v "$PWD/a:/m" -v "$PWD/a:/m:ro" "$IMAGE" true
}

test_nested_mounts_in_any_order() {
    mkdir -p outer inner && echo o >outer/f && echo i >inner/f
    run 0 run --rm -v "$PWD/inner:/m/sub" -v "$PWD/outer:/m" "$IMAGE" cat /m/f /m/sub/f
    is "$output" $'o\ni'
}

test_mount_point_inside_the_image_through_a_link_stays_inside() {
    new_image localhost/link <<'IMAGE'
busybox
dir real
symlink link /real
symlink away /../../../../tmp/away
IMAGE
    mkdir d && echo x >d/f
    run 0 run --rm -v "$PWD/d:/link" localhost/link cat /real/f
    is "$output" x
    # crun refuses a link without a target, runc makes it: below the root in either case.
    if skiff run --rm -v "$PWD/d:/away/x" localhost/link cat /tmp/away/x/f >out 2>err; then is "$(cat out)" x; fi
    missing /tmp/away
}

test_tmpfs() {
    run 0 run --rm --tmpfs /scratch:size=1m,mode=1770 "$IMAGE" sh -c 'stat -c %a /scratch; grep " /scratch " /proc/mounts; dd if=/dev/zero of=/scratch/x bs=64k count=100 2>/dev/null || echo full'
    like "$output" '^1770'
    like "$output" 'tmpfs /scratch tmpfs'
    like "$output" 'full$'
    run 0 run --rm --mount type=tmpfs,destination=/t,tmpfs-size=2m,tmpfs-mode=700 "$IMAGE" sh -c 'stat -c %a /t; df -k /t | tail -n 1'
    like "$output" '^700'
    like "$output" ' 2048 '
}

test_tmpfs_copies_what_the_image_has_there() {
    new_image localhost/data <<'IMAGE'
busybox
dir data 750
file data/f content
IMAGE
    run 0 run --rm --tmpfs /data localhost/data cat /data/f
    is "$output" content
}

test_read_only_root() {
    run 1 run --rm --read-only "$IMAGE" touch /x
    says "read-only"
    run 0 run --rm --read-only "$IMAGE" sh -c 'touch /tmp/x /run/x /dev/shm/x && echo ok'
    is "$output" ok
    run 1 run --rm --read-only --read-only-tmpfs=false "$IMAGE" touch /tmp/x
}

test_writes_stay_in_the_container() {
    run 0 run --name w "$IMAGE" sh -c 'echo changed >/etc/passwd; rm /etc/group'
    run 0 run --rm "$IMAGE" sh -c 'head -n 1 /etc/passwd; ls /etc/group'
    like "$output" '^root:x:0'
    run 0 create --name v "$IMAGE" true
    run 0 start w
}

test_writes_last_over_a_restart() {
    run 0 run --name w "$IMAGE" sh -c 'cat /count 2>/dev/null; echo x >>/count'
    is "$output" ""
    run 0 start -a w
    is "$output" x
    run 0 start -a w
    is "$output" $'x\nx'
}

test_rootfs_of_a_directory() {
    mkdir -p tree/bin tree/etc && cp /bin/busybox tree/bin/ && ln -s busybox tree/bin/sh
    run 0 run --rm --rootfs "$PWD/tree" /bin/busybox sh -c 'echo new >/made; echo ran'
    is "$output" ran
    is "$(cat tree/made)" new
    run 125 run --rm --rootfs "$PWD/no-tree" /bin/busybox true
    says no-tree
}

test_rootfs_under_an_overlay() {
    mkdir -p tree/bin && cp /bin/busybox tree/bin/
    run 0 run --rm --rootfs "$PWD/tree:O" /bin/busybox touch /made
    missing tree/made
}

test_propagation_of_a_shared_mount() {
    mkdir peer && mount -t tmpfs none peer && mount --make-shared peer
    trap 'umount -R peer' EXIT
    mkdir peer/below
    run 0 run -d --name watch -v "$PWD/peer:/m:rshared" "$IMAGE" "${SLEEPER[@]}"
    mount -t tmpfs none peer/below && touch peer/below/seen
    run 0 exec watch ls /m/below
    is "$output" seen
    run 0 rm -f watch
    run 0 run -d --name deaf -v "$PWD/peer:/m:private" "$IMAGE" "${SLEEPER[@]}"
    umount peer/below && mount -t tmpfs none peer/below && touch peer/below/unseen
    run 0 exec deaf ls /m/below
    unlike "$output" unseen
    run 0 rm -f deaf
}

test_the_host_sees_no_mount_of_a_container() {
    start_sleeper quiet
    is "$(grep -c "$SKIFF_ROOT" /proc/self/mountinfo || true)" 0
}

test_inspect_lists_mounts() {
    mkdir d
    run 0 create --name m -v "$PWD/d:/data:ro" "$IMAGE" true
    is "$(inspect m '{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}}{{end}}')" "bind $PWD/d /data false"
}

test_awkward_names() {
    mkdir 'with space' 'with"quote' && echo x >'with space/f' && echo y >'with"quote/f'
    run 0 run --rm -v "$PWD/with space:/a b" -v "$PWD/with\"quote:/c" "$IMAGE" cat '/a b/f' /c/f
    is "$output" $'x\ny'
    run 125 run --rm -v "$PWD:relative" "$IMAGE" true
    run 125 run --rm -v "$PWD:/" "$IMAGE" true
    run 125 run --rm -v a:b:c:d "$IMAGE" true
    run 125 run --rm -v '' "$IMAGE" true
}
