# volume create, ls, inspect, rm, prune, exists, export, import, mount, unmount, reload; what they are in containers.

path_of() { echo "$SKIFF_ROOT/volumes/$1/_data"; }

test_a_volume_outlives_its_containers() {
    run 0 volume create --label a=b data
    is "$output" data
    run 0 run --rm -v data:/d "$IMAGE" sh -c 'echo kept >/d/f'
    run 0 run --rm -v data:/d:ro "$IMAGE" cat /d/f
    is "$output" kept
    is "$(cat "$(path_of data)/f")" kept
    run 1 run --rm -v data:/d:ro "$IMAGE" touch /d/g
    run 125 volume create data
    says exists
    run 0 volume create --ignore data
}

test_a_named_volume_is_made_on_the_way() {
    run 0 create --name user -v fresh:/d "$IMAGE" true
    run 0 volume exists fresh
    run 1 volume exists fres
    is "$(inspect user '{{range .Mounts}}{{.Type}} {{.Name}} {{.Source}} {{.Destination}} {{.RW}} {{.Driver}}{{end}}')" "volume fresh $(path_of fresh) /d true local"
    run 0 ps -a --filter volume=fresh --format '{{.Names}}'
    is "$output" user
    run 2 volume rm fresh
    says "being used"
    run 0 volume rm -f fresh
    run 1 container exists user
    run 1 volume rm fresh
    says "no such volume"
    run 0 volume rm -f fresh
    missing "$SKIFF_ROOT/volumes/fresh"
}

test_no_volume_is_left_of_a_container_that_was_refused() {
    run 0 create --name c "$IMAGE" true
    run 125 create --name c -v fresh:/d "$IMAGE" true
    run 0 volume ls -q
    is "$output" ""
}

test_anonymous_volumes_go_with_their_container() {
    run 0 run --rm -v /d "$IMAGE" touch /d/x
    run 0 volume ls -q
    is "$output" ""
    run 0 run --name c -v /d "$IMAGE" touch /d/x
    run 0 volume ls --filter anonymous=true --format '{{.Name}} {{.Anonymous}}'
    like "$output" '^[0-9a-f]{64} true$'
    run 0 rm c
    run 0 volume ls -q
    isnt "$output" ""
    run 0 volume prune -f
    run 0 create --name c -v /d "$IMAGE" true
    run 0 rm -v c
    run 0 volume ls -q
    is "$output" ""
}

test_an_anonymous_volume_that_is_shared_stays() {
    run 0 create --name first -v /d "$IMAGE" true
    run 0 create --name second --volumes-from first "$IMAGE" true
    run 0 rm -v first
    run 0 volume ls -q
    is "$(wc -l <<<"$output")" 1
    run 0 rm -v second
    run 0 volume ls -q
    is "$output" ""
}

test_first_use_copies_what_the_image_has() {
    new_image localhost/data <<'IMAGE'
busybox
dir data 750
file data/f content
hardlink data/g data/f
symlink data/link /etc/passwd
symlink away /../../../../../tmp
IMAGE
    run 0 run --rm -v v:/data localhost/data sh -c 'cat /data/f; readlink /data/link; stat -c %h /data/f; stat -c %a /data'
    is "$output" $'content/etc/passwd\n2\n750'
    run 0 run --rm -v v:/data localhost/data rm /data/f
    run 0 run --rm -v v:/data localhost/data ls /data
    is "$output" $'g\nlink'
    run 0 run --rm -v n:/data:nocopy localhost/data ls /data
    is "$output" ""
    run 0 volume create -o nocopy never
    run 0 run --rm -v never:/data localhost/data ls /data
    is "$output" ""
    # A volume with content is not touched, whatever the image has.
    run 0 volume create full
    touch "$(path_of full)/mine"
    run 0 run --rm -v full:/data localhost/data ls /data
    is "$output" mine
    # The image's link leads into the image, not to the host's /tmp.
    run 0 run --rm -v l:/away localhost/data ls /away
    is "$output" ""
}

test_a_fresh_volume_belongs_to_the_user() {
    run 0 run --rm -u 1234:99 -v v:/new/dir "$IMAGE" sh -c 'touch /new/dir/x && stat -c %u:%g /new/dir'
    is "$output" 1234:99
    run 0 volume create --uid 7 --gid 8 owned
    is "$(stat -c %u:%g "$(path_of owned)")" 7:8
    run 0 volume create -o o=uid=5 other
    is "$(stat -c %u "$(path_of other)")" 5
    run 0 volume inspect --format '{{.UID}} {{.Options.UID}} {{.Options.o}}' other
    is "$output" "5 5 uid=5"
}

