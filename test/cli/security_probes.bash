# What known escapes begin with (T33), tried by a program in containers as they are without any flag.

probes() {
    gcc -static -O1 -o probes "$TEST_HARNESS/../oci/probes.c" 2>/dev/null || skip "no static C programs can be built"
    run 0 run --rm "$@" -v "$PWD/probes:/probes:ro" "$IMAGE" /probes
}

# containers-common's profile lets these through as well (podman 4.3.1): calls of ordinary programs, which need further
# privileges, or a kernel fault, to do harm.
beyond_the_profile() { sed -nE '/^(unshare\(user\)|keyctl|socket\(AF_VSOCK\)|socket\(AF_ALG\)|io_uring_setup) /d; /ALLOWED$/p' <<<"$output"; }

test_ways_out_are_closed_for_root() {
    probes
    is "$(beyond_the_profile)" ''
    [ "$(grep -c refused <<<"$output")" -ge 35 ] || fail "$output"
}

test_ways_out_are_closed_for_a_user() {
    probes --user 1000:1000
    is "$(beyond_the_profile)" ''
}

test_ways_out_with_a_shared_network() {
    probes --network host
    is "$(beyond_the_profile)" ''
}

test_the_probes_can_succeed() {
    probes --privileged --security-opt seccomp=unconfined
    like "$output" 'unshare\(mount\) ALLOWED'
    like "$output" '/proc/sys/kernel/core_pattern ALLOWED'
    like "$output" 'mount\(tmpfs\) ALLOWED'
}
