# The root on each file system that people have: what images and containers need of it (overlay, xattrs, holes, devices, quotas).
# Runs wherever loop devices and the file systems' tools are, in the guest with Debian's kernel.

# on TYPE MKFS… -- MOUNT-OPTION…: $disk is a new file system of that type, and skiff's root is on it.
on() {
    local type=$1 make=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do make+=("$1") && shift; done
    shift
    disk=$PWD/disk
    mkdir "$disk"
    if [ "$type" = tmpfs ]; then
        mount -t tmpfs -o "size=300m${1:+,$1}" tmpfs "$disk"
    else
        command -v "${make[0]}" >/dev/null || skip "no ${make[0]}"
        truncate -s 400M image.disk
        "${make[@]}" image.disk >mkfs.log 2>&1 || skip "${make[0]}: $(tail -n 1 mkfs.log)"
        mount -t "$type" -o "loop${1:+,$1}" image.disk "$disk" 2>mount.log || skip "no $type here: $(cat mount.log)"
    fi
    SKIFF_COMMAND=("$SKIFF" --root "$disk/root" --runroot "$PWD/run" --runtime skiff)
    trap 'skiff rm -f -t 0 -a >/dev/null 2>&1; umount -l "$disk"; rm -f image.disk' EXIT
    make_image image.tar --name localhost/image <<'IMAGE'
busybox
file /etc/kept kept
file /etc/removed removed
layer
file /etc/second second
file /opt/lower/file lower
IMAGE
    run 0 load -q -i image.tar
}

# A life that ends with nothing left.
life() {
    run 0 run --name w --network none -v vol:/v localhost/image \
        sh -c 'rm /etc/removed; echo new >/etc/new; chown 5:6 /etc/new; echo more >>/etc/kept; ln -s new /etc/link
            mkfifo /etc/fifo; echo v >/v/f; dd if=/dev/zero of=/hole bs=1 count=1 seek=50M 2>/dev/null'
    run 0 diff w
    is "$(sort <<<"$output")" $'A /etc/fifo\nA /etc/link\nA /etc/new\nA /hole\nC /etc\nC /etc/kept\nD /etc/removed'
    run 0 commit -q w localhost/second
    run 0 run --rm --network none -v vol:/v:ro localhost/second sh -c 'cat /etc/kept /etc/second /v/f; stat -c "%u:%g %F" /etc/new /etc/link /etc/fifo; ls /etc/removed 2>&1; stat -c %s /hole'
    like "$output" $'^keptmore\nsecondv\n5:6 regular file\n0:0 symbolic link\n0:0 fifo\n.*No such file.*\n52428801$'
    # The hole is one in the store as well.
    [ "$(du -sm "$disk/root" | cut -f 1)" -lt 40 ] || fail "the store has $(du -sm "$disk/root")"
    run 0 cp w:/etc/new out
    is "$(cat out)" new
    run 0 export -o w.tar w
    like "$(tar -tf w.tar)" 'etc/fifo'
    run 0 save -q -o second.tar localhost/second
    run 0 start w
    run 0 wait w
    is "$output" 0
    run 0 run -d --name d --network none localhost/image "${SLEEPER[@]}"
    run 0 exec d sh -c 'mv /etc/second /etc/third && mv /opt/lower /opt/moved && cat /opt/moved/file && rm -r /opt'
    run 0 rm -f -t 0 d w
    run 0 volume rm vol
    run 0 rmi localhost/second localhost/image
    run 0 load -q -i second.tar
    run 0 system check
    run 0 rmi -a
    is "$(find "$disk/root/layers" -mindepth 1 | head -n 1)" ''
}

test_ext4() { on ext4 mkfs.ext4 -q -- '' && life; }
test_xfs() { on xfs mkfs.xfs -q -- '' && life; }
test_btrfs() { on btrfs mkfs.btrfs -q -- '' && life; }
test_btrfs_with_compression() { on btrfs mkfs.btrfs -q -- compress=zstd && life; }
test_tmpfs() { on tmpfs -- '' && life; }

quota() {
    run 0 volume create -o o=size=4m,inodes=20 q
    run 1 run --rm --network none -v q:/v --cap-drop sys_resource localhost/image dd if=/dev/zero of=/v/big bs=64k count=100
    like "$errors" '[Nn]o space left|[Qq]uota'
    [ "$(du -sk "$disk/root/volumes/q/_data" | cut -f 1)" -le 4200 ] || fail "more than the limit"
    run 0 run --rm --network none -v q:/v localhost/image rm /v/big
    run 1 run --rm --network none -v q:/v --cap-drop sys_resource localhost/image sh -c 'for i in $(seq 40); do : >/v/$i || exit 1; done'
    run 0 volume rm q
    run 0 rmi localhost/image
}

test_quota_on_xfs() { on xfs mkfs.xfs -q -- prjquota && quota; }
test_quota_on_ext4() { on ext4 mkfs.ext4 -q -O quota,project -- prjquota && quota; }

test_no_quota_on_others() {
    on btrfs mkfs.btrfs -q -- ''
    run 125 volume create -o o=size=4m q
    says quota
    run 0 rmi localhost/image
}
