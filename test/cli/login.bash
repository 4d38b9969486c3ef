# skiff login and logout.
source "$TEST_HARNESS/registry.bash"

export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf REGISTRY_AUTH_FILE=$PWD/auth.json
: >registries.conf

test_login_pull_logout() {
    start_registry htpasswd
    fill_registry a/b:v1 --dest-creds "user:pass word"
    run 125 login --get-login "$REGISTRY" --authfile "$PWD/nosuch.json"
    run 0 login --tls-verify=false -u user -p "pass word" "$REGISTRY"
    is "$output" "Login Succeeded!"
    is "$(stat -c %a auth.json)" 600
    run 0 login --get-login "$REGISTRY"
    is "$output" user
    run 0 login --tls-verify=false "$REGISTRY"
    like "$output" "Already logged in to $REGISTRY"
    run 0 pull -q --tls-verify=false "$REGISTRY/a/b:v1"
    run 0 rmi "$output"
    run 0 logout "$REGISTRY"
    is "$output" "Removed login credentials for $REGISTRY"
    run 125 logout "$REGISTRY"
    says "not logged into" "$REGISTRY"
    run 125 pull -q --tls-verify=false "$REGISTRY/a/b:v1"
    says 401
}

test_a_wrong_password_is_not_kept() {
    start_registry htpasswd
    run 125 login --tls-verify=false -u user -p wrong "$REGISTRY"
    says "invalid user name or password"
    missing auth.json
    run 0 login --tls-verify=false -u user --password-stdin "$REGISTRY" <<<"pass word"
    run 125 login --tls-verify=false -u user -p wrong "$REGISTRY"
    run 0 pull --policy never --quiet "$IMAGE"
    run 0 login --tls-verify=false --get-login "$REGISTRY"
    is "$output" user
}

test_other_tools_understand_the_file() {
    start_registry htpasswd
    fill_registry a/b:v1 --dest-creds "user:pass word"
    run 0 login --tls-verify=false -u user -p "pass word" "$REGISTRY"
    skopeo inspect --authfile auth.json --tls-verify=false "docker://$REGISTRY/a/b:v1" >/dev/null
    skopeo login --authfile theirs.json --tls-verify=false -u user -p "pass word" "$REGISTRY" >/dev/null
    run 0 pull -q --authfile theirs.json --tls-verify=false "$REGISTRY/a/b:v1"
    run 0 logout --authfile theirs.json "$REGISTRY"
}

test_credentials_for_a_part_of_a_registry() {
    start_registry htpasswd
    fill_registry team/b:v1 --dest-creds "user:pass word"
    fill_registry other/b:v1 --dest-creds "user:pass word"
    run 0 login --tls-verify=false -u user -p "pass word" "$REGISTRY/team"
    run 0 pull -q --tls-verify=false "$REGISTRY/team/b:v1"
    run 125 pull -q --tls-verify=false "$REGISTRY/other/b:v1"
    says 401
}

test_docker_s_file() {
    start_registry htpasswd
    run 0 login --tls-verify=false -u user -p "pass word" --compat-auth-file docker.json "$REGISTRY"
    grep -q "$REGISTRY" docker.json || fail "$(<docker.json)"
    run 0 logout --compat-auth-file docker.json "$REGISTRY"
    run 125 login --authfile a --compat-auth-file b "$REGISTRY"
    says exclude
}

test_all() {
    start_registry htpasswd
    run 0 login --tls-verify=false -u user -p "pass word" "$REGISTRY"
    run 0 logout --all
    run 125 login --get-login "$REGISTRY"
    says "not logged into"
    run 125 logout --all "$REGISTRY"
}

test_what_is_wrong_is_said() {
    run 125 login
    says "registry is missing"
    run 125 login -u user 'not a host/'
    says "invalid registry"
    run 125 login -u user -p x "nosuch.invalid:1"
    says nosuch.invalid
    run 125 login -u user some.test </dev/null
    says "--password-stdin"
    run 125 login --password-stdin some.test </dev/null
    says --username
}

test_the_password_is_asked_on_a_terminal() {
    start_registry htpasswd
    terminal login --tls-verify=false "$REGISTRY" >screen <<'SCRIPT'
expect Username:
send user\n
expect Password:
send pass word\n
expect Login Succeeded!
SCRIPT
    ! grep -q "pass word" screen || fail "the password was shown: $(<screen)"
}

test_the_password_of_a_secret() {
    start_registry htpasswd
    printf 'pass word' | skiff secret create user - >/dev/null
    printf 'wrong' | skiff secret create other - >/dev/null
    run 0 login --tls-verify=false --secret user "$REGISTRY"
    is "$output" "Login Succeeded!"
    run 0 login --get-login "$REGISTRY"
    is "$output" user
    run 125 login --tls-verify=false --secret other -u user "$REGISTRY"
    says "invalid user name or password"
    run 125 login --tls-verify=false --secret user -p "pass word" "$REGISTRY"
    says --secret --password
    run 125 login --tls-verify=false --secret nosuch "$REGISTRY"
    says "no such secret"
}
