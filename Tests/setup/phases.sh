# shellcheck shell=bash
# Phases of a long script: each is timed and counted, and a failed one does not hide the next. To be sourced.
#
#   phase NAME COMMAND...  runs the command, says how long it took, and whether it failed
#   summary                prints `N passed, N failed`; false if anything failed

passed=0
failed=0

phase() {
    local name="$1" began=$SECONDS status=0
    shift
    printf '== %s\n' "$name"
    "$@" </dev/null || status=$?
    if [ $status = 0 ]; then
        passed=$((passed + 1))
        printf -- '-- %s: passed in %d s\n' "$name" $((SECONDS - began))
    else
        failed=$((failed + 1))
        printf -- '-- %s: FAILED in %d s (exit status %d)\n' "$name" $((SECONDS - began)) $status
    fi
    return $status
}

summary() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ]
}

# Adds the tests that a log of `swift test` tells of.
count_tests() {
    local log="$1" total bad
    total="$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\} .*/\1/p' "$log" | tail -n 1)"
    bad="$(grep -cE '^✘ Test ([^r]|r[^u]).* failed after ' "$log" || true)"
    [ -n "$total" ] || return 0
    if [ "$bad" -gt "$total" ]; then bad="$total"; fi
    passed=$((passed + total - bad))
    failed=$((failed + bad))
}
