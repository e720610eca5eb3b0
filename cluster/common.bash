# Shared by the scripts of this folder, which source it.
# shellcheck shell=bash

# fail MESSAGE [EXIT_CODE]
fail() {
    echo "cluster/$(basename -- "$0"): $1" >&2
    exit "${2:-64}"
}

# The comment at the head of the script, up to the first other or empty line.
usage() {
    sed -n '2,/^\($\|[^#]\)/{/^#/s/^# \{0,1\}//p}' "$0"
}

# run_job STOP END COMMAND… : runs the command in a process group of its own, so that Ctrl-C reaches only the script.
# SIGTERM, SIGINT, SIGHUP and SIGUSR1 become STOP, SIGQUIT becomes END; either sets job_was_stopped, and stop_signal to
# the name of the first. Returns the command's status.
run_job() {
    local stop=$1 end=$2
    shift 2
    set -m
    "$@" </dev/null &
    local job=$! interrupted code status=127 signal become
    # shellcheck disable=SC2034  # for the caller
    job_was_stopped=no stop_signal=""
    set +m
    for signal in TERM INT HUP USR1 QUIT; do
        [[ $signal == QUIT ]] && become=$end || become=$stop
        # shellcheck disable=SC2064  # expanded now: the variables are local
        trap "interrupted=yes job_was_stopped=yes stop_signal=\${stop_signal:-$signal}
            kill -$become $job 2>/dev/null || true" "$signal"
    done
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
