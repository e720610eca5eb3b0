#define _GNU_SOURCE
#include "ckernels_pool.h"

#include <linux/futex.h>
#include <pthread.h>
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

// A loop is one new generation; a worker that has no item left adds itself to `finished`.
static atomic_uint generation, finished;
static atomic_llong next_item;
static atomic_int stopping;
static ck_body loop_body;
static void *loop_context;
static int64_t loop_items;
static atomic_int thread_count = 1;
static int spin_count;
static pthread_t workers[MAX_THREADS];
// Held by whoever runs a loop, or starts or stops the workers: none of these can happen at once.
static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int inside, flag;

void ck_flush_denormals(void) {
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040u);
#endif
}

int ck_thread_flag(void) { return flag; }
void ck_set_thread_flag(int value) { flag = value; }

static void sleep_while(atomic_uint *word, unsigned value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake(atomic_uint *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, MAX_THREADS, NULL, NULL, 0); }

static unsigned wait_for_change(atomic_uint *word, unsigned old) {
    for (int i = 0; i < spin_count; i++) {
        unsigned now = atomic_load_explicit(word, memory_order_acquire);
        if (now != old) return now;
        CPU_RELAX();
    }
    unsigned now;
    while ((now = atomic_load(word)) == old) sleep_while(word, old);
    return now;
}

static void take_items(void) {
    long long item;
    while ((item = atomic_fetch_add_explicit(&next_item, 1, memory_order_relaxed)) < loop_items)
        loop_body(loop_context, item);
}

static void *work(void *seen) {
    unsigned last = (unsigned)(uintptr_t)seen;
    inside = 1;
    ck_flush_denormals();
    for (;;) {
        last = wait_for_change(&generation, last);
        if (atomic_load(&stopping)) return NULL;
        take_items();
        atomic_fetch_add(&finished, 1);
        wake(&finished);
    }
}

static void stop_workers(void) {
    if (thread_count == 1) return;
    atomic_store(&stopping, 1);
    atomic_fetch_add(&generation, 1);
    wake(&generation);
    for (int i = 1; i < thread_count; i++) pthread_join(workers[i], NULL);
    thread_count = 1;
}

int ck_pool_start(int threads, int spin) {
    pthread_mutex_lock(&owner);
    stop_workers();
    if (threads > MAX_THREADS) threads = MAX_THREADS;
    spin_count = spin;
    atomic_store(&stopping, 0);
    // Signals are for the main thread.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int result = 0;
    for (int i = 1; i < threads && result == 0; i++) {
        if (pthread_create(&workers[i], NULL, work, (void *)(uintptr_t)atomic_load(&generation))) result = -1;
        else thread_count = i + 1;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_mutex_unlock(&owner);
    return result;
}

void ck_pool_stop(void) {
    pthread_mutex_lock(&owner);
    stop_workers();
    pthread_mutex_unlock(&owner);
}

int ck_pool_threads(void) { return thread_count; }

void ck_pool_run(ck_body body, void *context, int64_t items) {
    if (items <= 0) return;
    if (thread_count == 1 || items == 1 || inside || pthread_mutex_trylock(&owner)) {
        for (int64_t i = 0; i < items; i++) body(context, i);
        return;
    }
    inside = 1;
    loop_body = body;
    loop_context = context;
    loop_items = items;
    atomic_store(&next_item, 0);
    atomic_store(&finished, 0);
    atomic_fetch_add(&generation, 1);
    wake(&generation);
    take_items();
    unsigned done = atomic_load(&finished);
    while ((int)done < thread_count - 1) done = wait_for_change(&finished, done);
    inside = 0;
    pthread_mutex_unlock(&owner);
}
