#include "ckernels_batch_norm.h"

#include "activation.h"
#include "vectors.h"

// Channels are summed in registers, as many at a time as there are registers for; even rows and odd ones apart. A
// channel's sums do not depend on its neighbours. What so many rows add up to is added to the rest as one: one running sum
// of thousands of rows would round away what a variance is told by.
#define ROWS_TOGETHER 64

#define ALL_ROWS                                                                                     \
    for (int64_t from = 0; from < rows; from += ROWS_TOGETHER) {                                     \
        const int64_t until = from + ROWS_TOGETHER < rows ? from + ROWS_TOGETHER : rows;             \
        ck_v16 first[VECTORS][2], second[VECTORS][2];                                                \
        _Pragma("clang loop unroll(full)")                                                           \
        for (int v = 0; v < vectors; v++)                                                            \
            for (int odd = 0; odd < 2; odd++) first[v][odd] = second[v][odd] = (ck_v16){0};          \
        int64_t r = from;                                                                            \
        for (; r + 2 <= until; r += 2)                                                               \
            _Pragma("clang loop unroll(full)")                                                       \
            for (int v = 0; v < vectors; v++) {                                                      \
                ROW(0, r)                                                                            \
                ROW(1, r + 1)                                                                        \
            }                                                                                        \
        if (r < until)                                                                               \
            _Pragma("clang loop unroll(full)")                                                       \
            for (int v = 0; v < vectors; v++) ROW(0, r)                                              \
        _Pragma("clang loop unroll(full)")                                                           \
        for (int v = 0; v < vectors; v++) {                                                          \
            total[v][0] += first[v][0] + first[v][1];                                                \
            total[v][1] += second[v][0] + second[v][1];                                              \
        }                                                                                            \
    }

/// g times the activation's slope, told from what the activation was applied to: the same bits as on the way there.
CK_INLINE void slopes(ck_v16 *g, const ck_v16 *z, ck_activation a) {
    const ck_v16 positive = (ck_v16){0} + a.gain, negative = (ck_v16){0} + a.gain * a.slope;
    ck_v16 slope = CHOOSE(*z > 0, positive, negative);
    if (a.clamp >= 0) {
        const ck_v16 y = slope * *z, bound = (ck_v16){0} + a.clamp;
        slope = CHOOSE((y < bound) & (y > -bound), slope, (ck_v16){0});
    }
    *g *= slope;
}

CK_INLINE void moments(
    int vectors, int count, const float *x, const float *shift, float *sums, int64_t rows, int64_t k) {
    ck_v16 total[4][2], middle[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        load_channels(&middle[v], shift + v * 16, count);
        total[v][0] = total[v][1] = (ck_v16){0};
    }
#define VECTORS 4
#define ROW(odd, row)                                          \
    {                                                          \
        ck_v16 d;                                              \
        load_channels(&d, x + (row) * k + v * 16, count);      \
        d -= middle[v];                                        \
        first[v][odd] += d;                                    \
        second[v][odd] = FUSED(d, d, second[v][odd]);          \
    }
    ALL_ROWS
#undef ROW
#undef VECTORS
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        store_channels(sums + v * 16, &total[v][0], count);
        store_channels(sums + k + v * 16, &total[v][1], count);
    }
}

CK_KERNEL(
    void, ck_batch_norm_moments,
    (const float *x, const float *shift, float *sums, int64_t rows, int64_t k),
    (x, shift, sums, rows, k)) {
    int64_t c = 0;
    if (WIDE())
        for (; c + 64 <= k; c += 64) moments(4, 16, x + c, shift + c, sums + c, rows, k);
    for (; c + 16 <= k; c += 16) moments(1, 16, x + c, shift + c, sums + c, rows, k);
    if (c < k) moments(1, (int)(k - c), x + c, shift + c, sums + c, rows, k);
}

