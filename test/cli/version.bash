# skiff version, info, help.

test_version() {
    run 0 --version
    like "$output" '^(skiff|podman) version [0-9]+\.[0-9]+\.[0-9]+'
    run 0 version
    like "$output" 'Version: +[0-9]+\.'
    run 0 version --format '{{.Client.Version}}'
    like "$output" '^[0-9]+\.[0-9]+\.[0-9]+'
    run 0 version --format json
    /usr/bin/python3 -c 'import json, sys; assert json.loads(sys.argv[1])["Client"]["Version"]' "$output"
}

test_info() {
    run 0 info --format '{{.Host.Arch}} {{.Store.GraphRoot}} {{.Store.RunRoot}}'
    is "$output" "amd64 $SKIFF_ROOT $SKIFF_RUNROOT"
    run 0 info --format json
    /usr/bin/python3 - "$output" <<'PYTHON'
import json, sys
info = json.loads(sys.argv[1])
assert info["host"]["cpus"] >= 1
assert info["host"]["ociRuntime"]["name"] in ("crun", "runc", "skiff", "native"), info["host"]["ociRuntime"]
assert info["host"]["networkBackend"] == "netavark" and "CAP_CHOWN" in info["host"]["security"]["capabilities"]
assert 0 < sum(info["host"]["cpuUtilization"].values()) <= 100.1, info["host"]["cpuUtilization"]
assert info["store"]["graphStatus"]["Backing Filesystem"], info["store"]
assert info["store"]["imageStore"]["number"] == 1, info["store"]
PYTHON
    run 0 info
    like "$output" 'graphRoot:'
}

test_help() {
    run 0 --help
    like "$output" 'run'
    run 0 run --help
    like "$output" '--rm'
    run 0 help run
}

test_unknown_command() {
    run 125 no-such-command
    says no-such-command
}

test_needs_no_store_for_version() {
    run 0 --root "$PWD/never" --runroot "$PWD/never-run" --version
    missing never
    missing never-run
}
