# -v and --mount beyond plain directories: O, U, idmap, subpath, images, globs, --volumes-from.

test_overlay_over_a_directory() {
    mkdir low && echo 1 >low/a
    run 0 create --name c -v "$PWD/low:/l:O" "$IMAGE" sh -c 'cat /l/a; ls /l/new 2>/dev/null; echo 2 >/l/a; touch /l/new; cat /l/a'
    run 0 start -a c
    is "$output" $'1\n2'
    # What was written goes with the run.
    run 0 start -a c
    is "$output" $'1\n2'
    is "$(cat low/a) $(ls low)" "1 a"
    mkdir up work
    run 0 run --rm -v "$PWD/low:/l:O,upperdir=$PWD/up,workdir=$PWD/work" "$IMAGE" touch /l/kept
    exists up/kept
    run 0 run --rm -v "$PWD/low:/l:O,upperdir=$PWD/up,workdir=$PWD/work" "$IMAGE" ls /l/kept
    run 0 volume create v
    run 0 run --rm -v v:/l:O "$IMAGE" touch /l/x
    is "$(ls "$SKIFF_ROOT/volumes/v/_data")" ""
    run 126 run --rm -v "$PWD/low/a:/l:O" "$IMAGE" true
    ! grep -q "$SKIFF_ROOT\|$SKIFF_RUNROOT" /proc/self/mountinfo || fail "a mount is left"
}

test_chown_to_the_user() {
    mkdir -p d/sub && touch d/sub/f && ln -s "$PWD/other" d/link && touch other
    run 0 run --rm -u 1234:56 -v "$PWD/d:/d:U" "$IMAGE" sh -c 'touch /d/sub/new && stat -c %u:%g /d /d/sub/f'
    is "$output" $'1234:56\n1234:56'
    is "$(stat -c %u other) $(stat -c %u d/link)" "0 1234"
    run 0 run --rm -u 7 --mount type=tmpfs,dst=/t,U=true "$IMAGE" stat -c %u /t
    is "$output" 7
    run 0 run --rm -u 7 --tmpfs /t:U "$IMAGE" stat -c %u /t
    is "$output" 7
    run 0 run --rm -u 8 -v v:/v:U "$IMAGE" stat -c %u /v
    is "$output" 8
    run 125 run --rm -v /etc:/e:U "$IMAGE" true
    says /etc
    is "$(stat -c %u /etc)" 0
}

test_owners_as_they_are_mapped() {
    mkdir d && touch d/f && chown 1000 d/f
    skiff run --rm -v "$PWD/d:/d:idmap=uids=1000-5-1#0-0-1" "$IMAGE" stat -c %u /d/f >out 2>err ||
        { grep -q 'mapped IDs\|map owners' err && skip "this file system cannot be mounted with mapped IDs"; cat err; false; }
    is "$(cat out)" 5
    is "$(stat -c %u d/f)" 1000
    local value
    for value in idmap=1-2-3 'idmap=uids=1-2' 'idmap=uids=x-1-1' 'idmap=names=1-1-1'; do
        run 125 run --rm -v "$PWD/d:/d:$value" "$IMAGE" true
    done
}

test_selinux_options_mean_nothing_here() {
    [ ! -e /sys/fs/selinux/enforce ] || skip "this host has SELinux"
    mkdir d && echo x >d/f
    run 0 run --rm -v "$PWD/d:/d:z" "$IMAGE" cat /d/f
    run 0 run --rm -v "$PWD/d:/d:Z" "$IMAGE" cat /d/f
    is "$output" x
}

test_volume_options_reach_the_kernel() {
    run 0 run --rm -v v:/v "$IMAGE" grep ' /v ' /proc/mounts
    like "$output" nosuid
    like "$output" nodev
    unlike "$output" noexec
    run 0 run --rm -v v:/v:noexec,suid,dev "$IMAGE" grep ' /v ' /proc/mounts
    like "$output" noexec
    unlike "$output" nosuid
    unlike "$output" nodev
}

test_a_part_of_a_volume() {
    run 0 run --rm -v v:/v "$IMAGE" sh -c 'mkdir -p /v/a/b; echo in >/v/a/b/f; ln -s /a/b /v/link; ln -s /../../../../etc /v/out'
    run 0 run --rm --mount type=volume,src=v,dst=/p,subpath=a/b "$IMAGE" cat /p/f
    is "$output" in
    run 0 run --rm --mount type=volume,src=v,dst=/p,subpath=link "$IMAGE" cat /p/f
    is "$output" in
    run 0 run --rm --mount type=volume,src=v,dst=/p,volume-subpath=a/b/f "$IMAGE" cat /p
    is "$output" in
    # A link that would lead to the host's /etc leads to the volume's.
    run 126 run --rm --mount type=volume,src=v,dst=/p,subpath=out "$IMAGE" true
    says out
    run 126 run --rm --mount type=volume,src=v,dst=/p,subpath=missing "$IMAGE" true
    says missing
}

