# skiff top.

test_columns() {
    start_sleeper t
    run 0 top t pid,user comm
    like "$output" '^PID +USER +COMMAND'
    like "$output" $'\n1 +root +sh'
    run 125 top t nosuch
    says nosuch
    run 0 create --name c "$IMAGE" true
    run 125 top c
    says running
}

test_names_of_the_columns() {
    run 0 top --list-descriptors
    like "$output" $'^args\ncapamb'
    local columns=$output column
    start_sleeper t
    for column in $columns; do skiff top t "$column" >/dev/null || fail "$column"; done
}

# Options of ps(1) go to the ps of the image, with and without a dash; its own line is left out.
test_options_of_ps() {
    start_sleeper t
    run 0 top t -o pid,args
    like "$output" '^PID +COMMAND'
    like "$output" $'\n *1 sh -c trap'
    unlike "$output" 'ps -o'
    local plain=$output
    run 0 top t '-o pid,args'
    is "$(wc -l <<<"$output")" "$(wc -l <<<"$plain")"
    run 0 top t aux
    like "$output" $'PID.*\n.*sleep 1000'
    run 125 top t -o no-such-column
    says 'ps(1)'
    run 0 exec t true
    is "$(inspect t '{{len .ExecIDs}}')" 0
}
