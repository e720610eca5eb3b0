#ifndef GANGLION_CKERNELS_REDUCE_H
#define GANGLION_CKERNELS_REDUCE_H
#include <stddef.h>
#include <stdint.h>

/// y[i] += x[i]
void ck_accumulate(float *restrict y, const float *restrict x, size_t n);

/// out[r, i] += x[r, i]·y[r, i] over a matrix of rows × n. An inner stride of 0 broadcasts an operand; for `out` it
/// sums along the row. `y` may be NULL, which stands for ones.
void ck_contract(const float *x, const float *y, float *out, int64_t rows, int64_t n, int64_t x_row, int64_t y_row,
                 int64_t out_row, int x_inner, int y_inner, int out_inner);

/// Σ x², in double
double ck_sum_squares(const float *x, size_t n);
#endif
