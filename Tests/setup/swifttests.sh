# shellcheck shell=bash
# Running `swift test`. To be sourced, after phases.sh.

# Runs the command, shows what it says but the thousand lines about each test that passed, and counts the tests.
run_tests() {
    local log status=0
    log="$(mktemp)"
    "$@" 2>&1 | tee "$log" | grep --line-buffered -vE \
        '^. (Test|Suite) .* (started|passed after .*)\.?$|^. Test case passing |^$' || true
    status=${PIPESTATUS[0]}
    count_tests "$log"
    rm -f "$log"
    return "$status"
}
