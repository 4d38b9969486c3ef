# policy.json: what is let in, and skiff image trust.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf CONTAINERS_POLICY_JSON=$PWD/policy.json
: >registries.conf
PLAIN=(--tls-verify=false)
accept_all() { echo '{"default":[{"type":"insecureAcceptAnything"}]}' >policy.json; }

test_set_and_show() {
    accept_all
    run 0 image trust set -t reject docker.io
    run 0 image trust set -t accept docker.io/library
    echo key >key.pub
    run 0 image trust set -f key.pub registry.example
    run 0 image trust show
    like "$output" '^TRANSPORT +NAME +TYPE +ID +STORE'
    like "$output" 'all +default +accept'
    like "$output" 'repository +docker.io +reject'
    like "$output" 'repository +registry.example +signed'
    run 0 image trust show --json
    is "$(jq -r '.[] | .name + " " + .type' <<<"$output" | head -1)" "* (default) accept"
    run 0 image trust show --raw
    is "$(jq -r '.transports.docker["registry.example"][0].keyPath' <<<"$output")" "$PWD/key.pub"
    run 0 image trust set -t reject default
    run 0 image trust show --noheading docker.io
    is "$(awk '{print $2, $3}' <<<"$output" | xargs)" "default reject docker.io reject"
    run 125 image trust set registry.example
    says pubkeysfile
    run 125 image trust set -t accept -f key.pub registry.example
    run 125 image trust set -f missing.pub registry.example
    run 125 image trust set -t odd registry.example
}

test_pull_asks_the_policy() {
    start_registry
    fill_registry a/b:v1
    accept_all
    run 0 image trust set -t reject "$REGISTRY/a"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says rejects "$REGISTRY/a"
    run 125 run --rm "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 image trust set -t accept "$REGISTRY/a/b"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    run 0 image trust set -t reject "$REGISTRY/a/b:v1"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    touch key.pub
    run 0 image trust set -t sigstoreSigned -f key.pub "$REGISTRY/a/b:v1"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says signature
    echo '{"default":[{"type":"odd"}]}' >policy.json
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says odd
    rm policy.json
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
    says "not there"
}

test_local_transports_ask_too() {
    accept_all
    run 0 save -q -o archive.tar "$IMAGE"
    run 0 push -q "$IMAGE" "oci:$PWD/layout:one"
    jq --arg here "$PWD" '.transports = {"docker-archive": {"": [{"type": "reject"}]}, "oci": {($here): [{"type": "reject"}]}}' policy.json >new.json
    mv new.json policy.json
    run 125 load -q -i archive.tar
    says rejects docker-archive
    run 125 pull -q "docker-archive:$PWD/archive.tar"
    run 125 pull -q "oci:$PWD/layout:one"
    accept_all
    run 0 load -q -i archive.tar
    run 0 pull -q "oci:$PWD/layout:one"
}

# A home with a keyring, a lookaside store and registries.d of its own; sets $KEY.
signing_home() {
    command -v gpg >/dev/null || skip "gpg is not installed"
    export HOME=$PWD/home GNUPGHOME=$PWD/home/gnupg
    mkdir -p home/.config/containers/registries.d lookaside
    mkdir -m 700 home/gnupg
    gpg --batch --quiet --passphrase '' --quick-gen-key "skiff test <test@example.com>" default sign never 2>/dev/null
    KEY=$(gpg --list-keys --with-colons | awk -F: '$1 == "fpr" {print $10; exit}')
    gpg --armor --export "$KEY" >key.pub
    trap 'gpgconf --kill all; stop_servers' EXIT
}

# places KEY: VALUE…: what registries.d says of $REGISTRY.
places() {
    {
        echo "docker:"
        echo "  $REGISTRY:  # the test's"
        printf '    %s\n' "$@"
    } >"$HOME/.config/containers/registries.d/test.yaml"
}

