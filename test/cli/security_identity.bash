# Users, groups, capabilities, environment that an image or a flag asks for (T13, T14, T15), values for sysctls (T5).

test_numbers_are_never_names() {
    new_image localhost/t <<'IMAGE'
busybox
layer
file /etc/passwd "root:x:0:0::/root:/bin/sh\n4294967296:x:0:0::/:/bin/sh\n0x1:x:0:0::/:/bin/sh\n1:x:0:0::/:/bin/sh\n"
IMAGE
    run 0 run --rm -u 1 localhost/t id -u
    is "$output" 1
    local user
    for user in 4294967296 4294967295 2147483648 -1 +1 '1000 ' ' 1' a:b:c ':' '1:' 99999999999999999999; do
        if skiff run --rm -u "$user" localhost/t id -u >out 2>err; then
            isnt "$(cat out)" 0
        fi
    done
    if skiff run --rm -u 0x1 localhost/t id -u >out 2>err; then isnt "$(cat out)" 1; fi
}

test_image_user_out_of_range() {
    local user
    for user in 4294967296 2147483648 -1; do
        new_image localhost/t <<IMAGE
busybox
config User "$user"
IMAGE
        if skiff run --rm localhost/t id -u >out 2>err; then isnt "$(cat out)" 0; fi
        run 0 rmi -f localhost/t
    done
}

test_home_with_a_newline_adds_no_line() {
    local status=0
    skiff run --rm -e $'HOME=/x\nevil:x:0:0::/:/bin/sh' -u 4242 "$IMAGE" cat /etc/passwd >out 2>err || status=$?
    unlike "$(cat out)" $'(^|\n)evil:'
}

test_hostname_is_checked() {
    local name
    for name in $'a\nb' 'a b' 'a/b' "$(printf 'x%.0s' {1..65})"; do
        if skiff run --rm --hostname "$name" "$IMAGE" cat /etc/hosts >out 2>err; then
            fail "accepted host name $(printf %q "$name")"
        fi
    done
}

test_groups_of_a_user() {
    run 0 run --rm -u user "$IMAGE" id -G
    is "$output" "1000 2000"
    run 0 run --rm -u 1000:1000 "$IMAGE" id -G
    is "$output" "1000"
    run 0 run --rm --group-add 3000 -u user "$IMAGE" id -G
    is "$(tr ' ' '\n' <<<"$output" | sort -n | tr '\n' ' ')" "1000 2000 3000 "
    run 0 run --rm "$IMAGE" id -G
    like "$output" '^0'
    unlike "$output" '2000'
}

test_capability_sets() {
    local where
    start_sleeper e
    for where in "run --rm $IMAGE" "run --rm -u user $IMAGE" "exec e" "exec -u user e"; do
        run 0 $where cat /proc/self/status
        like "$output" $'CapInh:\t0000000000000000'
        like "$output" $'CapAmb:\t0000000000000000'
        case $where in *"-u user"*) like "$output" $'CapEff:\t0000000000000000' ;; *) unlike "$output" $'CapEff:\t0000000000000000' ;; esac
    done
}

test_image_environment_takes_nothing_from_the_host() {
    export SECRET_ONE=leaked SECRET_TWO=leaked
    local entries
    for entries in '"SECRET_ONE"' '"SECRET*"' '"*"' '""' '"=x"' '"HOME", "SECRET_TWO"'; do
        make_image t.tar <<<$'busybox\n'"config Env [\"PATH=/bin\", $entries]"
        if skiff load -q -i t.tar >out 2>err; then
            skiff run --rm localhost/test env >out 2>err || true
            run 0 rmi -f localhost/test
        fi
        unlike "$(cat out err)" leaked
    done
    run 0 run --rm "$IMAGE" env
    unlike "$output" leaked
    start_sleeper e
    run 0 exec e env
    unlike "$output" leaked
}

test_sysctls() {
    run 0 run --rm --sysctl kernel.msgmax=65000 "$IMAGE" cat /proc/sys/kernel/msgmax
    is "$output" 65000
    local name
    for name in kernel.core_pattern=x kernel/core_pattern=x ../../x=y net.ipv4..ip_forward=1 kernel.sysrq=1 \
        $'kernel.msgmax=1\nkernel.core_pattern=x' =x kernel.msgmax; do
        run 125 run --rm --sysctl "$name" "$IMAGE" true
    done
}

test_directories_are_private() {
    is_podman && skip "subject is skiff's own directories"
    start_sleeper e
    is "$(stat -c %a "$SKIFF_ROOT")" 700
    is "$(stat -c %a "$SKIFF_RUNROOT")" 700
    new_image localhost/t <<'IMAGE'
busybox
file /suid x 4755
IMAGE
    local file
    file=$(find "$SKIFF_ROOT" -name suid | head -n 1)
    exists "$file"
    ! setpriv --reuid 65534 --regid 65534 --clear-groups test -e "$file" || fail "$file can be reached by another user"
}

test_no_socket_of_the_engine_can_be_reached() {
    is_podman && skip "subject is skiff's own sockets"
    start_sleeper e --network host
    is "$(grep -c "@.*skiff\|@.*$(inspect e '{{.Id}}')" /proc/net/unix || true)" 0
    local socket
    while read -r socket; do
        like "$(stat -c %a "$socket")" '^[67]00$'
        ! setpriv --reuid 65534 --regid 65534 --clear-groups test -e "$socket" || fail "another user reaches $socket"
    done < <(find "$SKIFF_RUNROOT" -type s)
}