test_image_volumes() {
    new_image localhost/vol <<'IMAGE'
busybox
dir data
file data/f content
config Volumes {"/data":{}}
IMAGE
    run 0 create --name c localhost/vol cat /data/f
    is "$(inspect c '{{range .Mounts}}{{.Type}} {{.Destination}}{{end}}')" "volume /data"
    run 0 start -a c
    is "$output" content
    run 0 rm -v c
    run 0 volume ls -q
    is "$output" ""
    run 0 run --rm --image-volume tmpfs localhost/vol sh -c 'grep -c " /data tmpfs" /proc/mounts; cat /data/f'
    is "$output" $'1\ncontent'
    run 0 create --name i --image-volume ignore localhost/vol true
    is "$(inspect i '{{len .Mounts}}')" 0
    run 125 create --image-volume no-such localhost/vol true
}

test_tmpfs_volume_is_mounted_while_it_is_used() {
    run 0 volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,mode=1770 t
    start_sleeper c -v t:/t
    run 0 exec c sh -c 'touch /t/x; stat -c %a /t; df -k /t | tail -n 1'
    like "$output" '^1770'
    like "$output" ' 1024 '
    # The same file system in a second container.
    run 0 run --rm -v t:/t "$IMAGE" ls /t
    is "$output" x
    run 0 volume inspect --format '{{.MountCount}}' t
    is "$output" 1
    run 0 rm -f -t 0 c
    ! grep -q "$SKIFF_ROOT" /proc/self/mountinfo || fail "still mounted"
    run 0 run --rm -v t:/t "$IMAGE" ls /t
    is "$output" ""
}

test_bind_volume_and_volume_mount() {
    mkdir there && echo x >there/f
    run 0 volume create -o type=none -o o=bind -o device="$PWD/there" b
    run 0 volume mount b
    is "$output" "$(path_of b)"
    is "$(cat "$output/f")" x
    run 0 run --rm -v b:/b "$IMAGE" cat /b/f
    is "$output" x
    exists "$(path_of b)/f"
    run 2 volume rm b
    says mounted
    run 0 volume unmount b
    missing "$(path_of b)/f"
    run 0 volume rm b
    is "$(cat there/f)" x
    run 125 volume create -o type=none -o o=bind -o device="$PWD/not-there" c
    says not-there
}

test_image_driver() {
    run 0 volume create -d image -o image="$IMAGE" i
    run 0 run --rm -v i:/i "$IMAGE" sh -c 'test -x /i/bin/busybox && touch /i/mine'
    run 0 run --rm -v i:/i "$IMAGE" ls /i/mine
    run 2 rmi "$IMAGE"
    says "volume i"
    run 0 volume rm i
    run 125 volume create -d image i
    run 125 volume create -d no-such-plugin p
    says plugins
}

test_what_create_refuses() {
    run 125 volume create 'a/b'
    run 125 volume create -o colour=red x
    says colour
    run 125 volume create -o o=nodev x
    run 125 volume create -o type=ext4 x
    says device
    run 0 volume ls -q
    is "$output" ""
}

test_quota() {
    run 125 volume create -o o=size=1m q
    says quota
    command -v mkfs.ext4 >/dev/null || skip "no mkfs.ext4"
    truncate -s 64M disk
    mkfs.ext4 -q -O quota,project disk 2>/dev/null || skip "mkfs.ext4 knows no projects"
    mkdir fs && mount -o loop,prjquota disk fs 2>/dev/null || skip "this kernel mounts no quotas"
    trap 'umount fs' EXIT
    local other=("$SKIFF" --root "$PWD/fs/root" --runroot "$PWD/run2")
    "${other[@]}" volume create -o o=size=1m,inodes=10 q >/dev/null
    # Who may raise limits is not held by ext4's.
    ! setpriv --bounding-set -sys_resource dd if=/dev/zero of="$PWD/fs/root/volumes/q/_data/big" bs=64k count=64 2>err || fail "no limit"
    contains err "quota"
    "${other[@]}" volume rm q
}

