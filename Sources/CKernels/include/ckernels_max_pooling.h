#ifndef GANGLION_CKERNELS_MAX_POOLING_H
#define GANGLION_CKERNELS_MAX_POOLING_H
#include <stdint.h>

// Rows first ..< last of the small image; w is the large image's width, c the channels of both. A choice is the place
// of the largest of 2×2 pixels, in the order of reading: 0, 1, 2 or 3.

/// The largest of each 2×2 pixels, the first of equal ones; NaN where one of them is.
void ck_max_pool_rows(
    const float *x, float *y, float *choice, int64_t w, int64_t c, int64_t first, int64_t last);
/// x = y at each choice, 0 elsewhere.
void ck_max_pool_scatter_rows(
    const float *y, const float *choice, float *x, int64_t w, int64_t c, int64_t first, int64_t last);
/// y = x at each choice.
void ck_max_pool_gather_rows(
    const float *x, const float *choice, float *y, int64_t w, int64_t c, int64_t first, int64_t last);
#endif
