# run -t and -it: a real terminal.

test_is_a_terminal_of_the_right_size() {
    pty --size 33x111 "${SKIFF_COMMAND[@]}" run --rm -it "$IMAGE" sh <<'SCRIPT'
expect #
line stty size; tty; echo $TERM
expect 33 111
expect /dev/(pts/0|console)
line exit
exit 0
SCRIPT
}

test_follows_the_window() {
    terminal run --rm -it "$IMAGE" sh <<'SCRIPT'
expect #
size 40x132
line sleep 0.3; stty size
expect 40 132
line exit
exit 0
SCRIPT
}

test_control_keys() {
    terminal run --rm -it "$IMAGE" sh <<'SCRIPT'
expect #
line sleep 100
pause 0.3
send \x03
expect #
line echo alive$((1+1))
expect alive2
line cat
pause 0.3
line echoed
expect echoed
expect echoed
send \x04
expect #
send \x04
exit 0
SCRIPT
}

test_job_control() {
    terminal run --rm -it "$IMAGE" sh <<'SCRIPT'
expect #
line sleep 100
pause 0.3
send \x1a
expect Stopped
line jobs
expect sleep 100
line fg
pause 0.3
send \x03
expect #
line exit 2
exit 2
SCRIPT
}

test_detach_leaves_it_running() {
    terminal run -it --name d "$IMAGE" sh <<'SCRIPT'
expect #
send \x10\x11
exit 0
SCRIPT
    is "$(state d)" running
}

test_detach_keys_off() {
    terminal run --rm -it --detach-keys '' "$IMAGE" sh <<'SCRIPT'
expect #
send \x10\x11
line echo still
expect still
line exit 7
exit 7
SCRIPT
}

test_the_callers_terminal_is_restored() {
    pty bash <<SCRIPT
line stty -a | md5sum >before
line ${SKIFF_COMMAND[*]} run --rm -it $IMAGE sh -c 'exit 3'; echo "status \$?"
expect status 3
line stty -a | md5sum >after; cmp before after && echo same terminal
expect same terminal
line exit
exit 0
SCRIPT
}

test_utf8_and_colours() {
    terminal run --rm -it "$IMAGE" sh -c 'printf "grüße \033[31mred\033[0m\n"' <<'SCRIPT'
expect gr\xc3\xbc\xc3\x9fe
expect \x1b\[31mred
exit 0
SCRIPT
}

test_typed_utf8_arrives() {
    terminal run --rm -it "$IMAGE" sh -c 'read -r line; echo "got <$line>"; printf %s "$line" | od -An -tx1' <<'SCRIPT'
pause 0.3
send gr\xc3\xbc\xc3\x9fe \xe6\x97\xa5 \xf0\x9f\x9a\xa2\r
expect got <gr\xc3\xbc\xc3\x9fe \xe6\x97\xa5 \xf0\x9f\x9a\xa2>
expect 67 72 c3 bc c3 9f 65 20 e6 97 a5 20 f0 9f 9a a2
exit 0
SCRIPT
}

test_tty_without_a_terminal_still_works() {
    run 0 run --rm -t "$IMAGE" tty
    like "$output" '^/dev/'
    run 0 run -d -t --name d "$IMAGE" sh -c 'tty; stty size'
    run 0 wait d
    run 0 logs d
    like "$output" '^/dev/'
}

test_terminal_output_goes_to_the_log() {
    terminal run -it --name l "$IMAGE" sh -c 'echo logged; exit 0' <<'SCRIPT'
expect logged
exit 0
SCRIPT
    run 0 logs l
    like "$output" logged
}

# However soon the program ends, the client's terminal is raw before it shows what the program wrote.
test_output_of_a_short_program_is_as_it_was_written() {
    local i
    for i in 1 2 3 4 5 6 7 8; do
        script -qec "$(printf '%q ' "${SKIFF_COMMAND[@]}" run --rm -it "$IMAGE" echo hi)" /dev/null </dev/null >shown
        contains shown hi
        if grep -q $'\r\r' shown; then fail "try $i: $(od -c shown)"; fi
    done
}
