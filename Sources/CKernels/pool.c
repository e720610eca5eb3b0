#define _GNU_SOURCE
#include "ckernels_pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define CPU_RELAX() _mm_pause()
#else
#define CPU_RELAX() ((void)0)
#endif

enum { MAX_THREADS = 256 };

// A loop is open while `ticket` holds its generation in the upper and the next item in the lower half. An item is
// taken by a compare-and-swap of the whole: it fails when the loop that a worker has read about is no longer open, so
// a worker that was away is never waited for, and never runs an item of a loop that has ended. The caller waits for
// items, not for workers.
static _Atomic uint64_t ticket;
static const uint32_t CLOSED = UINT32_MAX;
// What the futex sleeps on: the low half of the generation.
static atomic_uint bell;
static atomic_int sleepers, stopping;
static _Atomic int64_t completed;
// Written only while the ticket is closed.
static _Atomic(ck_body) loop_body;
static _Atomic(void *) loop_context;
static _Atomic uint32_t loop_items;

static int thread_count = 1, spin_count;
static pthread_t workers[MAX_THREADS];
// Held by whoever runs a loop on the workers, and while they start and stop.
static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int inside, flag;

void ck_flush_denormals(void) {
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040u);
#endif
}

int ck_thread_flag(void) { return flag; }
void ck_set_thread_flag(int value) { flag = value; }

// Runs items of the open loop until there are none left to take.
static void take_items(void) {
    uint64_t seen = atomic_load_explicit(&ticket, memory_order_acquire);
    for (;;) {
        const uint32_t item = (uint32_t)seen;
        if (item == CLOSED) return;
        const ck_body body = atomic_load_explicit(&loop_body, memory_order_relaxed);
        void *const context = atomic_load_explicit(&loop_context, memory_order_relaxed);
        if (item >= atomic_load_explicit(&loop_items, memory_order_relaxed)) return;
        // Success means that the ticket has not changed since: what was read above belongs to this loop.
        atomic_thread_fence(memory_order_acquire);
        if (!atomic_compare_exchange_weak_explicit(&ticket, &seen, seen + 1, memory_order_acq_rel,
                                                   memory_order_acquire))
            continue;
        body(context, item);
        atomic_fetch_add_explicit(&completed, 1, memory_order_release);
        seen = atomic_load_explicit(&ticket, memory_order_acquire);
    }
}

static void ring(void) {
    atomic_fetch_add(&bell, 1);
    if (atomic_load(&sleepers) > 0)
        syscall(SYS_futex, &bell, FUTEX_WAKE_PRIVATE, MAX_THREADS, NULL, NULL, 0);
}

static unsigned wait_for_ring(unsigned heard) {
    for (int i = 0; i < spin_count; i++) {
        const unsigned now = atomic_load_explicit(&bell, memory_order_acquire);
        if (now != heard) return now;
        CPU_RELAX();
    }
    // Announced before the last look, so that a ring in between is either seen or wakes.
    atomic_fetch_add(&sleepers, 1);
    unsigned now;
    while ((now = atomic_load(&bell)) == heard) syscall(SYS_futex, &bell, FUTEX_WAIT_PRIVATE, heard, NULL, NULL, 0);
    atomic_fetch_sub(&sleepers, 1);
    return now;
}

static void *work(void *start) {
    unsigned heard = (unsigned)(uintptr_t)start;
    inside = 1;
    ck_flush_denormals();
    for (;;) {
        heard = wait_for_ring(heard);
        if (atomic_load(&stopping)) return NULL;
        take_items();
    }
}

static void stop_workers(void) {
    if (thread_count == 1) return;
    atomic_store(&stopping, 1);
    ring();
    for (int i = 1; i < thread_count; i++) pthread_join(workers[i], NULL);
    thread_count = 1;
}

int ck_pool_start(int threads, int spin) {
    pthread_mutex_lock(&owner);
    stop_workers();
    if (threads > MAX_THREADS) threads = MAX_THREADS;
    spin_count = spin;
    atomic_store(&stopping, 0);
    atomic_store(&ticket, CLOSED);
    // Signals are for the main thread.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int result = 0;
    for (int i = 1; i < threads && result == 0; i++) {
        if (pthread_create(&workers[i], NULL, work, (void *)(uintptr_t)atomic_load(&bell))) result = -1;
        else thread_count = i + 1;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_mutex_unlock(&owner);
    return result;
}

int ck_pool_threads(void) { return thread_count; }

void ck_pool_run(ck_body body, void *context, int64_t items) {
    if (items <= 0) return;
    if (items == 1 || items >= CLOSED || inside || pthread_mutex_trylock(&owner)) {
        for (int64_t i = 0; i < items; i++) body(context, i);
        return;
    }
    if (thread_count == 1) {
        pthread_mutex_unlock(&owner);
        for (int64_t i = 0; i < items; i++) body(context, i);
        return;
    }
    inside = 1;
    // The former loop left its ticket at an item past its last: closed to all who compare with it.
    const uint64_t generation = (atomic_load_explicit(&ticket, memory_order_relaxed) >> 32) + 1;
    atomic_store_explicit(&ticket, generation << 32 | CLOSED, memory_order_seq_cst);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&loop_body, body, memory_order_relaxed);
    atomic_store_explicit(&loop_context, context, memory_order_relaxed);
    atomic_store_explicit(&loop_items, (uint32_t)items, memory_order_relaxed);
    atomic_store_explicit(&completed, 0, memory_order_relaxed);
    atomic_store_explicit(&ticket, (generation + 1) << 32, memory_order_seq_cst);
    ring();
    take_items();
    for (int i = 0; atomic_load_explicit(&completed, memory_order_acquire) < items; i++) {
        // An item that a worker has taken is almost done, unless the worker has lost its core: then it needs this one.
        if (i < 20000) CPU_RELAX();
        else sched_yield();
    }
    inside = 0;
    pthread_mutex_unlock(&owner);
}

void ck_pool_stop(void) {
    pthread_mutex_lock(&owner);
    stop_workers();
    pthread_mutex_unlock(&owner);
}
