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