CK_KERNEL(
    void, ck_batch_norm,
    (const float *restrict x, const ck_batch_norm_terms *terms, float *restrict y, int64_t rows, int64_t k),
    (x, terms, y, rows, k)) {
    const ck_activation act = terms->activation;
    const float *restrict mean = terms->mean, *restrict scale = terms->scale, *restrict bias = terms->bias;
    for (int64_t r = 0; r < rows; r++, x += k, y += k)
        for (int64_t i = 0; i < k; i++) y[i] = activate(FUSED(x[i] - mean[i], scale[i], bias[i]), act);
}

CK_INLINE void gradient_sums(
    int vectors, int count, const float *g, const float *x, const ck_batch_norm_terms *terms, int64_t c, float *sums,
    int64_t rows, int64_t k) {
    const ck_activation act = terms->activation;
    ck_v16 total[2][2], mean[2], scale[2], bias[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        load_channels(&mean[v], terms->mean + c + v * 16, count);
        load_channels(&scale[v], terms->scale + c + v * 16, count);
        load_channels(&bias[v], terms->bias + c + v * 16, count);
        total[v][0] = total[v][1] = (ck_v16){0};
    }
#define VECTORS 2
#define ROW(odd, row)                                             \
    {                                                             \
        ck_v16 d, p;                                              \
        load_channels(&d, x + (row) * k + c + v * 16, count);     \
        load_channels(&p, g + (row) * k + c + v * 16, count);     \
        d -= mean[v];                                             \
        const ck_v16 z = FUSED(d, scale[v], bias[v]);             \
        slopes(&p, &z, act);                                      \
        first[v][odd] += p;                                       \
        second[v][odd] = FUSED(p, d, second[v][odd]);             \
    }
    ALL_ROWS
#undef ROW
#undef VECTORS
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        store_channels(sums + c + v * 16, &total[v][0], count);
        store_channels(sums + k + c + v * 16, &total[v][1], count);
    }
}

CK_KERNEL(
    void, ck_batch_norm_gradient_sums,
    (const float *g, const float *x, const ck_batch_norm_terms *terms, float *sums, int64_t rows, int64_t k),
    (g, x, terms, sums, rows, k)) {
    int64_t c = 0;
    if (WIDE())
        for (; c + 32 <= k; c += 32) gradient_sums(2, 16, g, x, terms, c, sums, rows, k);
    for (; c + 16 <= k; c += 16) gradient_sums(1, 16, g, x, terms, c, sums, rows, k);
    if (c < k) gradient_sums(1, (int)(k - c), g, x, terms, c, sums, rows, k);
}

CK_INLINE void gradient_of(
    int count, const float *g, const float *x, const ck_batch_norm_terms *terms, const float *slope,
    const float *offset, float *gx, int64_t c) {
    ck_v16 d, p, mean, scale, bias, a, b;
    load_channels(&d, x + c, count);
    load_channels(&p, g + c, count);
    load_channels(&mean, terms->mean + c, count);
    load_channels(&scale, terms->scale + c, count);
    load_channels(&bias, terms->bias + c, count);
    load_channels(&a, slope + c, count);
    load_channels(&b, offset + c, count);
    d -= mean;
    const ck_v16 z = FUSED(d, scale, bias);
    slopes(&p, &z, terms->activation);
    b = FUSED(d, a, b);
    p = FUSED(scale, p, b);
    store_channels(gx + c, &p, count);
}

CK_KERNEL(
    void, ck_batch_norm_gradient,
    (const float *g, const float *x, const ck_batch_norm_terms *terms, const float *slope, const float *offset,
     float *gx, int64_t rows, int64_t k),
    (g, x, terms, slope, offset, gx, rows, k)) {
    for (int64_t r = 0; r < rows; r++, g += k, x += k, gx += k) {
        int64_t c = 0;
        for (; c + 16 <= k; c += 16) gradient_of(16, g, x, terms, slope, offset, gx, c);
        if (c < k) gradient_of((int)(k - c), g, x, terms, slope, offset, gx, c);
    }
}
