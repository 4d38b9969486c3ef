# A Debian root file system made by debootstrap and packed by other tools: what people do in one.

CACHE=${SKIFF_TEST_CACHE:-/var/cache/skiff-test}

# Made once a machine; archives of it are made by skopeo from a layout that buildah committed.
debian_archives() {
    mkdir -p "$CACHE"
    exec 8>"$CACHE/lock"
    flock 8
    [ -s "$CACHE/debian.docker.tar" ] && [ -s "$CACHE/debian.oci.tar" ] && return
    local mirror
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -E '/debian/?$' | head -n 1)
    debootstrap --variant=minbase --include=procps,bash bookworm "$CACHE/root" "${mirror:-http://deb.debian.org/debian}" \
        >debootstrap.log 2>&1 || { tail -n 5 debootstrap.log && skip "debootstrap found no mirror"; }
    rm -rf "$CACHE/root/var/cache/apt/archives"/*.deb
    tar -C "$CACHE/root" -cf "$CACHE/root.tar" .
    # podman is only the packer here.
    local packer=(podman --root "$PWD/packer" --runroot "$PWD/packer-run" --tmpdir "$PWD/packer-tmp" --storage-driver vfs)
    "${packer[@]}" import -q -c 'CMD ["bash"]' -c 'ENV DEBIAN_FRONTEND=noninteractive' "$CACHE/root.tar" localhost/debian:test
    "${packer[@]}" save -q --format docker-archive -o "$CACHE/debian.docker.tar" localhost/debian:test
    skopeo copy -q "docker-archive:$CACHE/debian.docker.tar" "oci-archive:$CACHE/debian.oci.tar:debian:test"
    "${packer[@]}" rmi -f -a >/dev/null
    rm -rf "$CACHE/root" "$CACHE/root.tar" packer packer-run packer-tmp
}

loaded_debian() {
    debian_archives
    run 0 load -q -i "$CACHE/debian.docker.tar"
    DEBIAN=localhost/debian:test
}

test_both_archives_give_the_same_system() {
    debian_archives
    run 0 load -q -i "$CACHE/debian.docker.tar"
    run 0 run --rm localhost/debian:test cat /etc/debian_version
    like "$output" '^12'
    run 0 rmi localhost/debian:test
    run 0 pull -q "oci-archive:$CACHE/debian.oci.tar"
    run 0 run --rm "$output" sh -c 'cat /etc/debian_version; ls -l /usr/bin/passwd; find / -xdev 2>/dev/null | wc -l'
    like "$output" '^12'
    like "$output" '-rwsr-xr-x'
}

test_login_shell_and_processes() {
    loaded_debian
    run 0 run --rm "$DEBIAN" bash -l -c 'echo "$0 $- $HOME $(pwd)"; ps -ef | tail -n 3; id; umask; locale 2>/dev/null | head -n 1'
    like "$output" '/root'
    like "$output" 'uid=0\(root\)'
    like "$output" 'ps -ef'
}

test_interactive_shell() {
    loaded_debian
    terminal run --rm -it --hostname deb "$DEBIAN" bash -l <<'SCRIPT'
expect root@deb:/#
line sleep 100
pause 0.5
send \x03
expect root@deb:/#
line sleep 200 & jobs; kill %1; wait
expect sleep 200
line stty size; echo size
expect 24 80
line exit 6
exit 6
SCRIPT
}

# A package from a repository inside the image: no network is needed, apt-get does all that it does.
test_apt_get_installs() {
    loaded_debian
    mkdir -p package/DEBIAN package/usr/bin
    printf 'Package: greeter\nVersion: 1\nArchitecture: all\nMaintainer: test <t@example.org>\nDescription: greets\n' >package/DEBIAN/control
    printf '#!/bin/sh\nuseradd --system greeted && getent passwd greeted >/dev/null && chown greeted /usr/bin/greet\n' >package/DEBIAN/postinst
    printf '#!/bin/sh\necho greetings\n' >package/usr/bin/greet
    chmod 755 package/DEBIAN/postinst package/usr/bin/greet
    mkdir repository && dpkg-deb -b package repository/greeter.deb >/dev/null
    run 0 run --name apt -v "$PWD/repository:/repository:ro" "$DEBIAN" bash -ec '
        cp /repository/greeter.deb /tmp/
        apt-get install -y -q /tmp/greeter.deb
        greet; stat -c %U /usr/bin/greet
        apt-get remove -y -q greeter
        test ! -e /usr/bin/greet && echo removed'
    like "$output" 'greetings'
    like "$output" 'greeted'
    like "$output" 'removed'
    run 0 rm apt
}

test_a_server() {
    loaded_debian
    run 0 run -d --name server --network host "$DEBIAN" \
        perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 5) or die;
            $| = 1; print $s->sockport, "\n"; while ($c = $s->accept) { print $c "served\n"; close $c }'
    eventually sh -c '[ -n "$("$@" logs server)" ]' x "${SKIFF_COMMAND[@]}"
    local port
    port=$(skiff logs server)
    is "$(timeout 10 bash -c "cat </dev/tcp/127.0.0.1/$port")" served
    run 0 exec server bash -c "cat </dev/tcp/127.0.0.1/$port"
    is "$output" served
    run 0 rm -f -t 0 server
}

test_users_and_su() {
    loaded_debian
    run 0 run --rm "$DEBIAN" bash -ec 'useradd -m someone; su someone -c "id -un; cd; pwd; touch mine; stat -c %U mine"'
    is "$output" $'someone\n/home/someone\nsomeone'
}

test_work_goes_on_after_a_restart() {
    loaded_debian
    run 0 create -i --name work "$DEBIAN" bash -c 'cat >>/notes; wc -l </notes'
    run 0 start -ai work <<<one
    is "$output" 1
    run 0 start -ai work <<<two
    is "$output" 2
}
