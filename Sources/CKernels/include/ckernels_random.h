#ifndef GANGLION_CKERNELS_RANDOM_H
#define GANGLION_CKERNELS_RANDOM_H
#include <stddef.h>
#include <stdint.h>

/// N(0, 1) numbers from Philox 4×32-10 by Box–Muller: element i comes from the counter (i / 4, c1, c2, c3).
void ck_normals(uint64_t key, uint32_t c1, uint32_t c2, uint32_t c3, float *out, size_t n);
/// Uniform numbers in [0, 1) from the same counters.
void ck_uniforms(uint64_t key, uint32_t c1, uint32_t c2, uint32_t c3, float *out, size_t n);
#endif
