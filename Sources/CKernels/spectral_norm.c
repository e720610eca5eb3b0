#include "ckernels_spectral_norm.h"

#include "sums.h"

CK_KERNEL(
    void, ck_matrix_vector,
    (const float *w, const float *x, float *y, int64_t rows, int64_t n),
    (w, x, y, rows, n)) {
    for (int64_t r = 0; r < rows; r++, w += n) y[r] = sum_of_products(w, x, n);
}

CK_KERNEL(
    void, ck_vector_matrix,
    (const float *restrict w, const float *restrict x, float *restrict y, int64_t rows, int64_t n),
    (w, x, y, rows, n)) {
    for (int64_t c = 0; c < n; c++) y[c] = 0;
    // Four rows at a time, each added by itself: y is in the cache, but not in registers.
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4, w += 4 * n) {
        const float a = x[r], b = x[r + 1], c = x[r + 2], d = x[r + 3];
        const float *restrict w1 = w + n, *restrict w2 = w1 + n, *restrict w3 = w2 + n;
        int64_t i = 0;
        for (; i + 16 <= n; i += 16) {
            // Rows are short: memory would begin anew with each.
            __builtin_prefetch(w + 8 * n + i);
            __builtin_prefetch(w1 + 8 * n + i);
            __builtin_prefetch(w2 + 8 * n + i);
            __builtin_prefetch(w3 + 8 * n + i);
            ck_v16 sum = FUSED(LOAD(w + i), a, LOAD(y + i));
            sum = FUSED(LOAD(w1 + i), b, sum);
            sum = FUSED(LOAD(w2 + i), c, sum);
            STORE(y + i, FUSED(LOAD(w3 + i), d, sum));
        }
        for (; i < n; i++) y[i] = FUSED(w3[i], d, FUSED(w2[i], c, FUSED(w1[i], b, FUSED(w[i], a, y[i]))));
    }
    for (; r < rows; r++, w += n)
        for (int64_t i = 0; i < n; i++) y[i] = FUSED(w[i], x[r], y[i]);
}

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
