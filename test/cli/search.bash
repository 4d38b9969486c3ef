# skiff search: the catalog of docker-registry, and the search interface of version 1.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
: >registries.conf
PLAIN=(--tls-verify=false)

test_catalog() {
    start_registry
    fill_registry team/app:v1
    fill_registry team/other:v1
    run 0 search "${PLAIN[@]}" "$REGISTRY/app"
    like "$output" '^NAME +DESCRIPTION'
    like "$output" "$REGISTRY/team/app"
    unlike "$output" other
    run 0 search "${PLAIN[@]}" --format json "$REGISTRY/team"
    is "$(jq -r '.[].Name' <<<"$output" | xargs)" "$REGISTRY/team/app $REGISTRY/team/other"
    run 0 search "${PLAIN[@]}" --limit 1 --format '{{.Name}}' "$REGISTRY/team"
    is "$output" "$REGISTRY/team/app"
    run 0 search "${PLAIN[@]}" "$REGISTRY/nothing"
    is "$output" ""
    echo "unqualified-search-registries = ['$REGISTRY']" >registries.conf
    run 0 search "${PLAIN[@]}" --format '{{.Index}} {{.Name}}' app
    is "$output" "$REGISTRY $REGISTRY/team/app"
}

test_tags() {
    start_registry
    fill_registry team/app:v1
    fill_registry team/app:v2
    run 0 search "${PLAIN[@]}" --list-tags --format '{{.Name}} {{.Tag}}' "$REGISTRY/team/app"
    is "$(sort <<<"$output")" "$REGISTRY/team/app v1"$'\n'"$REGISTRY/team/app v2"
    run 0 search "${PLAIN[@]}" --list-tags --format json "$REGISTRY/team/app"
    is "$(jq -c 'map(.Tags |= sort)' <<<"$output")" "[{\"Name\":\"$REGISTRY/team/app\",\"Tags\":[\"v1\",\"v2\"]}]"
    run 125 search "${PLAIN[@]}" --list-tags --filter stars=1 "$REGISTRY/team/app"
    run 125 search "${PLAIN[@]}" --list-tags "$REGISTRY/no/such"
}

test_mistakes() {
    run 125 search app
    says unqualified-search-registries
    run 125 search --retry 0 "${PLAIN[@]}" 127.0.0.1:1/app
    run 125 search --limit 0 127.0.0.1:1/app
    run 125 search --filter colour=red 127.0.0.1:1/app
    run 125 search
}

test_version_1() {
    cat >server.py <<'PYTHON'
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if not self.path.startswith("/v1/search?q=app&n="):
            return self.send_error(404)
        body = json.dumps({"results": [
            {"name": "library/app", "description": "long " * 30, "star_count": 7, "is_official": True, "is_automated": False},
            {"name": "some/app", "description": "other", "star_count": 1, "is_official": False, "is_automated": True}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
    /usr/bin/python3 -ISB server.py >port &
    REGISTRY_SERVERS+=($!)
    eventually test -s port
    REGISTRY=127.0.0.1:$(<port)
    run 0 search "${PLAIN[@]}" --compatible "$REGISTRY/app"
    like "$output" "NAME +DESCRIPTION +STARS +OFFICIAL +AUTOMATED"
    like "$output" 'library/app +long .*\.\.\. +7 +\[OK\]'
    run 0 search "${PLAIN[@]}" --filter stars=5 --format '{{.Name}}' "$REGISTRY/app"
    is "$output" "$REGISTRY/library/app"
    run 0 search "${PLAIN[@]}" --filter is-automated=true --no-trunc --format '{{.Name}} {{.Description}}' "$REGISTRY/app"
    is "$output" "$REGISTRY/some/app other"
}
