# The words that tests are written in. Sourced by run-tests; each test runs in a shell of its own.
#
#   run STATUS ARG…      runs skiff ARG…, requires the exit status; sets $output and $errors
#   is, like, unlike     compare values
#   skip REASON          ends the test as skipped
#
# $IMAGE names an image of a static busybox. $SKIFF_SCRATCH, the current directory, is the test's own.

set -euo pipefail -E
IMAGE=localhost/busybox

begin_test() {
    trap 'echo "at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
}

fail() {
    local frame
    echo "$*"
    for ((frame = 1; frame < ${#FUNCNAME[@]}; frame++)); do
        case ${FUNCNAME[frame]} in test_*) echo "  at ${BASH_SOURCE[frame]##*/}:${BASH_LINENO[frame - 1]}" ;; esac
    done
    trap - ERR
    exit 1
}

skip() {
    echo "$*"
    trap - ERR
    exit 77
}

SKIFF_COMMAND=("$SKIFF" --root "$SKIFF_ROOT" --runroot "$SKIFF_RUNROOT")
[ "${SKIFF##*/}" != podman ] || SKIFF_COMMAND+=(--tmpdir "${SKIFF_ROOT%/root}/tmp")
[ -z "$SKIFF_RUNTIME" ] || SKIFF_COMMAND+=(--runtime "$SKIFF_RUNTIME")

is_podman() { [ "${SKIFF##*/}" = podman ]; }

# The program itself, in this test's sandbox.
skiff() {
    command "${SKIFF_COMMAND[@]}" "$@"
}

# run STATUS ARG…: also fails on a warning that the test did not announce with `expecting_warning=1`.
run() {
    local expected=$1 status=0
    shift
    skiff "$@" >"$SKIFF_SCRATCH/.stdout" 2>"$SKIFF_SCRATCH/.stderr" || status=$?
    output=$(tr -d '\0' <"$SKIFF_SCRATCH/.stdout")
    errors=$(tr -d '\0' <"$SKIFF_SCRATCH/.stderr")
    [ "$status" = "$expected" ] ||
        fail "exit status $status, expected $expected: skiff $*"$'\n'"stdout: ${output:0:2000}"$'\n'"stderr: ${errors:0:2000}"
    check_errors "$expected" "skiff $*"
}

# Failures of the engine are one line; successes are silent, but for what the container writes.
check_errors() {
    local warnings
    warnings=$(grep -aiE '^(warning|warn|.*level=(warning|error))' <<<"$errors" || true)
    [ -z "$warnings" ] || [ -n "${expecting_warning-}" ] || fail "unexpected warning of $2: $warnings"
    [ "$1" != 125 ] || is_podman || [[ $errors == "Error: "* && $errors != *$'\n'* ]] ||
        fail "$2: expected one line of error, got: $errors"
}

is() { [ "$1" = "$2" ] || fail "expected: $2"$'\n'"     got: $1"; }
isnt() { [ "$1" != "$2" ] || fail "did not expect: $2"; }
like() { [[ $1 =~ $2 ]] || fail "expected to match: $2"$'\n'"     got: $1"; }
unlike() { [[ ! $1 =~ $2 ]] || fail "expected not to match: $2"$'\n'"     got: $1"; }
exists() { [ -e "$1" ] || fail "missing: $1"; }
missing() { [ ! -e "$1" ] || fail "should not exist: $1"; }
# The error of the last failed run says all of these words.
says() {
    local word
    for word in "$@"; do [[ ${errors,,} == *"${word,,}"* ]] || fail "error does not say \"$word\": $errors"; done
}

# eventually COMMAND…: within 10 s.
eventually() {
    local attempt
    for ((attempt = 0; attempt < 400; attempt++)); do
        "$@" >"$SKIFF_SCRATCH/.eventually" 2>&1 && return
        sleep 0.025
    done
    fail "never true: $*: $(<"$SKIFF_SCRATCH/.eventually")"
}

# background OUT ARG…: skiff itself as a job, not a shell around it; $client is its process, OUT and OUT.err its output.
background() {
    "${SKIFF_COMMAND[@]}" "${@:2}" >"$1" 2>"$1.err" &
    client=$!
}
# ended STATUS: waits for $client.
ended() {
    local status=0
    wait "$client" || status=$?
    is "$status" "$1"
}

inspect() { skiff inspect --format "$2" "$1"; }
state() { inspect "$1" '{{.State.Status}}'; }
state_is() { [ "$(state "$1")" = "$2" ]; }
log_has() { [[ $(skiff logs "$1" 2>&1) == *"$2"* ]]; }
contains() { grep -q -- "$2" "$1"; }

# A running container that ends at once when told to: busybox's sleep would ignore TERM as PID 1.
SLEEPER=(sh -c 'trap "exit 0" TERM INT; sleep 1000 & wait')
start_sleeper() {
    run 0 run -d --name "$1" "${@:2}" "$IMAGE" "${SLEEPER[@]}"
    [[ " $* " == *" --init "* ]] || eventually catches_term "$(skiff inspect -f '{{.State.Pid}}' "$1")"
}

# catches_term PID: a signal that comes before the shell's trap is lost to PID 1.
catches_term() {
    local caught
    caught=$(awk '$1 == "SigCgt:" {print $2}' "/proc/$1/status") && (((16#${caught:-0} & 1 << 14) != 0))
}

# pty COMMAND… <<SCRIPT: drives a command on a terminal; see pty.py.
pty() { /usr/bin/python3 -ISB "$TEST_HARNESS/pty.py" "$@"; }
# terminal ARG… <<SCRIPT: skiff ARG… on a terminal.
terminal() {
    pty "${SKIFF_COMMAND[@]}" "$@"
}

# make_image FILE <<DESCRIPTION: see image_builder.py for the words.
make_image() { /usr/bin/python3 -ISB "$TEST_HARNESS/image_builder.py" "$@"; }
# new_image NAME <<DESCRIPTION: builds and loads.
new_image() {
    make_image "$SKIFF_SCRATCH/image.tar" --name "$1"
    skiff load -q -i "$SKIFF_SCRATCH/image.tar" >/dev/null
    rm -f "$SKIFF_SCRATCH/image.tar"
}

# Does a cgroup of this controller exist here (v1 or v2)?
controller_file() {  # controller_file ID CONTROLLER V1FILE V2FILE: prints the value for a container
    local id=$1 pid path
    pid=$(inspect "$id" '{{.State.Pid}}')
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        path=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/$4
    else
        path=$(awk -v c="$2" '$0 ~ " - cgroup " && $NF ~ "(^|,)" c "(,|$)" {print $5; exit}' /proc/self/mountinfo)
        path+=$(awk -F: -v c="$2" '$2 ~ "(^|,)" c "(,|$)" {print $3}' "/proc/$pid/cgroup")/$3
    fi
    [ -e "$path" ] || skip "this host has no $2 controller file $path"
    cat "$path"
}