# require TYPE KEYFILE [IDENTITY]: the policy of $REGISTRY.
require() {
    jq -n --arg type "$1" --arg key "$PWD/$2" --arg registry "$REGISTRY" --argjson identity "${3:-null}" \
        '{default: [{type: "reject"}], transports: {docker: {($registry): [{type: $type, keyPath: $key}
          + (if $type == "signedBy" then {keyType: "GPGKeys"} else {} end) + (if $identity then {signedIdentity: $identity} else {} end)]}}}' >policy.json
}

test_simple_signing() {
    signing_home
    start_registry
    places "lookaside: \"file://$PWD/lookaside\""
    accept_all
    run 0 push -q "${PLAIN[@]}" --sign-by test@example.com "$IMAGE" "$REGISTRY/a/signed:v1"
    run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/a/unsigned:v1"
    ls lookaside/a/signed@sha256=*/signature-1 >/dev/null
    require signedBy key.pub
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v1"
    ! pgrep -f 'gpg-agent --homedir /tmp/skiff-gpg' >/dev/null || fail "an agent of gpg's outlives the command"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/unsigned:v1"
    says signature "no signature was found"
    # Another name in the same repository; the same by digest.
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --policy <(echo '{"default":[{"type":"insecureAcceptAnything"}]}') \
        "docker://$REGISTRY/a/signed:v1" "docker://$REGISTRY/a/signed:v2"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v2"
    says "a/signed:v1"
    require signedBy key.pub '{"type": "matchRepository"}'
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v2"
    require signedBy key.pub
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed@$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$REGISTRY/a/signed:v1")"
    # A key that nobody trusts here, though the image is here already.
    gpg --batch --quiet --passphrase '' --quick-gen-key "other <other@example.com>" default sign never 2>/dev/null
    gpg --export other@example.com >other.pub
    require signedBy other.pub
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v1"
    says "not by one of the keys"
    # Signed once more, by the other: both count.
    accept_all
    run 0 push -q "${PLAIN[@]}" --sign-by other@example.com "$REGISTRY/a/signed:v1"
    ls lookaside/a/signed@sha256=*/signature-2 >/dev/null
    for key in other.pub key.pub; do
        require signedBy "$key"
        run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v1"
    done
    # What is no signature of this image: damaged, and one of another.
    local file
    file=$(ls lookaside/a/signed@sha256=*/signature-1)
    rm "${file%1}2"
    printf 'x' | dd of="$file" bs=1 seek=60 conv=notrunc status=none
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v1"
    run 125 push -q "${PLAIN[@]}" --sign-by nobody@example.com "$IMAGE" "$REGISTRY/a/other:v1"
    says nobody@example.com
    run 125 push -q --sign-by test@example.com "$IMAGE" "dir:$PWD/dir"
    run 125 push -q "${PLAIN[@]}" --sign-passphrase-file key.pub "$IMAGE" "$REGISTRY/a/other:v1"
    places "lookaside: https://nowhere.example"
    run 125 push -q "${PLAIN[@]}" --sign-by test@example.com "$IMAGE" "$REGISTRY/a/other:v1"
    says lookaside
}

test_signatures_are_others_too() {
    signing_home
    start_registry
    fill_registry a/ours:v1
    places "lookaside: file://$PWD/lookaside"
    accept_all
    skopeo --registries.d "$HOME/.config/containers/registries.d" copy -q --src-tls-verify=false --dest-tls-verify=false --sign-by test@example.com \
        "docker://$REGISTRY/a/ours:v1" "docker://$REGISTRY/a/theirs:v1"
    require signedBy key.pub
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/theirs:v1"
    accept_all
    run 0 push -q "${PLAIN[@]}" --sign-by "$KEY" "$REGISTRY/a/theirs:v1" "$REGISTRY/a/again:v1"
    require signedBy key.pub
    mkdir copied
    skopeo --registries.d "$HOME/.config/containers/registries.d" --policy policy.json copy -q --src-tls-verify=false "docker://$REGISTRY/a/again:v1" "dir:$PWD/copied"
    # Over HTTP, where most publish them.
    local port
    port=$(free_port)
    (cd lookaside && exec /usr/bin/python3 -m http.server -b 127.0.0.1 "$port" >../served 2>&1) &
    REGISTRY_SERVERS+=($!)
    eventually listens "$port"
    places "lookaside: http://127.0.0.1:$port/"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/again:v1"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/ours:v1"
    says "no signature was found"
}

