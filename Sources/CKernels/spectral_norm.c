#include "ckernels_spectral_norm.h"

#include "sums.h"

// The same bits on every level, as of all that changes replicas: products and sums are rounded by themselves.

CK_KERNEL(
    double, ck_inner_product,
    (const float *a, const float *b, size_t n),
    (a, b, n)) {
#define PRODUCT(i) ((double)a[i] * b[i])
#define PRODUCTS(i) (DOUBLES(a + (i)) * DOUBLES(b + (i)))
    return SUM_IN_DOUBLE(n, PRODUCTS, PRODUCT);
#undef PRODUCT
#undef PRODUCTS
}

CK_KERNEL(
    void, ck_subtract_outer,
    (float *restrict g, const float *restrict u, const float *restrict v, int64_t rows, int64_t n, float factor,
     float scale),
    (g, u, v, rows, n, factor, scale)) {
    for (int64_t r = 0; r < rows; r++, g += n) {
        const float of_row = factor * u[r];
        for (int64_t c = 0; c < n; c++) g[c] = (g[c] - of_row * v[c]) * scale;
    }
}
