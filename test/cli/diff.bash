# skiff diff, export.

test_kinds() {
    run 0 run --name c "$IMAGE" sh -c 'echo x >/new; echo x >>/etc/passwd; rm /bin/vi; mkdir -p /d/e; ln -s x /link; mkfifo /fifo'
    run 0 diff c
    is "$output" $'C /bin\nD /bin/vi\nA /d\nA /d/e\nC /etc\nC /etc/passwd\nA /fifo\nA /link\nA /new'
}

test_nothing() {
    run 0 create --name c "$IMAGE" true
    run 0 diff c
    is "$output" ""
    # Mount points, and files that the engine made, are no changes.
    mkdir bind
    run 0 run --name m -v "$PWD/bind:/data" --tmpfs /scratch --init "$IMAGE" true
    run 0 diff m
    is "$output" ""
}

test_metadata_only() {
    run 0 run --name c "$IMAGE" sh -c 'chmod 600 /etc/passwd; chown 7 /bin; touch -d @1 /etc/group'
    run 0 diff c
    is "$output" $'C /bin\nC /etc\nC /etc/group\nC /etc/passwd'
}

test_replaced_directory() {
    new_image localhost/tree <<'IMAGE'
busybox
file /d/old old
file /d/both old
dir /d/sub
file /d/sub/x x
IMAGE
    run 0 run --name c localhost/tree sh -c 'rm -r /d; mkdir /d; echo new >/d/both; echo new >/d/new'
    run 0 diff c
    is "$output" $'C /d\nC /d/both\nA /d/new\nD /d/old\nD /d/sub'
    run 0 run --name f localhost/tree sh -c 'rm -r /d; echo file >/d'
    run 0 diff f
    is "$output" "C /d"
    run 0 run --name g localhost/tree sh -c 'rm /d/old; mkdir /d/old; touch /d/old/inside'
    run 0 diff g
    is "$output" $'C /d\nC /d/old\nA /d/old/inside'
    run 0 run --name r localhost/tree sh -c 'rm -r /d/sub; mkdir /d/sub'
    run 0 diff r
    is "$output" $'C /d\nC /d/sub\nD /d/sub/x'
}

test_renamed_directory() {
    new_image localhost/tree <<'IMAGE'
busybox
file /d/a a
IMAGE
    run 0 run --name c localhost/tree mv /d /e
    run 0 diff c
    is "$output" $'D /d\nA /e\nA /e/a'
}

test_running_and_after_exec() {
    start_sleeper c
    skiff exec c touch /one
    run 0 diff c
    is "$output" "A /one"
    skiff exec c rm /one
    run 0 diff c
    is "$output" ""
}

test_json_and_latest() {
    run 0 run --name c "$IMAGE" sh -c 'touch /new; rm /bin/vi'
    run 0 diff --format json c
    is "$(tr -d ' \n' <<<"$output")" '{"changed":["/bin"],"added":["/new"],"deleted":["/bin/vi"]}'
    run 0 diff -l
    like "$output" 'A /new'
    run 125 diff --format table c
    run 125 diff nosuch
    says nosuch
    run 125 diff
}

test_as_the_commit() {
    run 0 run --name c "$IMAGE" sh -c 'touch /new; rm /bin/vi; chmod 700 /home'
    run 0 diff c
    local changes=$output
    run 0 commit -q c localhost/mine
    run 0 create --name again localhost/mine true
    run 0 diff again
    is "$output" ""
    like "$changes" 'A /new'
}

test_export() {
    run 0 run --name c "$IMAGE" sh -c 'echo x >/new; rm /bin/vi; ln /new /hard; chown 7:8 /hard; mkfifo /fifo; touch "/ü"'
    skiff export c >c.tar
    mkdir tree && tar -C tree -xf c.tar --numeric-owner
    is "$(cat tree/new)" x
    is "$(stat -c %u:%g:%h tree/hard)" 7:8:2
    missing tree/bin/vi
    exists tree/ü
    is "$(stat -c %F tree/fifo)" fifo
    run 0 container export -o file.tar c
    is "$(tar -tf file.tar | sort)" "$(tar -tf c.tar | sort)"
    run 0 import file.tar localhost/imported
    run 0 run --rm localhost/imported /bin/cat /new
    is "$output" x
}

test_export_running() {
    mkdir bind && echo bound >bind/file
    start_sleeper c -v "$PWD/bind:/data" --tmpfs /scratch
    skiff exec c sh -c 'echo x >/new; echo y >/scratch/y'
    skiff export c | tar -tf - >list
    contains list '^new$'
    contains list '^data/$'
    ! contains list '^data/file' || fail "a bind mount was exported"
    ! contains list '^proc/.' || fail "/proc was exported"
    ! contains list scratch/y || fail "a tmpfs was exported"
}

test_export_refuses() {
    run 125 export nosuch
    says nosuch
    run 0 create --name c "$IMAGE" true
    run 125 export -o /no/such/file c
    says /no/such/file
    terminal export c <<'SCRIPT'
expect terminal
exit 125
SCRIPT
}

test_over_a_directory_of_the_host() {
    mkdir -p tree/bin && cp /bin/busybox tree/bin/
    run 0 run --name o --rootfs "$PWD/tree:O" /bin/busybox touch /new
    run 0 diff o
    is "$output" "A /new"
    run 0 create --name p --rootfs "$PWD/tree" /bin/busybox true
    run 125 diff p
    says directory
}

test_images() {
    run 0 run --name writer "$IMAGE" sh -c 'echo x >/new; rm /bin/vi; chmod 700 /home'
    run 0 commit -q writer localhost/mine
    run 0 diff localhost/mine
    is "$output" $'C /bin\nD /bin/vi\nC /home\nA /new'
    run 0 image diff localhost/mine
    is "$output" $'C /bin\nD /bin/vi\nC /home\nA /new'
    run 125 image diff writer
}

test_two_objects() {
    run 0 run --name a "$IMAGE" sh -c 'echo same >/same; echo one >/kind; touch -d @5 /same /kind'
    run 0 run --name b "$IMAGE" sh -c 'echo same >/same; echo three >/kind; touch -d @5 /same /kind; ln -s a /link'
    run 0 diff b a
    is "$output" $'C /kind\nA /link'
    run 0 diff --format json a b
    is "$(tr -d ' \n' <<<"$output")" '{"changed":["/kind"],"deleted":["/link"]}'
    run 0 diff a "$IMAGE"
    is "$output" $'A /kind\nA /same'
    run 125 diff a b "$IMAGE"
    run 125 diff a nosuch
}
