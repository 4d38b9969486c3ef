# --cap-add, --cap-drop, --security-opt, --privileged, and what holds without any of them.

capabilities() { awk '/^Cap/ {print $1 $2}' <<<"$output"; }

test_cap_add_and_drop() {
    run 0 run --rm --cap-drop all "$IMAGE" cat /proc/self/status
    is "$(grep -E '^Cap(Prm|Eff|Bnd)' <<<"$output" | awk '{print $2}' | sort -u)" 0000000000000000
    run 0 run --rm --cap-drop all --cap-add net_admin --cap-add CAP_KILL "$IMAGE" cat /proc/self/status
    like "$output" $'CapEff:\t0000000000001020'
    run 0 run --rm --cap-add sys_time,net_admin "$IMAGE" grep CapEff /proc/self/status
    is $((0x${output##*$'\t'} >> 25 & 1)) 1
    is $((0x${output##*$'\t'} >> 12 & 1)) 1
    run 125 run --rm --cap-add no_such_cap "$IMAGE" true
    says no_such_cap
    run 125 run --rm --cap-add kill --cap-drop kill "$IMAGE" true
}

test_no_inheritable_capabilities() {
    run 0 run --rm "$IMAGE" grep CapInh /proc/self/status
    is "$output" $'CapInh:\t0000000000000000'
    run 0 run --rm --cap-add net_admin "$IMAGE" grep CapInh /proc/self/status
    is "$output" $'CapInh:\t0000000000000000'
}

test_privileged() {
    local all
    all=$(awk '/CapBnd/ {print $2}' /proc/self/status)
    run 0 run --rm --privileged "$IMAGE" cat /proc/self/status
    like "$output" "CapEff:"$'\t'"$all"
    like "$output" $'Seccomp:\t0'
    run 0 run --rm --privileged "$IMAGE" sh -c 'mkdir /t && mount -t tmpfs none /t && grep -c " /t " /proc/mounts'
    is "$output" 1
    run 0 run --rm --privileged "$IMAGE" sh -c 'test -b "$1" -o -c /dev/kmsg -o -c /dev/fuse && echo devices' x /dev/loop0
    is "$output" devices
}

test_not_privileged_cannot_mount_or_load() {
    run 1 run --rm "$IMAGE" mount -t tmpfs none /tmp
    run 1 run --rm --cap-add sys_admin --security-opt seccomp=unconfined "$IMAGE" sh -c 'mknod /dev/sda b 8 0 && head -c 1 /dev/sda'
}

test_seccomp() {
    run 0 run --rm "$IMAGE" grep '^Seccomp:' /proc/self/status
    is "$output" $'Seccomp:\t2'
    run 0 run --rm --security-opt seccomp=unconfined "$IMAGE" grep '^Seccomp:' /proc/self/status
    is "$output" $'Seccomp:\t0'
    echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}' >profile.json
    run 1 run --rm --security-opt seccomp="$PWD/profile.json" "$IMAGE" mkdir /x
    says "not implemented"
    run 125 run --rm --security-opt seccomp=/no/profile.json "$IMAGE" true
    says /no/profile.json
    echo '{' >broken.json
    run 125 run --rm --security-opt seccomp="$PWD/broken.json" "$IMAGE" true
    says broken.json
}

test_no_new_privileges() {
    run 0 run --rm --security-opt no-new-privileges "$IMAGE" grep NoNewPrivs /proc/self/status
    is "$output" $'NoNewPrivs:\t1'
    run 0 run --rm "$IMAGE" grep NoNewPrivs /proc/self/status
    is "$output" $'NoNewPrivs:\t0'
}

test_masked_and_read_only_paths() {
    run 0 run --rm "$IMAGE" sh -c 'cat /proc/kcore /proc/timer_list /proc/keys 2>/dev/null | wc -c; ls /sys/firmware | wc -l'
    is "$output" $'0\n0'
    run 1 run --rm "$IMAGE" sh -c 'echo h >/proc/sysrq-trigger'
    run 1 run --rm "$IMAGE" sh -c 'echo x >/proc/sys/kernel/core_pattern'
    run 1 run --rm --cap-add sys_admin "$IMAGE" sh -c 'echo x >/sys/kernel/uevent_helper'
}

test_unmask() {
    run 0 run --rm --security-opt unmask=/proc/timer_list "$IMAGE" sh -c 'wc -c </proc/timer_list'
    isnt "$output" 0
    run 1 run --rm --security-opt mask=/etc/secret-dir:/etc/passwd "$IMAGE" grep root /etc/passwd
}

test_unknown_security_option() {
    run 125 run --rm --security-opt nothing=1 "$IMAGE" true
    says nothing
}

# /dev/core, a link to the masked /proc/kcore, is runc's to leave out.
test_devices_are_the_usual_ones() {
    run 0 run --rm "$IMAGE" sh -c 'ls /dev | sort | tr "\n" " "'
    is "${output/#core /}" "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
    run 0 run --rm "$IMAGE" sh -c 'echo x >/dev/null; head -c 4 /dev/urandom | wc -c'
    is "$output" 4
}

test_standard_streams_can_be_opened_again() {
    run 0 run --rm -u 1000 "$IMAGE" sh -c 'echo out >/dev/stdout; echo err >/dev/stderr'
    is "$output" out
    is "$errors" err
    run 0 run -d --name d -u 1000 "$IMAGE" sh -c 'echo out >/dev/stdout'
    run 0 wait d
    run 0 logs d
    is "$output" out
}
