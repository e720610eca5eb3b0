#ifndef GANGLION_CKERNELS_ELEMENTWISE_H
#define GANGLION_CKERNELS_ELEMENTWISE_H
#include <stddef.h>
#include <stdint.h>

enum ck_binary_op { CK_ADD, CK_SUBTRACT, CK_MULTIPLY };

/// A matrix of rows × n, each operand with a row stride and an inner stride of 0 (broadcast) or 1.
void ck_binary(int op, const float *a, const float *b, float *restrict out, int64_t rows, int64_t n, int64_t a_row,
               int64_t b_row, int64_t out_row, int a_inner, int b_inner);

/// y = a·x + b
void ck_affine(const float *x, float *y, size_t n, float a, float b);
/// y = x^exponent
void ck_power(const float *x, float *y, size_t n, float exponent);
/// x^exponent, the same with any C library and on any processor
double ck_power_of(double x, double exponent);
/// y = log(1 + e^x)
void ck_softplus(const float *x, float *y, size_t n);
/// y = 1 / (1 + e^−x)
void ck_sigmoid(const float *x, float *y, size_t n);
/// y = e^x
void ck_exponential(const float *x, float *y, size_t n);
/// y = log x
void ck_logarithm(const float *x, float *y, size_t n);
/// y = max(x, bound)
void ck_at_least(const float *x, float *y, size_t n, float bound);
/// y = x > bound ? g : 0
void ck_mask_above(const float *x, const float *g, float *y, size_t n, float bound);
/// y = x, a matrix of rows × n with row strides
void ck_copy_rows(const float *x, float *restrict y, int64_t rows, int64_t n, int64_t x_row, int64_t y_row);
#endif
