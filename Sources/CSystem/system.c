#define _GNU_SOURCE
#include "csystem.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static atomic_int remembered;

// Only a store: anything more is not async-signal-safe.
static void remember(int signal) { atomic_store_explicit(&remembered, signal, memory_order_relaxed); }

int csystem_remember_signal(int signal) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = remember;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(signal, &action, 0);
}

int csystem_remembered_signal(void) { return atomic_load_explicit(&remembered, memory_order_relaxed); }

void csystem_line_buffer_stdout(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

int csystem_allowed_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return (int)sysconf(_SC_NPROCESSORS_ONLN);
    return CPU_COUNT(&set);
}

void csystem_return_large_blocks(void) {
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
    mallopt(M_ARENA_MAX, 2);
}

void csystem_sleep_exactly(void) { prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0); }

void csystem_wake_promptly(void) {
    csystem_sleep_exactly();
#ifdef SYS_sched_setattr
    // glibc has no struct for it. Since Linux 6.12 the run time of an ordinary thread is the length of its turns: who asks
    // for short ones gets them early.
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } turns = {.size = sizeof turns, .policy = SCHED_OTHER, .runtime = 100000};
    turns.nice = getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid));
    syscall(SYS_sched_setattr, 0, &turns, 0);
#endif
}

int csystem_fork_server(int *channel) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) return -1;
    pid_t parent = getpid(), server = fork();
    if (server) {
        int reason = errno;
        close(ends[1]);
        if (server < 0) close(ends[0]);
        errno = reason;
        *channel = ends[0];
        return server;
    }
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    // The parent may have died before.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent) _exit(1);
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0 || dup2(ends[1], 0) < 0 || dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0) _exit(1);
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 3U, ~0U, 0U))
#endif
        for (int file = 3; file < 65536; file++) close(file);
    return 0;
}

/// Whether it is a connection to another host.
static int leads_elsewhere(int file) {
    struct sockaddr_storage own = {0}, other = {0};
    socklen_t own_size = sizeof own, other_size = sizeof other;
    if (getsockname(file, (struct sockaddr *)&own, &own_size)) return 0;
    if (getpeername(file, (struct sockaddr *)&other, &other_size)) return 0;
    switch (own.ss_family) {
    case AF_INET:
        return ((struct sockaddr_in *)&own)->sin_addr.s_addr != ((struct sockaddr_in *)&other)->sin_addr.s_addr;
    case AF_INET6:
        return memcmp(
                   &((struct sockaddr_in6 *)&own)->sin6_addr, &((struct sockaddr_in6 *)&other)->sin6_addr,
                   sizeof(struct in6_addr))
            != 0;
    default: return 0;
    }
}

void csystem_hold_connections(const char *seconds) {
    // Without what libraries want to be done at a fork: nothing of theirs is called any more.
    if (_Fork()) return;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0 || dup2(nowhere, 0) < 0 || dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0) _exit(1);
    int held = 0;
    for (int file = 3; file < 65536; file++) {
        if (leads_elsewhere(file)) held += fcntl(file, F_SETFD, 0) == 0;
        else close(file);
    }
    // Where all ranks are on this host there is nothing to hold.
    if (held == 0) _exit(0);
    // Another program has none of our memory.
    execle("/bin/sleep", "sleep", seconds, (char *)NULL, (char *[]){NULL});
    _exit(1);
}

static int limit(int resource, rlim_t most) {
    struct rlimit limits = {most, most};
    return setrlimit(resource, &limits);
}

int csystem_fork_worker(unsigned long bytes) {
    pid_t parent = getpid(), worker = fork();
    if (worker) return worker;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent) _exit(1);
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    int found = file ? fscanf(file, "%lu", &pages) : 0;
    if (file) fclose(file);
    if (found != 1 || limit(RLIMIT_AS, pages * (unsigned long)sysconf(_SC_PAGESIZE) + bytes)) _exit(1);
    if (limit(RLIMIT_CORE, 0) || limit(RLIMIT_FSIZE, 0)) _exit(1);
    return 0;
}

int csystem_limit_time(unsigned processor_seconds, unsigned seconds) {
    struct rusage used;
    struct rlimit limits;
    if (getrusage(RUSAGE_SELF, &used) || getrlimit(RLIMIT_CPU, &limits)) return -1;
    rlim_t most = (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec + 2 + processor_seconds;
    limits.rlim_cur = most < limits.rlim_max ? most : limits.rlim_max;
    alarm(seconds);
    return setrlimit(RLIMIT_CPU, &limits);
}
