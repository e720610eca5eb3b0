#ifndef GANGLION_CKERNELS_SPECTRAL_NORM_H
#define GANGLION_CKERNELS_SPECTRAL_NORM_H
#include <stddef.h>
#include <stdint.h>

/// y[r] = Σ w[r][c]·x[c] over `rows` rows of n
void ck_matrix_vector(const float *w, const float *x, float *y, int64_t rows, int64_t n);
/// y[c] = Σ x[r]·w[r][c] over `rows` rows of n
void ck_vector_matrix(const float *w, const float *x, float *y, int64_t rows, int64_t n);
/// Σ a·b, in double
double ck_inner_product(const float *a, const float *b, size_t n);
/// g[r][c] = (g[r][c] − factor·u[r]·v[c])·scale over `rows` rows of n
void ck_subtract_outer(
    float *g, const float *u, const float *v, int64_t rows, int64_t n, float factor, float scale);
#endif
