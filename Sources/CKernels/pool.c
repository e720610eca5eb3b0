#define _GNU_SOURCE
#include "ckernels_pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define CPU_RELAX() _mm_pause()
#else
#define CPU_RELAX() ((void)0)
#endif

enum { MAX_THREADS = 256 };

// A loop's items are dealt to the threads in equal runs, one lane each. A thread takes those of its own lane, then
// helps the others: as neighbouring items touch neighbouring memory, most of what a thread reads is what it wrote in
// the loop before, and lies in its own cache.
//
// A lane is open while its ticket holds the loop's generation in the upper and its next item in the lower half. An
// item is taken by a compare-and-swap of the whole: it fails when the loop that a worker has read about is no longer
// open, so a worker that was away is never waited for, and never runs an item of a loop that has ended. The caller
// waits for items, not for workers.
typedef struct {
    _Alignas(128) _Atomic uint64_t ticket;
    // Items that the thread of this number has run since the pool started.
    _Alignas(128) _Atomic int64_t completed;
} lane;
static lane lanes[MAX_THREADS];
static const uint32_t CLOSED = UINT32_MAX;
// What the futex sleeps on.
static _Alignas(128) atomic_uint bell;
static _Alignas(128) atomic_int sleepers, stopping;
// Written only while the lanes are closed.
static _Alignas(128) _Atomic(ck_body) loop_body;
static _Atomic(void *) loop_context;
// Items in the upper, lanes in the lower half: one word, so that they belong together whoever reads them when.
static _Atomic uint64_t loop_extent;
static uint32_t generation;
// Items of all loops so far.
static int64_t expected;

static int thread_count = 1, spin_count;
static pthread_t workers[MAX_THREADS];
// Held by whoever runs a loop on the workers, and while they start and stop.
static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;
static unsigned starting_bell;
static _Thread_local int inside, flag;
static _Thread_local float *scratch;
static _Thread_local size_t scratch_count;

void ck_flush_denormals(void) {
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040u);
#endif
}

int ck_thread_flag(void) { return flag; }
void ck_set_thread_flag(int value) { flag = value; }

// The first item of a lane.
static uint32_t first_item(uint64_t extent, uint64_t number) {
    return (uint32_t)((extent >> 32) * number / (uint32_t)extent);
}

// Runs items of one lane until there are none left to take.
static void take_items(uint32_t number, int self) {
    _Atomic uint64_t *const ticket = &lanes[number].ticket;
    uint64_t seen = atomic_load_explicit(ticket, memory_order_acquire);
    for (;;) {
        const uint32_t item = (uint32_t)seen;
        if (item == CLOSED) return;
        const ck_body body = atomic_load_explicit(&loop_body, memory_order_relaxed);
        void *const context = atomic_load_explicit(&loop_context, memory_order_relaxed);
        const uint64_t extent = atomic_load_explicit(&loop_extent, memory_order_relaxed);
        if (number >= (uint32_t)extent || item >= first_item(extent, (uint64_t)number + 1)) return;
        // Success means that the ticket has not changed since: what was read above belongs to this loop.
        atomic_thread_fence(memory_order_acquire);
        if (!atomic_compare_exchange_weak_explicit(ticket, &seen, seen + 1, memory_order_acq_rel, memory_order_acquire))
            continue;
        body(context, item);
        _Atomic int64_t *const completed = &lanes[self].completed;
        atomic_store_explicit(
            completed, atomic_load_explicit(completed, memory_order_relaxed) + 1, memory_order_release);
        seen = atomic_load_explicit(ticket, memory_order_acquire);
    }
}

// Runs items of the open loop until there are none left to take, its own first.
static void take_part(int self) {
    const uint32_t count = (uint32_t)atomic_load_explicit(&loop_extent, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++) take_items(((uint32_t)self + i) % count, self);
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

static void *work(void *number) {
    const int self = (int)(uintptr_t)number;
    unsigned heard = starting_bell;
    inside = 1;
    ck_flush_denormals();
    for (;;) {
        heard = wait_for_ring(heard);
        if (atomic_load(&stopping)) break;
        take_part(self);
    }
    free(scratch);
    return NULL;
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
    starting_bell = atomic_load(&bell);
    expected = 0;
    for (int i = 0; i < MAX_THREADS; i++) {
        atomic_store(&lanes[i].ticket, CLOSED);
        atomic_store(&lanes[i].completed, 0);
    }
    // Signals are for the main thread.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int result = 0;
    for (int i = 1; i < threads && result == 0; i++) {
        if (pthread_create(&workers[i], NULL, work, (void *)(uintptr_t)i)) result = -1;
        else thread_count = i + 1;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_mutex_unlock(&owner);
    return result;
}

int ck_pool_threads(void) { return thread_count; }

static int64_t completed_items(void) {
    int64_t sum = 0;
    for (int i = 0; i < thread_count; i++) sum += atomic_load_explicit(&lanes[i].completed, memory_order_acquire);
    return sum;
}

float *ck_scratch(size_t count) {
    if (count > scratch_count) {
        free(scratch);
        scratch_count = 0;
        if (posix_memalign((void **)&scratch, 64, count * sizeof(float))) return scratch = NULL;
        scratch_count = count;
    }
    return scratch;
}

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
    const uint32_t count = items < thread_count ? (uint32_t)items : (uint32_t)thread_count;
    const uint64_t extent = (uint64_t)items << 32 | count;
    // The former loop left its tickets at items past the last: closed to all who compare with it.
    generation++;
    for (uint32_t i = 0; i < count; i++)
        atomic_store_explicit(&lanes[i].ticket, (uint64_t)generation << 32 | CLOSED, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    atomic_store_explicit(&loop_body, body, memory_order_relaxed);
    atomic_store_explicit(&loop_context, context, memory_order_relaxed);
    atomic_store_explicit(&loop_extent, extent, memory_order_release);
    expected += items;
    for (uint32_t i = 0; i < count; i++)
        atomic_store_explicit(
            &lanes[i].ticket, (uint64_t)generation << 32 | first_item(extent, i), memory_order_release);
    ring();
    take_part(0);
    for (int i = 0; completed_items() < expected; i++) {
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
