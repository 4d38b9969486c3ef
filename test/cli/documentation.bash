# The manual, --help, completion and the parser agree.

test_pages_parser_and_completion_agree() {
    "$TEST_HARNESS/../lint/check_docs.py" "$SKIFF"
}

test_help_has_the_manual_s_words() {
    run 0 kill --help
    like "$output" "^Sends SIGKILL, or another signal"
    like "$output" "--signal=SIGNAL +Signal to send"
    like "$output" "skiff kill --signal HUP web"
    is "$errors" ""
}
