#ifndef GANGLION_CKERNELS_HALVES_H
#define GANGLION_CKERNELS_HALVES_H
#include <stddef.h>
#include <stdint.h>

// bfloat16: the upper sixteen bits of a float, rounded to nearest even. What is not a number stays none.

void ck_pack_halves(uint16_t *restrict y, const float *restrict x, size_t n);
void ck_unpack_halves(float *restrict y, const uint16_t *restrict x, size_t n);
/// In place, what packing and unpacking would give.
void ck_round_to_halves(float *x, size_t n);
#endif
