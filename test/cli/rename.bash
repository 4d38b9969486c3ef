# skiff rename, and how arguments find containers.

test_renames() {
    start_sleeper old
    run 0 rename old new
    run 125 inspect --format x old
    is "$(state new)" running
    run 0 create --name old "$IMAGE" true
    is "$(inspect new '{{.Name}}')" new
}

test_refuses() {
    run 0 create --name a "$IMAGE" true
    run 0 create --name b "$IMAGE" true
    run 125 rename a b
    says b "in use"
    run 125 rename a 'no spaces'
    run 125 rename a ''
    run 125 rename nosuch c
    says nosuch
    run 125 rename a
}

test_prefixes_and_names() {
    run 0 create --name a "$IMAGE" true
    local id=$output
    is "$(inspect "${id:0:10}" '{{.Name}}')" a
    is "$(inspect "$id" '{{.Name}}')" a
    run 125 inspect --format x "${id:0:10}zz"
}

test_ambiguous_prefix() {
    local i ids=() prefix
    for i in $(seq 17); do
        run 0 create "$IMAGE" true
        ids+=("${output:0:1}")
    done
    prefix=$(printf '%s\n' "${ids[@]}" | sort | uniq -d | head -n 1)
    run 125 rm "$prefix"
    says "more than one"
    run 0 ps -aq
    is "$(wc -l <<<"$output")" 17
}

test_a_name_wins_over_a_prefix() {
    run 0 create --name first "$IMAGE" true
    local prefix=${output:0:12}
    run 0 create --name "$prefix" "$IMAGE" true
    is "$(inspect "$prefix" '{{.Name}}')" "$prefix"
}
