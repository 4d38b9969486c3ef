# CDI devices: specifications of vendors, --device VENDOR/CLASS=NAME, --gpus.

specifications() {
    mkdir -p cdi later data
    echo from-driver >data/library
    cat >cdi/vendor.json <<END
{"cdiVersion": "0.7.0", "kind": "vendor.example/dev",
 "containerEdits": {"env": ["DRIVER=1.2"], "mounts": [{"hostPath": "$PWD/data", "containerPath": "/opt/driver", "options": ["ro", "nosuid"]}]},
 "devices": [
   {"name": "one", "containerEdits": {"env": ["ONE=yes"], "deviceNodes": [{"path": "/dev/vendor-one", "hostPath": "/dev/zero"}], "additionalGids": [4242]}},
   {"name": "two", "containerEdits": {"deviceNodes": [{"path": "/dev/vendor-two", "type": "c", "major": 1, "minor": 3, "fileMode": 384, "permissions": "r"}]}}]}
END
    cat >cdi/nvidia.yaml <<'END'
---
cdiVersion: "0.5.0"
kind: nvidia.com/gpu   # as nvidia-ctk writes it
devices:
- name: "0"
  containerEdits: &edits
    env:
    - GPU=zero
- name: all
  containerEdits:
    env: [ "GPU=every" ]
- name: "same"
  containerEdits: *edits
END
}
skiff_with() { skiff --cdi-spec-dir "$PWD/cdi" "$@"; }

test_a_device_with_all_that_goes_with_it() {
    specifications
    run 0 --cdi-spec-dir "$PWD/cdi" run --rm --device vendor.example/dev=one --device vendor.example/dev=one "$IMAGE" \
        sh -c 'echo $DRIVER $ONE; cat /opt/driver/library; head -c 4 /dev/vendor-one | od -An -tx1; id -G; mount | grep /opt/driver; ls /dev/vendor-two 2>&1 || true'
    like "$output" '1.2 yes'
    like "$output" from-driver
    like "$output" '00 00 00 00'
    like "$output" 4242
    like "$output" '/opt/driver .*\(ro'
    like "$output" 'No such file'
    run 0 --cdi-spec-dir "$PWD/cdi" run --rm --device vendor.example/dev=two "$IMAGE" stat -c '%t %T %a' /dev/vendor-two
    is "$output" '1 3 600'
}

test_kept_for_the_next_start() {
    specifications
    run 0 --cdi-spec-dir "$PWD/cdi" create --name c --device vendor.example/dev=one "$IMAGE" sh -c 'echo $DRIVER'
    run 0 start -a c
    is "$output" 1.2
    sed -i 's/DRIVER=1.2/DRIVER=1.3/' cdi/vendor.json  # the driver was updated
    run 0 start -a c
    is "$output" 1.3
    rm cdi/vendor.json
    run 125 start c
    says vendor.example/dev=one
}

test_gpus() {
    specifications
    for case in all:every 0:zero device=0:zero '"device=0":zero' same:zero count=all:every; do
        run 0 --cdi-spec-dir "$PWD/cdi" run --rm --gpus "${case%:*}" "$IMAGE" sh -c 'echo $GPU'
        is "$output" "${case##*:}"
    done
    run 125 --cdi-spec-dir "$PWD/cdi" create --gpus 7 "$IMAGE" true
    says nvidia.com/gpu=7
    run 125 create --gpus count=2 "$IMAGE" true
    says count
    run 125 create --gpus all,capabilities=utility "$IMAGE" true
    says capabilities
}

test_directories_by_configuration_and_rank() {
    specifications
    printf '[engine]\ncdi_spec_dirs = ["%s/cdi", "%s/later"]\n' "$PWD" "$PWD" >conf
    sed 's/DRIVER=1.2/DRIVER=9/' cdi/vendor.json >later/other.json
    export CONTAINERS_CONF_OVERRIDE=$PWD/conf
    run 0 run --rm --device vendor.example/dev=one "$IMAGE" sh -c 'echo $DRIVER'
    is "$output" 9
    cp cdi/vendor.json cdi/copy.json
    rm later/other.json
    run 125 create --device vendor.example/dev=one "$IMAGE" true
    says vendor.json copy.json
}

test_bad_specifications() {
    mkdir cdi
    run 125 --cdi-spec-dir "$PWD/cdi" create --device vendor.example/dev=one "$IMAGE" true
    says vendor.example/dev=one "$PWD/cdi"
    echo 'kind: [' >cdi/broken.yaml
    echo '{"cdiVersion": "0.5.0", "kind": "vendor.example/dev", "devices": [{"name": "one", "containerEdits": {"netDevices": []}}]}' >cdi/new.json
    echo '{"cdiVersion": "9.0.0", "kind": "vendor.example/dev", "devices": [{"name": "one"}]}' >cdi/newer.json
    run 125 --cdi-spec-dir "$PWD/cdi" create --device vendor.example/dev=one "$IMAGE" true
    says broken.yaml new.json netDevices newer.json 9.0.0
    run 0 create --device /dev/null "$IMAGE" true
}