test_sigstore() {
    signing_home
    start_registry
    openssl ecparam -name prime256v1 -genkey -noout -out plain.key 2>/dev/null
    openssl pkcs8 -topk8 -in plain.key -out private.key -passout "pass:secret words" 2>/dev/null
    openssl ec -in plain.key -pubout -out public.pem 2>/dev/null
    echo "secret words" >passphrase
    accept_all
    places "use-sigstore-attachments: true"
    run 0 push -q "${PLAIN[@]}" --sign-by-sigstore-private-key private.key --sign-passphrase-file passphrase "$IMAGE" "$REGISTRY/a/signed:v1"
    run 0 push -q "${PLAIN[@]}" "$IMAGE" "$REGISTRY/a/unsigned:v1"
    require sigstoreSigned public.pem
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v1"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/unsigned:v1"
    says "no signature was found"
    # As cosign attaches them (Debian's skopeo does not verify these).
    local digest layer
    digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$REGISTRY/a/signed:v1")
    curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$REGISTRY/v2/a/signed/manifests/${digest/:/-}.sig" >attachments
    layer=$(jq -c '.layers[0]' attachments)
    is "$(jq -r .mediaType <<<"$layer")" application/vnd.dev.cosign.simplesigning.v1+json
    curl -s "http://$REGISTRY/v2/a/signed/blobs/$(jq -r .digest <<<"$layer")" >payload
    is "$(jq -r '.critical.image["docker-manifest-digest"], .critical.identity["docker-reference"]' payload | xargs)" "$digest $REGISTRY/a/signed:v1"
    jq -r '.annotations["dev.cosignproject.cosign/signature"]' <<<"$layer" | base64 -d >signature
    openssl dgst -sha256 -verify public.pem -signature signature payload >/dev/null
    places "use-sigstore-attachments: false"
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v1"
    says use-sigstore-attachments
    places "use-sigstore-attachments: true"
    openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl ec -pubout -out other.pem 2>/dev/null
    require sigstoreSigned other.pem
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v1"
    says "not by the key"
    require sigstoreSigned plain.key
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/signed:v1"
    says P-256
    echo wrong >passphrase
    accept_all
    run 125 push -q "${PLAIN[@]}" --sign-by-sigstore-private-key private.key --sign-passphrase-file passphrase "$IMAGE" "$REGISTRY/a/x:v1"
    says passphrase
    printf -- '-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n' >cosign.key
    run 125 push -q "${PLAIN[@]}" --sign-by-sigstore-private-key cosign.key "$IMAGE" "$REGISTRY/a/x:v1"
    says PEM
}

