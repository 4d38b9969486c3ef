# Nothing that an image brings is run or loaded by the engine itself (T10): podman's top did (CVE-2022-1227), docker's cp loaded
# the container's libnss (CVE-2019-14271), moby's upload ran its decompressor (CVE-2026-41567).

# Every program and library that a helper might look for leaves its name in /marker when it is run.
set_traps() {
    run 0 exec "$1" busybox sh -c '
        printf "#!/bin/busybox sh\necho \$0 >>/marker\n" >/trap && chmod 755 /trap
        mkdir -p /usr/bin /usr/sbin /sbin /lib64 /lib/x86_64-linux-gnu /usr/lib
        for name in ps tar gzip gunzip pigz unpigz igzip zstd xz bzip2 sh bash cat ls cp id nsenter getent newuidmap locale journalctl mount true; do
            for place in /bin /usr/bin /usr/sbin /sbin; do rm -f $place/$name; cp -p /trap $place/$name; done
        done
        for library in /lib64/ld-linux-x86-64.so.2 /lib/x86_64-linux-gnu/libnss_files.so.2 /lib/x86_64-linux-gnu/libc.so.6 /usr/lib/libnss_evil.so.2; do
            cp -p /trap $library
        done
        echo "named:x:7:7::/:/bin/sh" >>/etc/passwd
        printf "passwd: evil\ngroup: evil\n" >/etc/nsswitch.conf
        printf "/usr/lib/libnss_evil.so.2\n" >/etc/ld.so.preload'
}
is_unmarked() {
    skiff exec "$1" busybox test ! -e /marker || fail "after $2: $(skiff exec "$1" busybox cat /marker)"
}

test_commands_run_nothing_of_the_image() {
    echo given >given
    tar -czf given.tar.gz given
    start_sleeper c --health-cmd none
    set_traps c
    local words
    while read -r words; do
        # shellcheck disable=SC2086 # words of a command
        run 0 $words
        [ "$words" = "pause c" ] || is_unmarked c "$words"
    done <<'COMMANDS'
top c
top c user group comm hgroup huser
cp given c:/in
cp c:/in out
cp c:/etc copied
export -o exported.tar c
diff c
commit -q c localhost/trapped
logs c
inspect c
stats --no-stream c
pause c
unpause c
update --memory 100m c
COMMANDS
    run 0 cp - c:/tmp <given.tar.gz
    is_unmarked c "cp - of a compressed archive"
    run 0 exec --user named c busybox true
    run 0 exec -w /tmp c busybox true
    is_unmarked c "exec of another program"
    run 0 run -d --name e --user named --network none localhost/trapped busybox sleep 1000
    is_unmarked e "run as a user"
    # The traps do work.
    run 0 exec c ps
    run 0 exec c busybox cat /marker
    like "$output" /ps
    run 0 rm -f -t 0 c e
    run 0 rmi localhost/trapped
}

# A process that enters is seen by what runs inside from its birth on (T8): the host's binary must not be what its /proc/PID/exe leads to,
# whatever enters, a health check's command as much as an exec, and whatever the command's interpreter is (CVE-2019-5736).
test_health_checks_and_exec_show_no_program_of_the_host() {
    local before i
    before=$(sha256sum "$(readlink -f "$SKIFF")")
    run 0 run -d --name c --health-cmd /trap --health-interval disable "$IMAGE" sh -c 'printf "#!/proc/self/exe /bin/true\n" >/trap; chmod 755 /trap
        while :; do for p in /proc/[0-9]*; do readlink $p/exe; true >>$p/exe; done; done >>/exes 2>/dev/null'
    eventually skiff exec c test -s /exes
    for ((i = 0; i < 10; i++)); do
        skiff healthcheck run c >/dev/null 2>&1 || true
        skiff exec c /trap >/dev/null 2>&1 || true
        run 0 exec c true
    done
    is "$(skiff inspect -f '{{len .State.Health.Log}}' c)" 5
    run 0 cp c:/exes exes
    run 0 rm -f -t 0 c
    is "$(grep -c /bin/busybox exes | sed 's/^[1-9][0-9]*$/some/')" some
    is "$(sed -e '/\/bin\/busybox/d' -e '/memfd:skiff-stub/d' exes | sort -u)" ""
    is "$(sha256sum "$(readlink -f "$SKIFF")")" "$before"
}
