# secret create, ls, inspect, rm, exists; --secret.

keep() { printf %s "$2" | skiff secret create "${@:3}" "$1" -; }

test_a_secret_is_a_file_in_the_container() {
    keep s geheim >id
    like "$(cat id)" '^[0-9a-f]{25}$'
    run 0 run --rm --secret s "$IMAGE" sh -c 'cat /run/secrets/s; stat -c " %a %u" /run/secrets/s'
    is "$output" "geheim 444 0"
    run 0 run --rm --secret s,target=other,uid=12,gid=13,mode=0400 "$IMAGE" stat -c '%a %u:%g' /run/secrets/other
    is "$output" "400 12:13"
    run 0 run --rm --secret source=s,target=/etc/deep/s "$IMAGE" cat /etc/deep/s
    is "$output" geheim
    run 1 run --rm --secret s "$IMAGE" sh -c 'echo x >/run/secrets/s'
    says "read-only"
}

test_a_secret_is_a_variable() {
    keep s geheim
    run 0 run --rm --secret s,type=env,target=PASSWORD "$IMAGE" sh -c 'echo $PASSWORD; ls /run/secrets 2>/dev/null; true'
    is "$output" geheim
    run 0 run -d --name c --secret s,type=env "$IMAGE" "${SLEEPER[@]}"
    run 0 exec c sh -c 'echo $s'
    is "$output" geheim
    run 0 rm -f -t 0 c
}

test_nothing_else_shows_it() {
    keep s 'very-geheim-42'
    start_sleeper c --secret s
    run 0 inspect c
    unlike "$output" very-geheim
    ! grep -rq very-geheim "$SKIFF_RUNROOT"/*/config.json || fail "in config.json"
    skiff export c >c.tar
    ! grep -q very-geheim c.tar || fail "exported"
    run 0 commit -q c localhost/committed
    skiff save -o i.tar localhost/committed
    ! tar xOf i.tar 2>/dev/null | grep -aq very-geheim || fail "committed"
    run 0 diff c
    unlike "$output" secrets
    is "$(find "$SKIFF_ROOT/secrets" "$SKIFF_ROOT/containers" -path '*secrets*' -type f -printf '%m ' | tr -d '\n')" "600 600 "
    run 0 secret inspect s
    unlike "$output" very-geheim
    run 0 rm -f -t 0 c
}

test_containers_keep_what_they_were_created_with() {
    keep s old >/dev/null
    run 0 create --name c --secret s "$IMAGE" cat /run/secrets/s
    keep s new --replace >/dev/null
    run 0 start -a c
    is "$output" old
    run 0 secret rm s
    run 0 start -a c
    is "$output" old
    run 125 create --secret s "$IMAGE" true
    says "no such secret"
}

test_create_options() {
    keep s one -l a=b >id
    run 125 secret create s /etc/hostname
    says "in use"
    run 0 secret create --ignore s /etc/hostname
    is "$output" "$(cat id)"
    VALUE=from-env skiff secret create --env e VALUE >/dev/null
    run 0 secret inspect --showsecret --format '{{.SecretData}}' e
    is "$output" from-env
    run 125 secret create --env f NO_SUCH_VARIABLE
    run 125 secret create 'a,b' /etc/hostname
    run 125 secret create empty /dev/null
    run 125 secret create -d nothing x /etc/hostname
    run 125 secret create --driver-opts colour=red x /etc/hostname
    run 0 secret inspect --format '{{.ID}} {{.Spec.Name}} {{.Spec.Driver.Name}} {{.Spec.Labels.a}}' s
    is "$output" "$(cat id) s file b"
    run 0 secret inspect --pretty s
    like "$output" 'Name: +s'
}

test_ls_rm_exists() {
    keep one x >id; keep two y >/dev/null
    run 0 secret ls --format '{{.Name}} {{.Driver}}'
    is "$output" $'one file\ntwo file'
    run 0 secret ls -n
    is "$(wc -l <<<"$output")" 2
    run 0 secret ls -q --filter name=one
    is "$output" "$(cat id)"
    run 0 secret exists one
    run 1 secret exists zzz
    run 0 secret rm "$(head -c 12 id)"
    is "$output" "$(cat id)"
    run 125 secret rm one
    run 0 secret rm --ignore one
    run 0 secret rm --all
    run 0 secret ls -q
    is "$output" ""
    is "$(ls "$SKIFF_ROOT/secrets")" ""
}

test_shell_driver() {
    mkdir store
    run 0 secret create -d shell --driver-opts "store=cat >$PWD/store/\$SECRET_ID,lookup=cat $PWD/store/\$SECRET_ID,delete=rm $PWD/store/\$SECRET_ID,list=ls $PWD/store" s /etc/hostname
    cmp store/* /etc/hostname
    run 0 run --rm --secret s "$IMAGE" cat /run/secrets/s
    is "$output" "$(cat /etc/hostname)"
    run 0 secret rm s
    is "$(ls store)" ""
}

test_file_driver_elsewhere() {
    run 0 secret create --driver-opts "path=$PWD/mine" s /etc/hostname
    is "$(stat -c %a mine mine/* | tr '\n' ' ')" "700 600 "
    run 0 secret rm s
    is "$(ls mine)" ""
}

test_pass_driver() {
    command -v gpg >/dev/null || skip "no gpg"
    mkdir -m 700 gnupg
    gpg --homedir gnupg --batch --quiet --passphrase '' --quick-generate-key tester@localhost default default never 2>/dev/null || skip "gpg makes no key here"
    run 0 secret create -d pass --driver-opts "key=tester@localhost,gpghomedir=$PWD/gnupg,root=$PWD/store" s /etc/hostname
    exists store/"$output".gpg
    ! grep -q "$(cat /etc/hostname)" store/* || fail "not encrypted"
    run 0 run --rm --secret s "$IMAGE" cat /run/secrets/s
    is "$output" "$(cat /etc/hostname)"
    gpgconf --homedir gnupg --kill all
}

test_wrong_options() {
    keep s x >/dev/null
    local value
    for value in '' s,type=x s,mode=9 s,uid=me s,type=env,mode=400 s,colour=red s,target=; do
        run 125 create --secret "$value" "$IMAGE" true
    done
    run 125 create --secret s --secret s "$IMAGE" true
}

test_inspect_for_people_and_programs() {
    keep plain x >/dev/null
    keep labelled x --label a=b --label c >/dev/null
    run 0 secret inspect --pretty plain
    like "$output" $'^ID:              [0-9a-f]{25}\nName:              plain\nDriver:            file\nCreated at:        20'
    run 0 secret inspect --pretty labelled
    like "$output" $'\nLabels:\n - a=b\n - c=?\nDriver:  '
    run 0 secret inspect labelled
    like "$output" $'^\\[\n    \\{\n        "ID": "'
}