test_image_mount() {
    new_image localhost/other <<'IMAGE'
dir d
file d/f content
IMAGE
    run 0 run --rm --mount type=image,src=localhost/other,dst=/o "$IMAGE" cat /o/d/f
    is "$output" content
    run 1 run --rm --mount type=image,src=localhost/other,dst=/o "$IMAGE" touch /o/x
    run 0 run --rm --mount type=image,src=localhost/other,dst=/o,rw=true "$IMAGE" sh -c 'touch /o/d/x; ls /o/d'
    is "$output" $'f\nx'
    run 0 run --rm --mount type=image,src=localhost/other,dst=/o,subpath=d "$IMAGE" ls /o
    is "$output" f
    run 0 create --name c --mount type=image,src=localhost/other,dst=/o "$IMAGE" cat /o/d/f
    run 2 rmi localhost/other
    says "container c"
    run 0 start -a c
    is "$output" content
    run 125 run --rm --mount type=image,src=localhost/nosuch,dst=/o "$IMAGE" true
    says nosuch
}

test_kernel_file_systems() {
    run 0 run --rm --mount type=devpts,dst=/p,max=10,uid=3 "$IMAGE" grep ' /p ' /proc/mounts
    like "$output" 'devpts /p devpts.*max=10'
    run 0 run --rm --mount type=ramfs,dst=/r,mode=700 "$IMAGE" sh -c 'grep " /r " /proc/mounts; stat -c %a /r'
    like "$output" ' /r ramfs'
    like "$output" '700$'
}

test_glob() {
    mkdir d && echo 1 >d/one.conf && echo 2 >d/two.conf && echo 3 >d/three
    run 0 run --rm --mount "type=glob,src=$PWD/d/*.conf,dst=/g,ro" "$IMAGE" sh -c 'cat /g/*.conf; ls /g'
    is "$output" $'1\n2\none.conf\ntwo.conf'
    run 0 run --rm --mount "type=glob,src=$PWD/d/o*" "$IMAGE" cat "$PWD/d/one.conf"
    is "$output" 1
    run 125 run --rm --mount "type=glob,src=$PWD/d/x*,dst=/g" "$IMAGE" true
    says "no file matches"
    run 125 run --rm --mount type=artifact,src=x,dst=/a "$IMAGE" true
    says "does not exist"
}

test_volumes_from() {
    mkdir d e && echo bound >d/f && echo mine >e/f
    run 0 create --name source -v data:/data -v /anon -v "$PWD/d:/d" --tmpfs /t "$IMAGE" true
    run 0 run --rm --volumes-from source "$IMAGE" sh -c 'echo x >/data/x; touch /anon/y; cat /d/f; ! grep " /t " /proc/mounts'
    like "$output" '^bound'
    run 0 run --rm --volumes-from source:ro "$IMAGE" sh -c 'cat /data/x; ls /anon; touch /data/z 2>/dev/null || echo refused'
    is "$output" $'x\ny\nrefused'
    run 0 run --rm --volumes-from source -v "$PWD/e:/d" "$IMAGE" cat /d/f
    is "$output" mine
    run 125 run --rm --volumes-from nosuch "$IMAGE" true
    run 125 run --rm --volumes-from source:colour "$IMAGE" true
    run 0 create --name other --volumes-from source "$IMAGE" true
    is "$(inspect other '{{.HostConfig.VolumesFrom}}')" "[source]"
}

test_completion_knows_volumes_and_secrets() {
    run 0 volume create vol-one
    echo x | skiff secret create sec-one - >/dev/null
    like "$("$SKIFF" __complete --root "$SKIFF_ROOT" volume rm vol)" vol-one
    like "$("$SKIFF" __complete --root "$SKIFF_ROOT" secret rm '')" sec-one
    like "$("$SKIFF" __complete --root "$SKIFF_ROOT" run -v vol)" vol-one
    like "$("$SKIFF" __complete --root "$SKIFF_ROOT" run --secret '')" sec-one
}

test_a_volume_is_made_with_options() {
    run 0 run --rm --mount type=volume,src=t,dst=/t,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=1m "$IMAGE" sh -c 'mount | grep " /t "'
    like "$output" tmpfs.*size=1024k
    is "$(skiff volume inspect t --format '{{.Options.type}} {{.Options.o}}')" 'tmpfs size=1m'
    # Of one that is there the options are its own.
    run 0 create --name c --mount type=volume,src=t,dst=/t,volume-opt=o=size=9m,volume-driver=local "$IMAGE" true
    is "$(skiff volume inspect t --format '{{.Options.o}}')" size=1m
    is "$(inspect c '{{.HostConfig.Binds}}')" '[t:/t:rw,rprivate,nosuid,nodev,rbind]'
    run 125 create --mount type=volume,src=x,dst=/t,volume-driver=nosuch "$IMAGE" true
    says plugins
    run 125 create --mount type=volume,dst=/t,volume-opt=type=tmpfs "$IMAGE" true
    says volume-opt name
    run 125 create --mount type=volume,src=x,dst=/t,volume-opt=colour=red "$IMAGE" true
    says colour
    run 125 volume inspect x
}
