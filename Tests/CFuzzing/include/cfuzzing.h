#ifndef CFUZZING_H
#define CFUZZING_H
#include <spawn.h>
#include <sys/types.h>

/// What glibc shows only to programs that ask for its extensions: the folder in which a spawned process starts,
int cfuzzing_start_in(posix_spawn_file_actions_t *actions, const char *folder);
/// and limits for a process that runs already. No core files; files of at most `file_bytes`.
int cfuzzing_limit(pid_t process, unsigned long processor_seconds, unsigned long file_bytes);
#endif