# A key as cosign writes it: scrypt and NaCl's secretbox around PKCS #8. The member of DOCUMENT that is named is replaced.
cosign_key() {  # cosign_key KEY PASSPHRASE LABEL [MEMBER=VALUE]
    openssl pkcs8 -topk8 -nocrypt -outform DER -in "$1" -out "$1.der"
    /usr/bin/python3 -ISB - "$1.der" "$2" "$3" "${4-}" <<'PYTHON'
import base64, ctypes, hashlib, json, os, sys
plain, passphrase, label, change = open(sys.argv[1], "rb").read(), *sys.argv[2:]
sodium = ctypes.CDLL("libsodium.so.23")
salt, nonce = os.urandom(32), os.urandom(24)
key = hashlib.scrypt(passphrase.encode(), salt=salt, n=32768, r=8, p=1, maxmem=64 << 20, dklen=32)
box = ctypes.create_string_buffer(len(plain) + 16)
assert sodium.crypto_secretbox_easy(box, plain, ctypes.c_ulonglong(len(plain)), nonce, key) == 0
text = lambda data: base64.b64encode(data).decode()
document = {"kdf": {"name": "scrypt", "params": {"N": 32768, "r": 8, "p": 1}, "salt": text(salt)},
            "cipher": {"name": "nacl/secretbox", "nonce": text(nonce)}, "ciphertext": text(box.raw)}
if change:
    path, value = change.split("=", 1)
    *parents, last = path.split(".")
    part = document
    for parent in parents:
        part = part[parent]
    part[last] = json.loads(value)
body = text(json.dumps(document).encode())
print(f"-----BEGIN ENCRYPTED {label} PRIVATE KEY-----")
print("\n".join(body[i:i + 64] for i in range(0, len(body), 64)))
print(f"-----END ENCRYPTED {label} PRIVATE KEY-----")
PYTHON
}

test_sigstore_keys_in_cosigns_encryption() {
    /usr/bin/python3 -ISBc 'import ctypes; ctypes.CDLL("libsodium.so.23")' 2>/dev/null || skip "no libsodium23"
    signing_home
    start_registry
    openssl ecparam -name prime256v1 -genkey -noout -out plain.key 2>/dev/null
    openssl ec -in plain.key -pubout -out public.pem 2>/dev/null
    echo "secret words" >passphrase
    accept_all
    places "use-sigstore-attachments: true"
    local label change
    for label in COSIGN SIGSTORE; do
        cosign_key plain.key "secret words" "$label" >cosign.key
        run 0 push -q "${PLAIN[@]}" --sign-by-sigstore-private-key cosign.key --sign-passphrase-file passphrase "$IMAGE" "$REGISTRY/a/${label,,}:v1"
    done
    cosign_key plain.key "" SIGSTORE >open.key
    run 0 push -q "${PLAIN[@]}" --sign-by-sigstore-private-key open.key "$IMAGE" "$REGISTRY/a/open:v1"
    require sigstoreSigned public.pem
    for label in cosign sigstore open; do run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/$label:v1"; done
    accept_all
    run 125 push -q "${PLAIN[@]}" --sign-by-sigstore-private-key cosign.key "$IMAGE" "$REGISTRY/a/x:v1"
    says passphrase
    for change in 'kdf.name="argon2"' 'kdf.params.N=1073741824' 'kdf.params.N=3' 'kdf.params.N=16777216' 'kdf.salt=""' 'cipher.name="aes"' 'cipher.nonce="QUJD"' 'ciphertext="QUJD"' 'kdf=1'; do
        cosign_key plain.key "secret words" SIGSTORE "$change" >odd.key
        run 125 push -q "${PLAIN[@]}" --sign-by-sigstore-private-key odd.key --sign-passphrase-file passphrase "$IMAGE" "$REGISTRY/a/x:v1"
        says "private key"
    done
}

test_requirements_that_cannot_be_met() {
    start_registry
    fill_registry a/b:v1
    for requirement in '{"type":"signedBy","keyType":"GPGKeys"}' '{"type":"signedBy","keyType":"X509Certificates","keyPath":"/x"}' '{"type":"signedBaseLayer"}' \
        '{"type":"sigstoreSigned","fulcio":{}}' '{"type":"sigstoreSigned","keyPath":"/x","keyData":"eA=="}' \
        '{"type":"sigstoreSigned","keyPath":"/x","signedIdentity":{"type":"odd"}}'; do
        echo "{\"default\":[$requirement]}" >policy.json
        run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/b:v1"
        says "not let in"
    done
    echo '{"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/x"}]}' >policy.json
    run 125 load -q -i "$PWD/layout-for-registry"
    says signature
}

