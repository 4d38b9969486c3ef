# skiff create.

test_prints_the_id_and_starts_nothing() {
    run 0 create --name c "$IMAGE" echo one two
    like "$output" '^[0-9a-f]{64}$'
    is "$(state c)" created
    is "$(inspect c '{{.State.Pid}}')" 0
    is "$(inspect c '{{.Path}} {{.Args}}')" "echo [one two]"
}

test_refuses_what_can_be_known_before_the_start() {
    local flags
    for flags in "--memory nonsense" "--stop-signal NOSIG" "--restart sometimes" "--log-driver nothing" \
        "--cap-add nothing" "--user a:b:c" "--stop-timeout soon" "--network no-such-net" "--pids-limit x"; do
        run 125 create $flags "$IMAGE" true
    done
    run 0 ps -aq
    is "$output" ""
}

test_needs_an_image() {
    run 125 create
    run 125 create --pull never localhost/no-image
    says no-image
}

test_container_command_group() {
    run 0 container create --name grouped "$IMAGE" true
    run 0 container start grouped
    run 0 container wait grouped
    run 0 container rm grouped
}

test_many_options_survive_unchanged() {
    local options=() i
    for i in $(seq 200); do options+=(-e "VARIABLE_$i=value $i" -l "label$i=$i"); done
    run 0 run --rm "${options[@]}" "$IMAGE" sh -c 'env | grep -c ^VARIABLE_'
    is "$output" 200
}

test_argument_bytes_survive() {
    run 0 run --rm "$IMAGE" printf '%s|' $'tab\t' 'quote"' "apostrophe'" 'back\slash' '$HOME' 'grüße' '' $'line\nbreak'
    is "$output" $'tab\t|quote"|apostrophe\'|back\\slash|$HOME|grüße||line\nbreak|'
}
