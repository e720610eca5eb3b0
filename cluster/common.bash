# Shared by the scripts of this folder, which source it.
# shellcheck shell=bash

# Text from outside as it may stand in a message: control characters, which could forge a line of a log or move a
# terminal's cursor, are shown as escapes.
visible() {
    local text=$1 shown="" i
    if [[ $text == *[[:cntrl:]]* ]]; then
        for ((i = 0; i < ${#text}; i++)); do
            case "${text:i:1}" in
                $'\n') shown+='\n' ;;
                $'\r') shown+='\r' ;;
                $'\t') shown+='\t' ;;
                [[:cntrl:]]) shown+=$(printf '\\u{%X}' "'${text:i:1}") ;;
                *) shown+=${text:i:1} ;;
            esac
        done
        text=$shown
    fi
    printf '%s\n' "$text"
}

# fail MESSAGE [EXIT_CODE]
fail() {
    local name folder
    name=$(basename -- "$0")
    # The scripts of examples are all called alike.
    folder=$(cd -- "$(dirname -- "$0")" && pwd)
    [[ $folder == */cluster/examples/* ]] && name=examples/${folder##*/cluster/examples/}/$name
    printf 'cluster/%s: %s\n' "$name" "$(visible "$1")" >&2
    exit "${2:-64}"
}

# The comment at the head of the script, up to the first other or empty line.
usage() {
    sed -n '2,/^\($\|[^#]\)/{/^#/s/^# \{0,1\}//p}' -- "$0"
}

# is_installed FOLDER : whether it is a package that `cluster/package` made, and no repository: the program is there already,
# and nothing is written beside it.
is_installed() { [[ -x $1/bin/ganglion && ! -e $1/Package.swift ]]; }

# own_program FOLDER : the program of a repository, or of a package.
own_program() {
    if is_installed "$1"; then echo "$1/bin/ganglion"; else echo "$1/.build/release/ganglion"; fi
}

# number OPTION TEXT LEAST [MOST]: prints the text as a decimal number, which Bash may calculate with: zeros at its head
# do not make it octal.
number() {
    local kind="number" value
    (($3 == 0)) || kind="positive number"
    [[ $2 =~ ^0*([0-9]+)$ ]] || fail "$1 takes a $kind, found '$2'"
    value=${BASH_REMATCH[1]}
    ((${#value} <= 9 && value <= ${4:-1000000})) || fail "$1 takes at most ${4:-1000000}, found '$2'"
    ((value >= $3)) || fail "$1 takes a $kind, found '$2'"
    echo "$value"
}

# own_cores: a line for each core that this process may use, with its processors as taskset takes them: "0" or "0,64".
own_cores() {
    {
        lscpu --online --parse=CPU,Core,Socket 2>/dev/null | grep -v '^#' || true
        echo end
        cat /proc/self/status
    } | awk -F , '
        # Lines of lscpu, which some containers do not let tell anything.
        told == 0 && $1 != "end" { core[$1 + 0] = $2 "," $3; next }
        $1 == "end" { told = 1; next }
        /^Cpus_allowed_list:/ {
            sub(/^Cpus_allowed_list:[ \t]*/, "")
            ranges = split($0, range, ",")
            for (i = 1; i <= ranges; i++) {
                split(range[i], ends, "-")
                last = ends[2] == "" ? ends[1] : ends[2]
                for (processor = ends[1] + 0; processor <= last + 0; processor++) {
                    key = processor in core ? core[processor] : "processor " processor
                    if (!(key in list)) order[++count] = key
                    list[key] = list[key] (list[key] == "" ? "" : ",") processor
                }
            }
        }
        END { for (i = 1; i <= count; i++) print list[order[i]] }'
}

# The name of the newest complete checkpoint of a run folder, or "none".
newest_checkpoint() {
    local name=""
    [[ ! -f $1/checkpoints/latest ]] || name=$(head -c 256 -- "$1/checkpoints/latest" 2>/dev/null | tr -d '\0') || true
    visible "${name:-none}"
}

# find_run WORD… : sets `run` to the folder that the options of `train` name, the later one where they name two.
# shellcheck disable=SC2034  # for the caller
find_run() {
    run=""
    while (($# > 0)); do
        case "$1" in
            --run) run=${2:-} ;;
            --run=*) run=${1#--run=} ;;
        esac
        shift
    done
}

# told_ending RUN NAME: the exit code with which the start of that name has ended, as its run folder tells it; nothing
# where it tells nothing, or of another start.
told_ending() {
    local text=""
    [[ ! -f $1/ended.json ]] || text=$(head -c 4096 -- "$1/ended.json" 2>/dev/null | tr -d '\0') || true
    [[ ! $text =~ ^\{\"launch\":\ \""$2"\",\ \"exit_code\":\ ([0-9]{1,3}), ]] || echo "${BASH_REMATCH[1]}"
}

# ranks_of PROGRAM RUN: the processes of this machine that run the program with that run folder, a line each.
ranks_of() {
    local process arguments i
    for process in /proc/[0-9]*; do
        [[ $process/exe -ef $1 ]] || continue
        mapfile -d '' -t arguments 2>/dev/null <"$process/cmdline" || continue
        for ((i = 2; i < ${#arguments[@]}; i++)); do
            [[ ${arguments[i - 1]} == --run && ${arguments[i]} == "$2" ]] || continue
            echo "${process#/proc/}"
            break
        done
    done
}

# run_job STOP END COMMAND… : runs the command in a process group of its own, so that Ctrl-C reaches only the script.
# SIGTERM, SIGINT, SIGHUP and SIGUSR1 become STOP, SIGQUIT becomes END. Each of them sets job_was_stopped, and stop_signal to
# the name of the first; end_signal is the first but SIGUSR1, which asks for no end. Returns the command's status.
run_job() {
    local stop=$1 end=$2
    shift 2
    set -m
    "$@" </dev/null &
    local job=$! interrupted code status=127 signal become
    # shellcheck disable=SC2034  # for the caller
    job_was_stopped=no stop_signal="" end_signal=""
    set +m
    for signal in TERM INT HUP USR1 QUIT; do
        [[ $signal == QUIT ]] && become=$end || become=$stop
        # shellcheck disable=SC2064  # expanded now: the variables are local
        trap "interrupted=yes job_was_stopped=yes stop_signal=\${stop_signal:-$signal}
            [[ $signal == USR1 ]] || end_signal=\${end_signal:-$signal}
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

# without_account FILE: passes on what mpirun writes to standard error, line by line, but for its account of how the job
# ended, which goes to the file: blocks between two rules. For one that has stopped as asked, whoever calls this need not
# show it; it is worded as a failure.
without_account() {
    local line block="" rule='^-{60,}$'
    local account='Primary job |detected that one or more processes exited with non-zero status'
    # Who sends Ctrl-C means the job, whose last words are still to come.
    trap '' INT TERM HUP QUIT USR1
    while IFS= read -r line || [[ -n $line ]]; do
        if [[ -z $block && $line =~ ^(mpirun|prterun):\ Forwarding\ signal ]]; then
            printf '%s\n' "$line" >>"$1"
        elif [[ -z $block && ! $line =~ $rule ]]; then
            printf '%s\n' "$line"
        elif [[ -z $block || (! $line =~ $rule && ${#block} -lt 4000) ]]; then
            block+=$line$'\n'
        else
            block+=$line$'\n'
            if [[ $block =~ $account ]]; then
                printf '%s' "$block" >>"$1"
            else
                printf '%s' "$block"
            fi
            block=""
        fi
    done
    printf '%s' "$block"
}