# attach_blob FILE: puts a blob into $REGISTRY/a/image.
attach_blob() {
    local place
    place=$(curl -s -X POST -o /dev/null -w '%{redirect_url}' -D - "http://$REGISTRY/v2/a/image/blobs/uploads/" | tr -d '\r' | awk 'tolower($1) == "location:" {print $2}')
    curl -sf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" "$place&digest=sha256:$(sha256sum "$1" | cut -d' ' -f1)" >/dev/null
}

# described FILE TYPE [ANNOTATIONS]: its descriptor.
described() {
    jq -nc --arg type "$2" --arg digest "sha256:$(sha256sum "$1" | cut -d' ' -f1)" --argjson size "$(stat -c %s "$1")" --argjson annotations "${3:-null}" \
        '{mediaType: $type, digest: $digest, size: $size} + (if $annotations then {annotations: $annotations} else {} end)'
}

# attach KEY PAYLOAD…: the signatures of $DIGEST as cosign attaches them, made by openssl; another program than skiff wrote every byte.
attach() {
    local key=$1 layers=() payload
    shift
    printf '{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}' >signature-config
    attach_blob signature-config
    for payload in "$@"; do
        attach_blob "$payload"
        layers+=("$(described "$payload" application/vnd.dev.cosign.simplesigning.v1+json \
            "$(openssl dgst -sha256 -sign "$key" "$payload" | base64 -w0 | jq -Rc '{"dev.cosignproject.cosign/signature": .}')")")
    done
    jq -nc --argjson config "$(described signature-config application/vnd.oci.image.config.v1+json)" \
        '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: $ARGS.positional | map(fromjson)}' \
        --args "${layers[@]}" >signature-manifest
    curl -sf -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @signature-manifest \
        "http://$REGISTRY/v2/a/image/manifests/${DIGEST/:/-}.sig" >/dev/null
}

# cosign_payload REFERENCE [DIGEST]: its members in cosign's order, on one line.
cosign_payload() {
    printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
        "$1" "${2-$DIGEST}"
}

test_sigstore_signatures_of_another_program() {
    signing_home
    start_registry
    places "use-sigstore-attachments: true"
    fill_registry a/image:v1
    DIGEST=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$REGISTRY/a/image:v1")
    openssl ecparam -name prime256v1 -genkey -noout -out their.key 2>/dev/null
    openssl ec -in their.key -pubout -out their.pem 2>/dev/null
    openssl ecparam -name prime256v1 -genkey -noout -out other.key 2>/dev/null
    # cosign signs the repository, not the tag: the policy has to ask for no more.
    cosign_payload "$REGISTRY/a/image" >payload
    attach their.key payload
    require sigstoreSigned their.pem '{"type": "matchRepository"}'
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/image:v1"
    run 0 rmi "$REGISTRY/a/image:v1"
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/image@$DIGEST"
    run 0 rmi -a -f
    require sigstoreSigned their.pem
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/image:v1"
    run 0 images -q
    is "$output" ""
    # One of several will do, in any layout of the JSON and with members that say more.
    cosign_payload "$REGISTRY/a/image" "sha256:$(printf '0%.0s' {1..64})" >wrong
    cosign_payload "$REGISTRY/a/image:v1" | jq '.optional = {creator: "by hand", timestamp: 1700000000}' >pretty
    attach their.key wrong pretty
    run 0 pull -q "${PLAIN[@]}" "$REGISTRY/a/image:v1"
    run 0 rmi "$REGISTRY/a/image:v1"
    # Another image's payload, another's key, another repository, and a payload of another kind.
    attach their.key wrong
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/image:v1"
    attach other.key pretty
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/image:v1"
    says "not by the key"
    cosign_payload "$REGISTRY/a/another:v1" >elsewhere
    attach their.key elsewhere
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/image:v1"
    jq -c '.critical.type = "atomic container signature"' pretty >kind
    attach their.key kind
    run 125 pull -q "${PLAIN[@]}" "$REGISTRY/a/image:v1"
    run 0 images -q
    is "$output" ""
}
