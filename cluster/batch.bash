# What a batch job does, whatever has queued it: cluster/slurm.sbatch, cluster/pbs and cluster/flux source this behind
# cluster/common.bash.
# shellcheck shell=bash

# What ends a job that trains, and what then happens:
#
#   SIGUSR1, such as the warning of the time limit   the step ends, a checkpoint is written, the job is queued again
#   SIGTERM and other signals                        a checkpoint; not queued again
#   a killed rank, a stall, and other failures       cluster/supervise starts the ranks again in the same allocation; when it
#                                                    gives up, the job is queued again
#   exit codes 64, 65, 66, 73, 78                    no start cures them: the job fails with that code
#
# train_in_job NAME RANKS THREADS OPTIONS… : as cluster/NAME. The caller sets
#
#   top       the repository
#   job       what the queue calls the job
#   restart   how often it was queued again
#   most      how often it may be without a new checkpoint
#   placing   an array: options of cluster/supervise that tell on which hosts
#
# and defines is_cancelled, whether somebody has meanwhile ended the job, and queue_again, which fails where the queue does not
# take it, with what ends the wait on standard error.
# shellcheck disable=SC2154  # what the caller sets
train_in_job() {
    local name=$1 ranks=$2 threads=$3 before after status=0 train=() supervise=()
    shift 3
    say() { visible "$(date '+%Y-%m-%d %H:%M:%S') cluster/$name: job $job, restart $restart: $1" >&2; }
    find_run "$@"
    [[ -n $run ]] || fail "train needs --run DIR"
    before=$(newest_checkpoint "$run")
    while (($# > 0)); do
        # Where the first start began is no longer of interest once it has left a checkpoint.
        if ((restart > 0)) && [[ $before != none ]]; then
            case "$1" in
                --resume | --transfer)
                    shift 2 || shift
                    continue
                    ;;
                --resume=* | --transfer=*)
                    shift
                    continue
                    ;;
            esac
        fi
        train+=("$1")
        shift
    done
    say "starts on ${where:-?}: $ranks ranks × $threads cores, checkpoint $before"
    read -r -a supervise <<<"${GANGLION_SUPERVISE:---restarts 20 --stuck 3}"
    [[ -z ${GANGLION_PROGRAM:-} ]] || supervise+=(--program "$GANGLION_PROGRAM")
    [[ -z ${GANGLION_INTERFACE:-} ]] || supervise+=(--interface "$GANGLION_INTERFACE")
    run_job TERM QUIT "$top/cluster/supervise" "${supervise[@]}" "${placing[@]}" \
        -n "$ranks" --threads "$threads" -- train "${train[@]}" || status=$?
    # What is left to do takes a moment, and a queue may end this script itself when the job is queued again.
    trap '' TERM USR1
    after=$(newest_checkpoint "$run")

    # Ends the script: with a reason not to go on.
    leave() {
        say "ended with exit code $status at checkpoint $after; $1"
        exit "$status"
    }
    case $status in
        0) leave "done" ;;
        64 | 65 | 66 | 73 | 78 | 126 | 127) leave "no restart cures that" ;;
    esac
    # SIGUSR1 means "go on later". Any other signal was somebody's wish to end the job, or the queue's, which then queues it
    # again itself.
    [[ -z $stop_signal || $stop_signal == USR1 ]] || leave "stopped by SIG$stop_signal: not queued again"
    # Cancelled while the checkpoint was being written.
    ! is_cancelled || leave "cancelled: not queued again"
    if [[ $after == "$before" ]] && ((restart >= most)); then
        leave "no new checkpoint, and $most restarts are used up: not queued again"
    fi
    queue_again || leave "it could not be queued again; submit the job again to go on"
    leave "queued again"
}

# warn_before_limit SECONDS MARGIN : sends this script SIGUSR1 so long before so many seconds are over; nothing where there is
# no limit. Of queues that send no warning of their own. Whoever ends before calls forget_limit.
warner=""
warn_before_limit() {
    local left=$1 margin=$2
    [[ -n $left ]] || return 0
    ((left > margin)) || fail "the time limit leaves $left s, and a checkpoint may take $margin s (GANGLION_MARGIN)" 78
    # A queue waits for whoever has the output open. The group is one of its own, so that sleep ends, too.
    set -m
    (sleep $((left - margin)) && kill -USR1 $$) </dev/null >/dev/null 2>&1 &
    warner=$!
    set +m
}
forget_limit() { [[ -z $warner ]] || kill -TERM -- "-$warner" 2>/dev/null || true; }

# Of scripts that submit themselves, as `cluster/NAME [options of the queue …] -- TRAIN…`. What they have the queue call is
# `--in-job … RESTART COUNT OPTIONS… -- TRAIN…`, which has all that a job of the same options needs that goes on later.

# check_submission EXAMPLE WORDS… : whether a user's call has something to train.
check_submission() {
    local example=$1
    shift
    [[ " $* " == *" -- "* ]] || fail "what to train stands behind --: $example -- --data DIR --run DIR"
    [[ ${!#} != -- ]] || fail "nothing to train; add --data DIR --run DIR, and what \`ganglion train --help\` lists"
}

# options_of WORDS… : sets `options` to what stands before the first --.
options_of() {
    options=()
    while (($# > 0)) && [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
}

# read_call RESTART COUNT OPTIONS… -- TRAIN… : sets restart, options and train, and from the environment most, threads and
# margin.
# shellcheck disable=SC2034  # for the caller
read_call() {
    local own="--in-job is what this script says to itself, in a job" count
    restart=$(number --in-job "${1:-}" 0)
    count=$(number --in-job "${2:-}" 0)
    shift 2
    options=("${@:1:count}")
    (($# > count)) || fail "$own"
    shift "$count"
    [[ $1 == -- ]] || fail "$own"
    shift
    train=("$@")
    most=$(number GANGLION_REQUEUES "${GANGLION_REQUEUES:-10}" 0)
    threads=$(number GANGLION_THREADS "${GANGLION_THREADS:-1}" 1)
    margin=$(number GANGLION_MARGIN "${GANGLION_MARGIN:-120}" 1)
}
