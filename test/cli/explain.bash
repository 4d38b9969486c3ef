# skiff explain, run --dry-run: where each line of a configuration comes from.

make_labelled_image() {
    new_image localhost/labelled <<'IMAGE'
busybox
config Env ["PATH=/bin","COLOUR=blue"]
config Cmd ["sh"]
config Labels {"made":"here"}
config WorkingDir "/tmp"
IMAGE
}

# has PART KEY SOURCE VALUE: the line is in $output.
has() {
    awk -v part="$1" -v key="$2" -v source="$3" -v value="$4" -F'|' '
        $1 == part && $2 == key && $3 == source && $4 == value {found = 1} END {exit !found}' <<<"$output" ||
        fail "no line $*"$'\n'"got: $output"
}

LINES='{{.Part}}|{{.Key}}|{{.Source}}|{{.Value}}'

test_names_the_source_of_each_line() {
    make_labelled_image
    cat >containers.conf <<'CONF'
[containers]
pids_limit = 77
umask = "0027"
CONF
    export CONTAINERS_CONF=$PWD/containers.conf
    run 0 create --name c -e SIZE=big -e COLOUR=red --memory 64m --network none localhost/labelled sleep 5
    run 0 explain --format "$LINES" c
    has container 'env[]' image PATH=/bin
    has container 'env[]' 'command line' COLOUR=red
    has container 'env[]' 'command line' SIZE=big
    has container labels.made image here
    has container work_dir image /tmp
    has container command 'command line' '["sleep","5"]'
    has container umask containers.conf 0027
    has container resources.memory_bytes 'command line' 67108864
    has oci 'process.env[]' image PATH=/bin
    has oci process.cwd image /tmp
    has oci process.user.umask containers.conf 23
    has oci linux.resources.memory.limit 'command line' 67108864
    has oci linux.resources.pids.limit containers.conf 77
    has oci process.user.uid skiff 0
    run 125 explain nosuch
}

test_the_written_configuration_agrees() {
    start_sleeper c -e A=1 --cap-add NET_ADMIN
    run 0 explain --format json c
    /usr/bin/python3 - "$output" "$(inspect c '{{.OCIConfigPath}}')" <<'PYTHON'
import json, sys
lines = {(row["Key"], row["Value"]) for row in json.loads(sys.argv[1]) if row["Part"] == "oci"}
spec = json.load(open(sys.argv[2]))
for variable in spec["process"]["env"]:
    assert ("process.env[]", variable) in lines, variable
for capability in spec["process"]["capabilities"]["bounding"]:
    assert ("process.capabilities.bounding[]", capability) in lines, capability
assert ("linux.cgroupsPath", spec["linux"]["cgroupsPath"]) in lines
targets = [json.loads(value)["destination"] for key, value in lines if key == "mounts[]"]
assert sorted(targets) == sorted(mount["destination"] for mount in spec["mounts"]), (targets, spec["mounts"])
PYTHON
}

test_dry_run_makes_nothing() {
    run 0 run --dry-run --name ghost --network none -e A=1 -v /tmp:/host:ro "$IMAGE" echo hello
    like "$output" 'command line +A=1'
    like "$output" 'command line +\["echo","hello"\]'
    unlike "$output" $'\nhello'
    run 0 create --dry-run --user 12:34 "$IMAGE"
    like "$output" 'oci +process.user.uid +command line +12'
    run 0 ps -aq
    is "$output" ''
    run 125 run --dry-run localhost/nosuch true
    run 125 run --dry-run -v relative:path:x:y "$IMAGE" true
}
