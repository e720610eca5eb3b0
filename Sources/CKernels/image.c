#include "ckernels_image.h"

#include <string.h>

#include "clones.h"
#include "vectors.h"

CK_KERNEL(
    void, ck_recolor,
    (const float *restrict x, float *restrict y, int64_t count, int64_t channels, const float *restrict matrix,
     const float *restrict offset),
    (x, y, count, channels, matrix, offset)) {
    if (channels == 1) {
        const float a = matrix[0], b = offset[0];
        for (int64_t i = 0; i < count; i++) y[i] = FUSED(a, x[i], b);
        return;
    }
    float m[9], t[3];
    for (int i = 0; i < 9; i++) m[i] = matrix[i];
    for (int i = 0; i < 3; i++) t[i] = offset[i];
    for (int64_t i = 0; i < count; i++) {
        const float r = x[3 * i], g = x[3 * i + 1], b = x[3 * i + 2];
        y[3 * i] = FUSED(m[0], r, FUSED(m[1], g, FUSED(m[2], b, t[0])));
        y[3 * i + 1] = FUSED(m[3], r, FUSED(m[4], g, FUSED(m[5], b, t[1])));
        y[3 * i + 2] = FUSED(m[6], r, FUSED(m[7], g, FUSED(m[8], b, t[2])));
    }
}

// Lines are worked on sixteen floats at a time, and are as much longer.

CK_INLINE int64_t line_length(int64_t w, int64_t c, int64_t taps) { return ((w + 2 * taps) * c + 31) & ~(int64_t)15; }

int64_t ck_image_filter_scratch(int64_t h, int64_t w, int64_t c, int64_t taps) {
    return (h + 3) * line_length(w, c, taps);
}

/// Element i of a line of n that is reflected at its first and last one.
CK_INLINE int64_t reflected(int64_t i, int64_t n) {
    if (n == 1) return 0;
    const int64_t period = 2 * (n - 1);
    i %= period;
    if (i < 0) i += period;
    return i < n ? i : period - i;
}

CK_KERNEL(
    void, ck_image_filter,
    (const float *x, float *y, int64_t h, int64_t w, int64_t c, const float *filter, int64_t taps, float *scratch),
    (x, y, h, w, c, filter, taps, scratch)) {
    const int64_t length = line_length(w, c, taps), count = w * c, before = taps / 2;
    float *padded = scratch, *sum = scratch + length, *rows = scratch + 3 * length;
    memset(padded, 0, (size_t)length * sizeof(float));
    for (int64_t row = 0; row < h; row++) {
        for (int64_t u = 0; u < w + taps - 1; u++) {
            const float *in = x + (row * w + reflected(u - before, w)) * c;
            for (int64_t j = 0; j < c; j++) padded[u * c + j] = in[j];
        }
        for (int64_t i = 0; i < count; i += 16) {
            ck_v16 a = filter[0] * LOAD(padded + i);
            for (int64_t t = 1; t < taps; t++) a = FUSED((ck_v16){0} + filter[t], LOAD(padded + i + t * c), a);
            STORE(rows + row * length + i, a);
        }
    }
    for (int64_t row = 0; row < h; row++) {
        for (int64_t t = 0; t < taps; t++) {
            const float *in = rows + reflected(row + t - before, h) * length;
            const ck_v16 tap = (ck_v16){0} + filter[t];
            for (int64_t i = 0; i < count; i += 16)
                STORE(sum + i, t == 0 ? tap * LOAD(in + i) : FUSED(tap, LOAD(in + i), LOAD(sum + i)));
        }
        memcpy(y + row * count, sum, (size_t)count * sizeof(float));
    }
}

CK_KERNEL(
    void, ck_image_filter_adjoint,
    (const float *y, float *x, int64_t h, int64_t w, int64_t c, const float *filter, int64_t taps, float *scratch),
    (y, x, h, w, c, filter, taps, scratch)) {
    const int64_t length = line_length(w, c, taps), count = w * c, before = taps / 2;
    // A row between zeros, so that it can be read back from.
    const int64_t lead = (taps - 1) * c;
    float *line = scratch, *spread = scratch + length, *rows = scratch + 3 * length;
    memset(rows, 0, (size_t)(h * length) * sizeof(float));
    for (int64_t row = 0; row < h; row++) {
        memset(line, 0, (size_t)length * sizeof(float));
        memcpy(line, y + row * count, (size_t)count * sizeof(float));
        for (int64_t t = 0; t < taps; t++) {
            float *out = rows + reflected(row + t - before, h) * length;
            const ck_v16 tap = (ck_v16){0} + filter[t];
            for (int64_t i = 0; i < count; i += 16) STORE(out + i, FUSED(tap, LOAD(line + i), LOAD(out + i)));
        }
    }
    for (int64_t row = 0; row < h; row++) {
        memset(line, 0, (size_t)length * sizeof(float));
        memcpy(line + lead, rows + row * length, (size_t)count * sizeof(float));
        float *out = x + row * count;
        for (int64_t i = 0; i < count; i++) out[i] = 0;
        for (int64_t i = 0; i < (w + taps - 1) * c; i += 16) {
            ck_v16 a = filter[0] * LOAD(line + lead + i);
            for (int64_t t = 1; t < taps; t++) a = FUSED((ck_v16){0} + filter[t], LOAD(line + lead + i - t * c), a);
            STORE(spread + i, a);
        }
        for (int64_t u = 0; u < w + taps - 1; u++) {
            float *to = out + reflected(u - before, w) * c;
            for (int64_t j = 0; j < c; j++) to[j] += spread[u * c + j];
        }
    }
}
