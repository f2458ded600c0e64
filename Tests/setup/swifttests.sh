# shellcheck shell=bash
# Running `swift test`. To be sourced, after phases.sh.

# Runs the command, shows what it says but the thousand lines about tests that began or passed, and counts the tests.
run_tests() {
    local log status
    log="$(mktemp)"
    # An argument that is shown may hold line ends: such a message goes on until the next one begins.
    "$@" 2>&1 | tee "$log" | awk '
        /^◇ / || /^✔ / { quiet = !/^. Test run / }
        /^(✘|↳|⚠|✖|􀟈) / || /^(error|warning|Build)/ { quiet = 0 }
        !quiet && NF { print; fflush() }'
    status=${PIPESTATUS[0]}
    count_tests "$log"
    # Also what ends a run without a word about a test.
    [ "$status" = 0 ] || note_failures "$log" '^✘ Test .* recorded an issue|^SUMMARY: |Fatal error: |error: '
    rm -f "$log"
    return "$status"
}
