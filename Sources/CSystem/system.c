#define _GNU_SOURCE
#include "csystem.h"

#include <malloc.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
