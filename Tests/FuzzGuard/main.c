// fuzzguard SECONDS FILE_BYTES FOLDER WRITABLE PROGRAM ARGUMENT…
//
// Starts a program in FOLDER with limits on processor time and file sizes, without core files, and unable to write
// anywhere but below WRITABLE, whatever a forged file or an option asks it to: by Landlock, where the kernel has it.
// `fuzzguard --confines` tells whether it does.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned long long writing =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
    | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG
    | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK
    | LANDLOCK_ACCESS_FS_MAKE_SYM;
// Since version 2 and version 3 of the interface; older headers do not name them.
static const unsigned long long refer = 1ULL << 13, truncation = 1ULL << 14;

static int version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static int allow(int rules, const char *path, unsigned long long access) {
    struct landlock_path_beneath_attr rule = {.allowed_access = access};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) return -1;
    int status = (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return status;
}

static int confine(const char *folder) {
    int interface = version();
    if (interface < 1) return 0;
    struct landlock_ruleset_attr handled = {.handled_access_fs = writing};
    if (interface >= 2) handled.handled_access_fs |= refer;
    if (interface >= 3) handled.handled_access_fs |= truncation;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0 || allow(rules, folder, handled.handled_access_fs) != 0) return -1;
    unsigned long long file = LANDLOCK_ACCESS_FS_WRITE_FILE | (interface >= 3 ? truncation : 0);
    if (allow(rules, "/dev/null", file) != 0 || allow(rules, "/dev/full", file) != 0) return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], "--confines") == 0) return version() >= 1 ? 0 : 1;
    if (count < 6) return 125;
    rlim_t seconds = strtoul(words[1], NULL, 10), bytes = strtoul(words[2], NULL, 10);
    struct rlimit core = {0, 0}, processor = {seconds, seconds + 2}, file = {bytes, bytes};
    if (setrlimit(RLIMIT_CORE, &core) || setrlimit(RLIMIT_CPU, &processor) || setrlimit(RLIMIT_FSIZE, &file)
        || chdir(words[3]) || confine(words[4])) {
        perror("fuzzguard");
        return 125;
    }
    execv(words[5], words + 5);
    perror(words[5]);
    return 126;
}
