# shellcheck shell=bash
# The processes that a script started, however deep, told from all others by a mark in their environment, which
# children inherit and nobody else has. To be sourced.

# From here on, every process that this script starts carries the mark.
mark_processes() { export REEVE_TEST_RUN="$$-${RANDOM}${RANDOM}-$SECONDS"; }

# Prints `PID COMMAND` of each that still runs, this shell and its helpers left out.
marked_processes() {
    local file pid
    # The search carries the mark, too, but is over when its answer is read.
    while read -r file; do
        pid="${file#/proc/}"
        pid="${pid%/environ}"
        [ "$pid" != "$$" ] && [ "$pid" != "$BASHPID" ] && [ -r "/proc/$pid/cmdline" ] || continue
        printf '%s %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c 1-150)"
    done <<<"$(grep -lszx "REEVE_TEST_RUN=$REEVE_TEST_RUN" /proc/[0-9]*/environ)"
}

# Ends what still runs five seconds after the work was done, and fails if there was any.
no_process_left() {
    local left="" _
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        left="$(marked_processes)"
        [ -n "$left" ] || return 0
        sleep 0.5
    done
    printf 'these processes were left running, and are ended now:\n%s\n' "$left"
    printf '%s\n' "$left" | while read -r pid _; do kill -KILL "$pid" 2>/dev/null || true; done
    return 1
}
