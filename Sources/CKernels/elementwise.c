#include "ckernels_elementwise.h"

#include <string.h>

#include "functions.h"

#define ROWS(EXPRESSION)                                                                              \
    for (int64_t r = 0; r < rows; r++) {                                                              \
        const float *ar = a + r * a_row, *br = b + r * b_row;                                         \
        float *o = out + r * out_row;                                                                 \
        if (a_inner && b_inner)                                                                       \
            for (int64_t i = 0; i < n; i++) { float u = ar[i], v = br[i]; o[i] = EXPRESSION; }        \
        else if (a_inner) {                                                                           \
            const float v = br[0];                                                                    \
            for (int64_t i = 0; i < n; i++) { float u = ar[i]; o[i] = EXPRESSION; }                   \
        } else if (b_inner) {                                                                         \
            const float u = ar[0];                                                                    \
            for (int64_t i = 0; i < n; i++) { float v = br[i]; o[i] = EXPRESSION; }                   \
        } else {                                                                                      \
            const float u = ar[0], v = br[0], w = EXPRESSION;                                         \
            for (int64_t i = 0; i < n; i++) o[i] = w;                                                 \
        }                                                                                             \
    }

CK_KERNEL(
    void, ck_binary,
    (int op, const float *a, const float *b, float *restrict out, int64_t rows, int64_t n, int64_t a_row,
     int64_t b_row, int64_t out_row, int a_inner, int b_inner),
    (op, a, b, out, rows, n, a_row, b_row, out_row, a_inner, b_inner)) {
    switch (op) {
    case CK_ADD: ROWS(u + v); break;
    case CK_SUBTRACT: ROWS(u - v); break;
    case CK_MULTIPLY: ROWS(u * v); break;
    }
}

CK_KERNEL(
    void, ck_affine,
    (const float *x, float *y, size_t n, float a, float b),
    (x, y, n, a, b)) {
    if (b == 0) for (size_t i = 0; i < n; i++) y[i] = a * x[i];
    else for (size_t i = 0; i < n; i++) y[i] = FUSED(a, x[i], b);
}

CK_KERNEL(
    void, ck_power,
    (const float *x, float *y, size_t n, float exponent),
    (x, y, n, exponent)) {
    if (exponent == -1.0f) for (size_t i = 0; i < n; i++) y[i] = 1.0f / x[i];
    else if (exponent == -0.5f) for (size_t i = 0; i < n; i++) y[i] = 1.0f / __builtin_sqrtf(x[i]);
    else if (exponent == 0.5f) for (size_t i = 0; i < n; i++) y[i] = __builtin_sqrtf(x[i]);
    else if (exponent == -1.5f) for (size_t i = 0; i < n; i++) y[i] = 1.0f / (x[i] * __builtin_sqrtf(x[i]));
    else for (size_t i = 0; i < n; i++) y[i] = (float)ck_pow(x[i], exponent);
}

CK_INLINE float magnitude(float x) { return x < 0 ? -x : x; }

// Stable on both sides: no overflow for large x, no loss of the tail for very negative x.
CK_KERNEL(
    void, ck_softplus,
    (const float *x, float *y, size_t n),
    (x, y, n)) {
    for (size_t i = 0; i < n; i++) {
        const double rest = ck_log_of_one_and(ck_exp(-magnitude(x[i])));
        y[i] = (float)(x[i] > 0 ? x[i] + rest : rest);
    }
}

CK_KERNEL(
    void, ck_sigmoid,
    (const float *x, float *y, size_t n),
    (x, y, n)) {
    for (size_t i = 0; i < n; i++) {
        const double e = ck_exp(-magnitude(x[i]));
        y[i] = (float)((x[i] >= 0 ? 1 : e) / (1 + e));
    }
}

CK_KERNEL(
    void, ck_exponential,
    (const float *x, float *y, size_t n),
    (x, y, n)) {
    for (size_t i = 0; i < n; i++) y[i] = (float)ck_exp(x[i]);
}

CK_KERNEL(
    void, ck_logarithm,
    (const float *x, float *y, size_t n),
    (x, y, n)) {
    for (size_t i = 0; i < n; i++) y[i] = (float)ck_log(x[i]);
}

double ck_power_of(double x, double exponent) { return ck_pow(x, exponent); }

CK_KERNEL(
    void, ck_at_least,
    (const float *x, float *y, size_t n, float bound),
    (x, y, n, bound)) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] > bound ? x[i] : bound;
}

CK_KERNEL(
    void, ck_mask_above,
    (const float *x, const float *g, float *y, size_t n, float bound),
    (x, g, y, n, bound)) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] > bound ? g[i] : 0;
}

void ck_copy_rows(const float *x, float *restrict y, int64_t rows, int64_t n, int64_t x_row, int64_t y_row) {
    for (int64_t r = 0; r < rows; r++) memcpy(y + r * y_row, x + r * x_row, (size_t)n * sizeof(float));
}
