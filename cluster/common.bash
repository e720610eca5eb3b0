# Shared by the scripts of this folder, which source it.
# shellcheck shell=bash

# fail MESSAGE [EXIT_CODE]
fail() {
    echo "cluster/$(basename -- "$0"): $1" >&2
    exit "${2:-64}"
}

# The comment at the head of the script.
usage() {
    sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"
}

# run_job STOP END COMMAND… : runs the command in a process group of its own, so that Ctrl-C reaches only the script.
# SIGTERM, SIGINT, SIGHUP and SIGUSR1 become STOP, SIGQUIT becomes END; either sets job_was_stopped. Returns the
# command's status.
run_job() {
    local stop=$1 end=$2
    shift 2
    set -m
    "$@" </dev/null &
    local job=$! interrupted code status=127
    # shellcheck disable=SC2034  # for the caller
    job_was_stopped=no
    set +m
    # shellcheck disable=SC2064  # expanded now: the variables are local
    trap "interrupted=yes job_was_stopped=yes; kill -$stop $job 2>/dev/null || true" TERM INT HUP USR1
    # shellcheck disable=SC2064
    trap "interrupted=yes job_was_stopped=yes; kill -$end $job 2>/dev/null || true" QUIT
    while :; do
        interrupted=no code=0
        wait "$job" || code=$?
        [[ $code == 127 ]] || status=$code # 127: was told before
        # A signal ends `wait` early, with a code above 128.
        if ((code <= 128)) || [[ $interrupted == no ]]; then break; fi
    done
    trap - TERM INT HUP USR1 QUIT
    return "$status"
}
