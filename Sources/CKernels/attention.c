#include "ckernels_attention.h"

#include "sums.h"

typedef unsigned ck_u16 __attribute__((vector_size(64), aligned(4)));

/// eˣ for x ≤ 0, to two units of the last place; 0 below e⁻⁸⁷, where results would be denormal.
CK_INLINE void exponentials(ck_v16 *x) {
    // x = n ln 2 + r. Added to this, a number has its integer part in the last bits.
    const float shifter = 0x1.8p23f;
    const ck_v16 shifted = FUSED(*x, (ck_v16){0} + 0x1.715476p+0f, (ck_v16){0} + shifter);
    const ck_v16 n = shifted - shifter;
    // The first of two parts of ln 2 has zeros at its end, so that its product with n is exact.
    ck_v16 r = FUSED(n, (ck_v16){0} - 0x1.62e4p-1f, *x);
    r = FUSED(n, (ck_v16){0} - 0x1.7f7d1cp-20f, r);
    ck_v16 p = (ck_v16){0} + 1.0f / 5040;
#define STEP(c) p = FUSED(p, r, (ck_v16){0} + (c));
    STEP(1.0f / 720)
    STEP(1.0f / 120)
    STEP(1.0f / 24)
    STEP(1.0f / 6)
    STEP(0.5f)
    STEP(1)
    STEP(1)
#undef STEP
    const ck_v16 y = (ck_v16)((ck_u16)p + ((ck_u16)shifted << 23));
    *x = CHOOSE(*x < -87, (ck_v16){0}, y);
}

CK_INLINE float largest(const float *s, int64_t m) {
    const ck_v16 none = (ck_v16){0} - __builtin_inff();
    ck_v16 first = none, second = none;
    int64_t i = 0;
    for (; i + 32 <= m; i += 32) {
        const ck_v16 a = LOAD(s + i), b = LOAD(s + i + 16);
        first = CHOOSE(a > first, a, first);
        second = CHOOSE(b > second, b, second);
    }
    if (i < m) {
        const ck_v16 a = LOAD(s + i);
        first = CHOOSE(a > first, a, first);
        if (i + 16 < m) {
            const ck_v16 b = LOAD(s + i + 16);
            second = CHOOSE(b > second, b, second);
        }
    }
    first = CHOOSE(second > first, second, first);
    float v[16], best = -__builtin_inff();
    STORE(v, first);
    for (int k = 0; k < 16; k++) best = v[k] > best ? v[k] : best;
    return best;
}

CK_INLINE void fill_rest(float *row, int64_t m, int64_t stride, float value) {
    for (int64_t i = m; i < stride; i++) row[i] = value;
}

CK_KERNEL(
    void, ck_softmax_rows,
    (float *s, int64_t rows, int64_t m, int64_t stride),
    (s, rows, m, stride)) {
    for (int64_t r = 0; r < rows; r++, s += stride) {
        // A weight of zero, whatever the row's largest is.
        fill_rest(s, m, stride, -__builtin_inff());
        const float shift = largest(s, m);
        ck_v16 first = {0}, second = {0};
        int64_t i = 0;
        for (; i + 32 <= stride; i += 32) {
            ck_v16 a = LOAD(s + i) - shift, b = LOAD(s + i + 16) - shift;
            exponentials(&a);
            exponentials(&b);
            first += a;
            second += b;
            STORE(s + i, a);
            STORE(s + i + 16, b);
        }
        if (i < stride) {
            ck_v16 a = LOAD(s + i) - shift;
            exponentials(&a);
            first += a;
            STORE(s + i, a);
        }
        first += second;
        const float scale = 1 / lanes(&first);
        for (i = 0; i < stride; i += 16) STORE(s + i, LOAD(s + i) * scale);
    }
}

CK_KERNEL(
    void, ck_softmax_gradient_rows,
    (const float *p, float *g, int64_t rows, int64_t m, int64_t stride),
    (p, g, rows, m, stride)) {
    for (int64_t r = 0; r < rows; r++, p += stride, g += stride) {
        fill_rest(g, m, stride, 0);
        const float inner = sum_of_products(p, g, stride);
        for (int64_t i = 0; i < stride; i += 16) STORE(g + i, LOAD(p + i) * (LOAD(g + i) - inner));
    }
}

CK_KERNEL(
    void, ck_softmax_second_rows,
    (const float *p, float *g, float *a, float *b, int64_t rows, int64_t m, int64_t stride),
    (p, g, a, b, rows, m, stride)) {
    for (int64_t r = 0; r < rows; r++, p += stride, g += stride, a += stride, b += stride) {
        fill_rest(g, m, stride, 0);
        fill_rest(a, m, stride, 0);
        fill_rest(b, m, stride, 0);
        const float of_g = sum_of_products(p, g, stride), of_a = sum_of_products(p, a, stride);
        for (int64_t i = 0; i < stride; i += 16) {
            const ck_v16 weight = LOAD(p + i), x = LOAD(g + i) - of_g, y = LOAD(a + i) - of_a;
            STORE(b + i, FUSED(y, x, LOAD(b + i)));
            STORE(g + i, weight * x);
            STORE(a + i, weight * y);
        }
        const float of_b = sum_of_products(p, b, stride);
        for (int64_t i = 0; i < stride; i += 16) STORE(b + i, LOAD(p + i) * (LOAD(b + i) - of_b));
    }
}
