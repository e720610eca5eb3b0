#ifndef GANGLION_CKERNELS_POOL_H
#define GANGLION_CKERNELS_POOL_H
#include <stddef.h>
#include <stdint.h>
/// One item of a parallel loop.
typedef void (*ck_body)(void *context, int64_t item);
/// Starts `threads - 1` workers (the caller is the last one). Workers spin `spin` times before they sleep.
/// Returns 0, or -1 when a thread cannot be created.
int ck_pool_start(int threads, int spin);
/// Threads that take part in a loop, the caller included.
int ck_pool_threads(void);
/// Runs body(context, 0 ..< items) on all threads and returns when all are done. Each thread begins with
/// a run of its own, but helps the others, so a body must not depend on who runs it. A loop inside a loop, or one that another thread asks for
/// meanwhile, runs in its caller alone.
void ck_pool_run(ck_body body, void *context, int64_t items);
/// Memory of the calling thread alone, for `count` floats, contents undefined; NULL when there is none. Valid until the
/// thread asks again.
float *ck_scratch(size_t count);
/// Ends and joins the workers. Like `ck_pool_start`, it waits for a loop of another thread, and must not be called in
/// a loop.
void ck_pool_stop(void);
/// Flushes denormals to zero on the calling thread; threads it creates inherit that.
void ck_flush_denormals(void);
/// A flag of the calling thread, free for its user.
int ck_thread_flag(void);
void ck_set_thread_flag(int value);
#endif
