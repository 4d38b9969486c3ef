# skiff import.

tree() {
    mkdir -p tree/bin tree/etc && cp /bin/busybox tree/bin/ && ln -s busybox tree/bin/sh && ln -s busybox tree/bin/cat
    echo imported >tree/etc/marker
    tar -C tree -cf "${1:-tree.tar}" .
}

test_file() {
    tree
    run 0 import tree.tar localhost/mine:v1
    like "$(tail -n 1 <<<"$output")" '^(sha256:)?[0-9a-f]{64}$'
    run 0 run --rm localhost/mine:v1 /bin/cat /etc/marker
    is "$output" imported
}

test_standard_input_and_compression() {
    tree
    run 0 import - localhost/in <tree.tar
    local method
    for method in gzip zstd xz bzip2; do
        $method -c tree.tar >packed
        run 0 import packed localhost/$method
        run 0 run --rm localhost/$method /bin/cat /etc/marker
        is "$output" imported
    done
}

test_changes_and_message() {
    tree
    run 0 import -c 'CMD ["/bin/cat", "/etc/marker"]' --change 'ENV A=1' -c 'WORKDIR /etc' -c 'LABEL k=v' -c 'USER 1000' \
        -c 'ENTRYPOINT []' -c 'EXPOSE 80' -c 'STOPSIGNAL USR1' -m "by hand" tree.tar localhost/mine
    run 0 run --rm localhost/mine
    is "$output" imported
    run 0 inspect -f '{{.Config.Env}} {{.Config.WorkingDir}} {{.Config.Labels.k}} {{.Config.User}} {{.Comment}}' localhost/mine
    is "$output" '[A=1] /etc v 1000 by hand'
    run 125 import -c 'NONSENSE x' tree.tar localhost/other
    says NONSENSE
    run 1 image exists localhost/other
}

test_without_a_name() {
    tree
    run 0 import tree.tar
    local id
    id=$(tail -n 1 <<<"$output")
    run 0 run --rm "${id#sha256:}" /bin/cat /etc/marker
    is "$output" imported
}

test_refuses() {
    run 125 import missing.tar localhost/x
    says missing.tar
    echo text >text
    run 125 import text localhost/x
    tree
    run 125 import tree.tar 'Not A Name'
    run 1 image exists localhost/x
}

test_from_a_url() {
    source "$TEST_HARNESS/registry.bash"
    make_image rootfs.tar --format tar <<<busybox
    gzip -k rootfs.tar
    local port
    port=$(free_port)
    /usr/bin/python3 -m http.server -b 127.0.0.1 "$port" >served 2>&1 &
    REGISTRY_SERVERS+=($!)
    eventually listens "$port"
    run 0 import -q "http://127.0.0.1:$port/rootfs.tar" localhost/plain
    run 0 import -q "http://127.0.0.1:$port/rootfs.tar.gz" localhost/compressed
    run 0 run --rm localhost/compressed echo works
    is "$output" works
    run 125 import -q "http://127.0.0.1:$port/nosuch.tar"
    says 404
    run 125 import -q "http://127.0.0.1:1/x.tar"
    says 127.0.0.1:1
}
