#ifndef GANGLION_CKERNELS_SUMS_H
#define GANGLION_CKERNELS_SUMS_H
#include <stddef.h>

#include "vectors.h"

// Sums along a row, in one order on all levels and with all compilers: the elements are dealt to two times sixteen
// lanes, of which halves are added to halves, and what remains of the row comes last, one by one.

typedef double ck_d8 __attribute__((vector_size(64), aligned(8)));

CK_INLINE float lanes(const ck_v16 *v) {
    float s[16];
    STORE(s, *v);
#pragma clang loop unroll(full)
    for (int half = 8; half > 0; half /= 2)
#pragma clang loop unroll(full)
        for (int i = 0; i < half; i++) s[i] += s[i + half];
    return s[0];
}

CK_INLINE double double_lanes(const ck_d8 *v) {
    double s[8];
    *(ck_d8 *)s = *v;
#pragma clang loop unroll(full)
    for (int half = 4; half > 0; half /= 2)
#pragma clang loop unroll(full)
        for (int i = 0; i < half; i++) s[i] += s[i + half];
    return s[0];
}

/// Σ a · b, or with `b` NULL Σ a.
CK_INLINE float sum_of_products(const float *a, const float *b, int64_t n) {
    float sum = 0;
    int64_t i = 0;
    if (n >= 16) {
        ck_v16 first = {0}, second = {0};
#pragma clang loop unroll(disable)
        for (; i + 32 <= n; i += 32) {
            first = b ? FUSED(LOAD(a + i), LOAD(b + i), first) : first + LOAD(a + i);
            second = b ? FUSED(LOAD(a + i + 16), LOAD(b + i + 16), second) : second + LOAD(a + i + 16);
        }
        if (i + 16 <= n) {
            first = b ? FUSED(LOAD(a + i), LOAD(b + i), first) : first + LOAD(a + i);
            i += 16;
        }
        first += second;
        sum = lanes(&first);
    }
#pragma clang loop vectorize(disable) unroll(disable)
    for (; i < n; i++) sum = b ? FUSED(a[i], b[i], sum) : sum + a[i];
    return sum;
}

/// Σ f(x) of eight numbers at a time, in double: `TERM` makes a double, or eight, of `x`.
#define SUM_IN_DOUBLE(n, TERMS, TERM) \
    ({ \
        double sum = 0; \
        size_t i = 0; \
        ck_d8 first = {0}, second = {0}; \
        for (; i + 16 <= (n); i += 16) { \
            first += TERMS(i); \
            second += TERMS(i + 8); \
        } \
        first += second; \
        sum = double_lanes(&first); \
        for (; i < (n); i++) sum += TERM(i); \
        sum; \
    })

/// Eight floats in double.
#define DOUBLES(p) __builtin_convertvector(*(const ck_f8 *)(p), ck_d8)
typedef float ck_f8 __attribute__((vector_size(32), aligned(4)));
#endif
