#define _GNU_SOURCE
#include "cfuzzing.h"
#include <sys/resource.h>

int cfuzzing_start_in(posix_spawn_file_actions_t *actions, const char *folder) {
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}

int cfuzzing_limit(pid_t process, unsigned long processor_seconds, unsigned long file_bytes) {
    struct rlimit core = {0, 0}, processor = {processor_seconds, processor_seconds + 2}, file = {file_bytes, file_bytes};
    return prlimit(process, RLIMIT_CORE, &core, 0) | prlimit(process, RLIMIT_CPU, &processor, 0)
        | prlimit(process, RLIMIT_FSIZE, &file, 0);
}
