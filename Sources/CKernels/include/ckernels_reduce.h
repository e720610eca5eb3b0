#ifndef GANGLION_CKERNELS_REDUCE_H
#define GANGLION_CKERNELS_REDUCE_H
#include <stddef.h>
/// y[i] += x[i]
void ck_accumulate(float *restrict y, const float *restrict x, size_t n);
#endif
