# Registries on loopback for tests: Debian's docker-registry, and hostile ones of our own (hostile_registry.py).
# Sourced by the tests that need it. What it starts ends with the test.

REGISTRY_SERVERS=()

stop_servers() {
    local pid
    for pid in "${REGISTRY_SERVERS[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}
trap stop_servers EXIT

free_port() {
    /usr/bin/python3 -ISBc 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Certificates of an authority of the test's own, for "localhost" and 127.0.0.1.
make_certificates() {  # make_certificates DIRECTORY
    mkdir -p "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=skiff test authority" \
        -keyout "$1/ca.key" -out "$1/ca.crt" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
        -keyout "$1/server.key" -out "$1/server.csr" 2>/dev/null
    openssl x509 -req -in "$1/server.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial -days 2 -out "$1/server.crt" \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") 2>/dev/null
}

# start_registry [tls] [htpasswd] [token=REALM]: sets $REGISTRY to host:port. The user is "user", the password "pass word".
start_registry() {
    command -v docker-registry >/dev/null || skip "docker-registry is not installed"
    local port directory word
    port=$(free_port)
    REGISTRY=127.0.0.1:$port
    directory=$PWD/registry-$port
    mkdir "$directory"
    {
        echo "version: 0.1"
        echo "log: {level: error, accesslog: {disabled: true}}"
        echo "storage: {filesystem: {rootdirectory: $directory/data}, delete: {enabled: true}}"
        echo "http:"
        echo "  addr: 127.0.0.1:$port"
        for word in "$@"; do
            case $word in
                tls)
                    [ -d certificates ] || make_certificates certificates
                    echo "  tls: {certificate: $PWD/certificates/server.crt, key: $PWD/certificates/server.key}"
                    ;;
            esac
        done
        for word in "$@"; do
            case $word in
                htpasswd)
                    # "pass word", bcrypt
                    echo 'user:$2y$05$abcdefghijklmnopqrstuuIt/9/tGzLcigNq/.RWIDjeEVR30RSf.' >"$directory/htpasswd"
                    echo "auth: {htpasswd: {realm: test, path: $directory/htpasswd}}"
                    ;;
                token=*)
                    echo "auth: {token: {realm: '${word#token=}', service: test, issuer: test-issuer, rootcertbundle: $PWD/certificates/server.crt}}"
                    ;;
            esac
        done
    } >"$directory/config.yml"
    # Variables named REGISTRY_… are configuration to it.
    env -u REGISTRY_AUTH_FILE docker-registry serve "$directory/config.yml" >"$directory/log" 2>&1 &
    REGISTRY_SERVERS+=($!)
    eventually listens "$port"
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# fill_registry NAME: puts an image of two layers there, as skopeo pushes it; further words go to skopeo.
fill_registry() {
    make_image layout-for-registry --format oci --name v1 --compress gzip <<'IMAGE'
busybox
file /marker from-registry
layer
file /second layer
config Cmd ["cat", "/marker"]
IMAGE
    skopeo copy -q --dest-tls-verify=false "${@:2}" "oci:$PWD/layout-for-registry:v1" "docker://$REGISTRY/$1"
}

# start_server SCRIPT ARG…: a python server of ours that prints its port; sets $REGISTRY.
start_server() {
    /usr/bin/python3 -ISB "$TEST_HARNESS/$1" "${@:2}" >"server.port" 2>"server.log" &
    REGISTRY_SERVERS+=($!)
    eventually test -s server.port
    REGISTRY=127.0.0.1:$(<server.port)
}
