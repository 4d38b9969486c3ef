# OCI hooks of the host: which run, and when.

# hook NAME WHEN-JSON [STAGES-JSON]: a hook that writes its name and the state that it got.
hook() {
    mkdir -p hooks
    printf '#!/bin/sh\ncat >>"%s/state-%s"\necho "%s" >>"%s/ran"\n' "$PWD" "$1" "$1" "$PWD" >"hooks/$1.sh"
    chmod +x "hooks/$1.sh"
    printf '{"version":"1.0.0","hook":{"path":"%s/hooks/%s.sh"},"when":%s,"stages":%s}' "$PWD" "$1" "$2" "${3-[\"poststop\"]}" >"hooks/$1.json"
}

ran() { [ ! -e ran ] || sort ran | tr '\n' ' '; }

test_conditions() {
    hook always '{"always":true}' '["createRuntime"]'
    hook never '{"always":false}'
    hook annotated '{"annotations":{"^com\\.example\\.gpu$":"^yes$"}}'
    hook binds '{"hasBindMounts":true}'
    hook shells '{"commands":["^/?(bin/)?sh$"]}'
    hook both '{"always":true,"hasBindMounts":true}'
    run 0 --hooks-dir hooks run --rm "$IMAGE" true
    is "$(ran)" 'always '
    like "$(cat state-always)" '"status": ?"(created|creating)"'
    rm ran
    run 0 --hooks-dir hooks run --rm --annotation com.example.gpu=yes -v "$PWD:/here" "$IMAGE" sh -c true
    is "$(ran)" 'always annotated binds both shells '
}

test_later_directories_win_and_the_configuration_is_read() {
    hook one '{"always":true}' '["createRuntime"]'
    mkdir over
    sed 's/true/false/' hooks/one.json >over/one.json
    run 0 --hooks-dir hooks --hooks-dir over run --rm "$IMAGE" true
    is "$(ran)" ''
    printf '[engine]\nhooks_dir = ["%s/hooks"]\n' "$PWD" >containers.conf
    CONTAINERS_CONF=$PWD/containers.conf run 0 run --rm "$IMAGE" true
    is "$(ran)" 'one '
}

# A poststop hook comes after the delete of the container, and may still look at its files.
test_poststop_of_a_container_with_rm_finds_its_files() {
    is_podman && skip "podman's storage is elsewhere"
    hook after '{"always":true}'
    cat >hooks/after.sh <<END
#!/bin/sh
id=\$(sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')
[ -n "\$id" ] && [ -d "$SKIFF_ROOT/containers/\$id" ] && echo there >>"$PWD/ran"
END
    run 0 --hooks-dir hooks run --rm "$IMAGE" true
    is "$(ran)" 'there '
}

test_refusals() {
    mkdir hooks
    echo '{"version":"1.0.0","hook":{"path":"/no/such/hook"},"when":{"always":true},"stages":["prestart"]}' >hooks/bad.json
    run 126 --hooks-dir hooks run --rm "$IMAGE" true
    says bad.json /no/such/hook
    echo '{"version":"1.0.0","hook":{"path":"/bin/true"},"when":{"always":true},"stages":["someday"]}' >hooks/bad.json
    run 126 --hooks-dir hooks run --rm "$IMAGE" true
    says bad.json someday
}
