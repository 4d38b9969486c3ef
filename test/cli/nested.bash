# skiff inside a container of skiff's: an image of busybox, the host's binary and its C library.

nested() {
    make_image inner.tar --name localhost/inner <<<busybox
    local library
    library=$(ldd "$SKIFF" | awk '/libc\.so/ {print $3}')
    run 0 run --rm "$@" -v "$(readlink -f "$SKIFF"):/usr/bin/skiff:ro" -v "$(dirname "$library"):$(dirname "$library"):ro" -v /lib64:/lib64:ro \
        -v "$PWD:/work" --tmpfs /var/lib/skiff:exec --tmpfs /run:exec "$IMAGE" sh -ec "$script"
}

test_privileged() {
    script='skiff load -q -i /work/inner.tar
        skiff run --rm --network none localhost/inner echo without network
        skiff run --rm --network bridge localhost/inner ip -4 -o addr show eth0
        skiff run -d --name web --memory 32m localhost/inner sleep 100
        skiff exec web echo in exec
        skiff ps --format "{{.Names}} {{.State}}"
        skiff network create --subnet 10.99.0.0/24 net
        skiff run -d --name db --network net localhost/inner sleep 100
        skiff run --rm --network net localhost/inner nslookup -type=a db.dns.podman | tail -2
        skiff rm -f -t 0 -a' nested --privileged
    like "$output" 'without network'
    like "$output" 'inet 10\.[0-9]+\.'
    like "$output" 'in exec'
    like "$output" 'web running'
    like "$output" 'Address: 10\.99\.0\.'
}

# With the host's network namespaces out of reach, what needs none still runs.
test_on_the_overlay_of_the_outer_container() {
    script='skiff --root /inner load -q -i /work/inner.tar && skiff --root /inner run --rm --network none localhost/inner echo hello || echo "refused $?"' nested --privileged
    like "$output" 'hello|refused 126'
}
