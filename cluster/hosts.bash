# Host files, shared by the scripts of this folder that start something on other hosts.
# shellcheck shell=bash

# What a host may be called: something that ssh cannot take for an option, nor a shell for a command.
user_name='[A-Za-z_][A-Za-z0-9_.-]*'
host_name='[A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+'
host_line="^(($user_name)@)?($host_name)(([[:blank:]]+[a-z_-]+[[:blank:]]*=[[:blank:]]*[A-Za-z0-9_.-]+)*)\$"

# read_hosts FILE: checks an Open MPI host file and sets, for each host in its order, host_names, host_users ("" if it
# names none), host_slots and host_lines (without comments). Refuses what is no host; not even Open MPI gets to see it.
read_hosts() {
    local LC_ALL=C file=$1 text line where=0 rest slots user
    host_names=() host_users=() host_slots=() host_lines=()
    [[ -e $file ]] || fail "cannot read the host file '$file': there is no such file" 66
    [[ -f $file ]] || fail "cannot read the host file '$file': found something else than a regular file" 66
    # More than any cluster has. Bash would leave zero bytes out, and see another file than Open MPI.
    (($(stat --dereference --format=%s -- "$file") <= 1000000)) ||
        fail "$file: found a host file of more than a megabyte" 65
    text=$(tr 2>/dev/null '\0' '\1' <"$file" && echo .) || fail "cannot read the host file '$file'" 66
    text=${text%.}
    while IFS= read -r line; do
        where=$((where + 1))
        # Bash's patterns would take minutes.
        ((${#line} <= 1000)) || fail "$file, line $where: found ${#line} characters, expected at most 1000" 65
        line=${line%%#*}
        line=${line#"${line%%[![:blank:]]*}"} line=${line%"${line##*[![:blank:]]}"}
        [[ -n $line ]] || continue
        [[ $line =~ $host_line ]] || fail "$file, line $where: found '${line:0:200}', expected a host's name or \
address (letters, digits, dots, underscores, hyphens but not at its head), then slots=N or nothing" 65
        host_lines+=("$line") host_names+=("${BASH_REMATCH[3]}")
        user=${BASH_REMATCH[2]} rest=${BASH_REMATCH[4]} slots=1
        while [[ $rest =~ ^[[:blank:]]+([a-z_-]+)[[:blank:]]*=[[:blank:]]*([^[:blank:]]+)(.*)$ ]]; do
            rest=${BASH_REMATCH[3]}
            case "${BASH_REMATCH[1]}" in
                slots | count | cpu | cpus)
                    slots=$(host_number "$file, line $where: ${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}") || exit
                    ;;
                max_slots | max-slots | slots_max | slots-max)
                    host_number "$file, line $where: ${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >/dev/null || exit
                    ;;
                user | username)
                    user=${BASH_REMATCH[2]}
                    [[ $user =~ ^$user_name$ ]] || fail "$file, line $where: found '$user' for a user's name" 65
                    ;;
                *) fail "$file, line $where: found '${BASH_REMATCH[1]}=', expected slots=, max_slots= or user=" 65 ;;
            esac
        done
        host_users+=("$user") host_slots+=("$slots")
    done <<<"$text"
    ((${#host_names[@]} > 0)) || fail "$file: found no host in it, expected one on each line" 65
}

host_number() {
    [[ $2 =~ ^0*([1-9][0-9]{0,5})$ ]] || fail "$1 takes a number from 1 to 999999, found '$2'" 65
    echo "${BASH_REMATCH[1]}"
}

# Whether a name means the machine that this script runs on.
is_this_host() {
    local name
    # HOSTNAME may have been exported on another one.
    name=$(uname -n)
    [[ $1 == localhost || $1 == 127.* || $1 == ::1 || $1 == "$name" || $1 == "${name%%.*}" ]]
}
