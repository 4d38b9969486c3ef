# --systemd: what a service manager as init finds; --sdnotify container.
# harness: own mounts

# An image whose /sbin/init says what it finds and waits for systemd's stop signal.
init_image() {
    new_image localhost/init <<'END'
busybox
dir /sbin 755
file /sbin/init '#!/bin/sh\necho "uuid $container_uuid"\nmount\ntrap "echo halted; exit 0" RTMIN+3 37\nwhile :; do sleep 0.05; done\n' 755
config Cmd ["/sbin/init"]
END
}

test_detected_by_its_command() {
    init_image
    run 0 run -d --name c localhost/init
    eventually log_has c uuid
    local id log
    id=$(inspect c '{{.Id}}')
    eventually log_has c ' /run '
    log=$(skiff logs c)
    like "$log" "uuid ${id:0:32}"
    for path in /run /run/lock /tmp /var/log/journal; do like "$log" "tmpfs on $path type tmpfs \(rw,nosuid,nodev"; done
    is "$(inspect c '{{.Config.StopSignal}}')" SIGRTMIN+3
    run 0 stop -t 20 c
    is "$(inspect c '{{.State.ExitCode}}')" 0
    log_has c halted
}

test_modes() {
    init_image
    run 0 run --rm --systemd=false localhost/init sh -c 'mount | grep -c " /run "; echo "[$container_uuid]"' || true
    run 1 run --rm --systemd=false localhost/init sh -c 'mount | grep " /run/lock "'
    run 0 run --rm --systemd=always --shm-size-systemd 3m "$IMAGE" sh -c 'df -k /run/lock | tail -1; echo "$container_uuid"'
    like "$output" '3072'
    like "$output" $'\n[0-9a-f]{32}$'
    run 0 create --name kept --systemd=always --stop-signal INT "$IMAGE" true
    is "$(inspect kept '{{.Config.StopSignal}}')" SIGINT
    run 0 create --name shell --entrypoint '["/bin/sh","-c","/sbin/init"]' "$IMAGE"
    is "$(inspect shell '{{.Config.StopSignal}}')" SIGRTMIN+3
    run 0 create --name plain "$IMAGE" true
    is "$(inspect plain '{{.Config.StopSignal}}')" SIGTERM
    run 0 run --rm --systemd=always --tmpfs /run:size=1m "$IMAGE" sh -c 'df -k /run | tail -1'
    like "$output" 1024
    run 0 run --rm --systemd=always --privileged "$IMAGE" sh -c 'ls /dev | grep -c "^tty[0-9]" || true'
    is "$output" 0
    run 0 run --rm --systemd=always --read-only "$IMAGE" touch /run/lock/a /tmp/b
    run 125 create --systemd=sometimes "$IMAGE" true
    says systemd sometimes
}

test_v1_hierarchy_cannot_name_a_program() {
    [ -e /sys/fs/cgroup/systemd/release_agent ] || skip 'no v1 hierarchy name=systemd here'
    run 0 run --rm --systemd=always "$IMAGE" sh -c 'cat /sys/fs/cgroup/systemd/release_agent; echo "|"; echo /evil >/sys/fs/cgroup/systemd/release_agent' || true
    isnt "$(cat /sys/fs/cgroup/systemd/release_agent)" /evil
}

# Listens at ./notify; each message is a file told.N.
service_manager() {
    python3 -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("notify"); open("listening", "w")
for n in range(2): told = s.recv(4096).decode(); open(f"told.{n}", "w").write(told)' &
    eventually test -e listening
}
# say MESSAGE to the socket from inside the container's mount namespace.
say() {
    nsenter -t "$(inspect c '{{.State.Pid}}')" -m /bin/true 2>/dev/null || true
    python3 - "/proc/$(inspect c '{{.State.Pid}}')/root/run/notify/notify.sock" "$1" <<'END'
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[2].encode().decode("unicode_escape").encode(), sys.argv[1])
END
}

test_the_container_says_that_it_is_ready() {
    service_manager
    NOTIFY_SOCKET=$PWD/notify run 0 run -d --name c "$IMAGE" sh -c 'echo "$NOTIFY_SOCKET"; sleep 100'
    eventually log_has c /run/notify/notify.sock
    say 'STATUS=getting up\nFDSTORE=1\nMAINPID=1'
    eventually test -s told.0
    is "$(cat told.0)" 'STATUS=getting up'
    say 'READY=1'
    eventually test -s told.1
    is "$(cat told.1)" "MAINPID=$(inspect c '{{.State.ConmonPid}}')"$'\nREADY=1'
    wait
    run 0 rm -f -t 0 c
    # Asked not to: neither variable nor socket.
    NOTIFY_SOCKET=$PWD/notify run 0 run --rm --sdnotify ignore "$IMAGE" sh -c 'echo "[$NOTIFY_SOCKET]"; ls /run/notify 2>&1 | wc -l'
    like "$output" '\[\]'
    run 125 create --sdnotify maybe "$IMAGE" true
    says sdnotify maybe
}