test_ls_filters_and_formats() {
    run 0 volume create -l kind=one a
    run 0 volume create -l kind=two b
    run 0 create --name c -v b:/b "$IMAGE" true
    run 0 volume ls
    is "$output" $'DRIVER      VOLUME NAME\nlocal       a\nlocal       b'
    run 0 volume ls -n
    is "$(wc -l <<<"$output")" 2
    local filter
    for filter in dangling=true label=kind=one 'label!=kind=two' name=^a until=1s; do
        [ "$filter" != until=1s ] || sleep 1.1
        run 0 volume ls -q --filter "$filter"
        like "$output" '^a'
        [ "$filter" = until=1s ] || is "$output" a
    done
    run 0 volume ls -q --filter since=a
    is "$output" b
    run 0 volume ls --format json
    is "$(python3 -c 'import json,sys; print([v["Name"] for v in json.load(sys.stdin)])' <<<"$output")" "['a', 'b']"
    run 0 volume ls --format '{{.Name}} {{.Label "kind"}}'
    is "$output" $'a one\nb two'
    run 125 volume ls --filter nothing=x
    run 0 volume inspect -a --format '{{.Name}}'
    is "$output" $'a\nb'
    run 0 inspect --type volume --format '{{.Driver}}' a
    is "$output" local
    run 125 volume inspect nosuch
    is "$output" "[]"
    run 0 volume reload
    is "$output" ""
}

test_prune() {
    run 0 volume create named
    run 0 volume create -l keep=yes kept
    run 0 create --name c -v /d "$IMAGE" true
    run 0 rm c
    run 0 volume prune -f --dry-run
    like "$output" '^[0-9a-f]{64}$'
    run 0 volume prune -f
    run 0 volume ls -q
    is "$output" $'kept\nnamed'
    run 0 volume prune -f --all --filter 'label!=keep'
    is "$output" named
    run 0 create --name c -v kept:/d "$IMAGE" true
    run 0 volume prune -f --all
    is "$output" ""
    run 0 system prune -f --volumes --all
    like "$output" kept
    run 0 volume ls -q
    is "$output" ""
}

test_export_and_import() {
    run 0 run --rm -v a:/a "$IMAGE" sh -c 'mkdir /a/d; echo x >/a/d/f; ln -s /etc/passwd /a/l; chown 5:6 /a/d/f; chmod 640 /a/d/f'
    run 0 volume export a -o out.tar
    run 0 volume create b
    skiff volume import b - <out.tar
    is "$(cat "$(path_of b)/d/f") $(stat -c '%u:%g %a' "$(path_of b)/d/f") $(readlink "$(path_of b)/l")" "x 5:6 640 /etc/passwd"
    run 125 volume import nosuch out.tar
    echo garbage >no.tar
    run 125 volume import b no.tar
    run 125 volume export nosuch -o x.tar
    is "$(tar tf out.tar | sort | xargs)" "d/ d/f l"
    run 0 volume create empty
    skiff volume export empty | skiff volume import empty -
    is "$(skiff volume export empty | tar t)" ""
}

test_import_of_a_hostile_archive_stays_inside() {
    run 0 volume create b
    ln -s "$PWD" "$(path_of b)/out"
    python3 - >evil.tar <<'PYTHON'
import io, sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
    entry = tarfile.TarInfo("out/attack"); entry.size = 1
    tar.addfile(entry, io.BytesIO(b"x"))
PYTHON
    skiff volume import b evil.tar >/dev/null 2>&1 || true
    missing attack
}

test_system_df_counts_volumes() {
    run 0 run --rm -v a:/a "$IMAGE" dd if=/dev/zero of=/a/x bs=1k count=100
    run 0 system df --format '{{.Type}} {{.Total}} {{.Active}} {{.RawSize}}'
    like "$output" 'Local Volumes 1 0 102400'
    run 0 system df -v
    like "$output" 'VOLUME NAME'
}

test_cp_reaches_the_volumes_of_a_stopped_container() {
    mkdir bound
    run 0 create --name c -v data:/data -v "$PWD/bound:/b" "$IMAGE" cat /data/f
    echo in >f
    run 0 cp f c:/data
    is "$(cat "$(path_of data)/f")" in
    run 0 start -a c
    is "$output" in
    run 0 cp f c:/b/g
    is "$(cat bound/g)" in
    run 0 cp c:/data/f back
    is "$(cat back)" in
    run 0 cp c:/data tree
    is "$(cat tree/f)" in
    run 0 cp c:/data/. content
    is "$(cat content/f)" in
}

test_rm_takes_a_time_only_with_force() {
    run 0 volume create v
    run 125 volume rm --time 1 v
    says "--force option must be specified"
    run 0 volume rm --force --time 1 v
    is "$output" v
}

test_templates_name_what_a_volume_does_not_have() {
    run 0 volume create plain
    run 0 volume inspect plain -f '{{.UID}} {{.GID}} {{.Anonymous}} {{.NeedsCopyUp}} {{.NeedsChown}} {{.Timeout}} {{.StorageID}} {{.Status}}'
    is "$output" '0 0 false true true 0  map[]'
    run 0 run --rm -v plain:/v "$IMAGE" touch /v/used
    run 0 volume inspect plain -f '{{.NeedsCopyUp}} {{.NeedsChown}}'
    is "$output" 'true false'
}
