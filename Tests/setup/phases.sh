# shellcheck shell=bash
# Phases of a long script: each is timed and counted, and a failed one does not hide the next. To be sourced.
#
#   phase NAME COMMAND...  runs the command, says how long it took, and whether it failed
#   noting COMMAND...      runs the command; if it fails, the summary tells its errors
#   summary                prints what failed, and at the very end `N passed, N failed`; false if anything failed

passed=0
failed=0
failures=()

phase() {
    local name="$1" began=$SECONDS status=0 noted=${#failures[@]}
    shift
    printf '== %s\n' "$name"
    "$@" </dev/null || status=$?
    if [ $status = 0 ]; then
        passed=$((passed + 1))
        printf -- '-- %s: passed in %d s\n' "$name" $((SECONDS - began))
    else
        failed=$((failed + 1))
        failures=("${failures[@]:0:noted}" "$name (exit status $status):" "${failures[@]:noted}")
        printf -- '-- %s: FAILED in %d s (exit status %d)\n' "$name" $((SECONDS - began)) $status
    fi
    return $status
}

noting() {
    local log status
    log="$(mktemp)"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    [ "$status" = 0 ] || note_failures "$log" 'error: '
    rm -f "$log"
    return "$status"
}

# Keeps for the summary the lines of a log that match, cut short.
note_failures() {
    local log="$1" pattern="$2" line
    while IFS= read -r line; do
        failures+=("  $line")
    done < <(grep -E "$pattern" "$log" | cut -c 1-400 | awk '!told[$0]++' | head -n 30)
}

# What failed comes last, because often nothing but the end of a long log is shown.
summary() {
    if [ ${#failures[@]} -gt 0 ]; then printf '== what failed\n' && printf '%s\n' "${failures[@]}"; fi
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
