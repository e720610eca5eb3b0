#include "ckernels_winograd_four.h"

#include "winograd_tiles.h"

/// Along one axis, six frequencies to three pixels.
CK_INLINE void output_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 sum1 = d[ds] + d[2 * ds], difference1 = d[ds] - d[2 * ds];
    ck_v16 sum2 = d[3 * ds] + d[4 * ds], difference2 = d[3 * ds] - d[4 * ds];
    o[0] = d[0] + sum1 + sum2;
    o[os] = FUSED(2.0f, difference2, difference1);
    o[2 * os] = FUSED(4.0f, sum2, sum1) + d[5 * ds];
}

/// The adjoint of `output_axis`.
CK_INLINE void output_gradient_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 even1 = d[0] + d[2 * ds], even2 = FUSED(4.0f, d[2 * ds], d[0]);
    o[0] = d[0];
    o[os] = even1 + d[ds];
    o[2 * os] = even1 - d[ds];
    o[3 * os] = FUSED(2.0f, d[ds], even2);
    o[4 * os] = FUSED(-2.0f, d[ds], even2);
    o[5 * os] = d[2 * ds];
}

CK_KERNEL(
    void, ck_winograd_four_output,
    (const float *p, ck_strides strides, float *image, ck_image shape, int first, int last, int row, int column),
    (p, strides, image, shape, first, last, row, column)) {
    if (last % 16) output_tile(6, 3, output_axis, 0, p, strides, NULL, image, shape, first, last, row, column);
    else output_tile(6, 3, output_axis, 1, p, strides, NULL, image, shape, first, last, row, column);
}

CK_KERNEL(
    void, ck_winograd_four_output_gradient,
    (const float *image, ck_image shape, int row, int column, float *v, ck_strides strides),
    (image, shape, row, column, v, strides)) {
    if (shape.channels % 16) output_gradient_tile(6, 3, output_gradient_axis, 0, image, shape, row, column, v, strides);
    else output_gradient_tile(6, 3, output_gradient_axis, 1, image, shape, row, column, v, strides);
}

/// Four taps of an axis at the six points.
CK_INLINE void weights_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    const ck_v16 even1 = (-1 / 6.0f) * (d[0] + d[2 * ds]), odd1 = (-1 / 6.0f) * (d[ds] + d[3 * ds]);
    const ck_v16 even2 = FUSED(1 / 6.0f, d[2 * ds], (1 / 24.0f) * d[0]);
    const ck_v16 odd2 = FUSED(1 / 3.0f, d[3 * ds], (1 / 12.0f) * d[ds]);
    o[0] = 0.25f * d[0];
    o[os] = even1 + odd1;
    o[2 * os] = even1 - odd1;
    o[3 * os] = even2 + odd2;
    o[4 * os] = even2 - odd2;
    o[5 * os] = d[3 * ds];
}

/// The adjoint of `weights_axis`.
CK_INLINE void weights_gradient_axis(const ck_v16 *d, ck_v16 *o, int os) {
    const ck_v16 sum1 = (-1 / 6.0f) * (d[1] + d[2]), difference1 = (-1 / 6.0f) * (d[1] - d[2]);
    const ck_v16 sum2 = d[3] + d[4], difference2 = d[3] - d[4];
    o[0] = FUSED(0.25f, d[0], FUSED(1 / 24.0f, sum2, sum1));
    o[os] = FUSED(1 / 12.0f, difference2, difference1);
    o[2 * os] = FUSED(1 / 6.0f, sum2, sum1);
    o[3 * os] = FUSED(1 / 3.0f, difference2, difference1) + d[5];
}

CK_INLINE void weights(
    const float *w, size_t plane, size_t line, int rows, int columns, int is_turned, float *u, size_t frequency) {
    float block[16][16 * 16];
    if (is_turned)
        for (int tap = 0; tap < 16; tap++) transposed(w + tap * plane, line, rows, columns, block[tap]);
    for (int r = 0; r < 16; r++, u += 16) {
        ck_v16 d[4], e[6 * 4], o[6];
        for (int b = 0; b < 4; b++) {
#pragma clang loop unroll(full)
            for (int a = 0; a < 4; a++) {
                const int tap = a * 4 + b;
                if (is_turned) d[a] = LOAD(block[tap] + r * 16);
                else if (r < rows) load_channels(d + a, w + tap * plane + r * line, columns);
                else d[a] = (ck_v16){0};
            }
            weights_axis(d, 1, e + b, 4);
        }
        for (int i = 0; i < 6; i++) {
            weights_axis(e + i * 4, 1, o, 1);
#pragma clang loop unroll(full)
            for (int j = 0; j < 6; j++) STORE(u + (i * 6 + j) * frequency, o[j]);
        }
    }
}

CK_KERNEL(
    void, ck_winograd_four_weights,
    (const float *w, size_t plane, size_t line, int rows, int columns, int transpose, float *u, size_t frequency),
    (w, plane, line, rows, columns, transpose, u, frequency)) {
    if (columns == 16) weights(w, plane, line, rows, 16, transpose, u, frequency);
    else weights(w, plane, line, rows, columns, transpose, u, frequency);
}

CK_INLINE void weight_gradient(
    const float *u, size_t frequency, float *w, size_t plane, size_t line, int rows, int columns, int accumulate) {
    for (int r = 0; r < rows; r++, u += 16) {
        ck_v16 d[6], e[4 * 6], o[4];
        for (int j = 0; j < 6; j++) {
#pragma clang loop unroll(full)
            for (int i = 0; i < 6; i++) d[i] = LOAD(u + (i * 6 + j) * frequency);
            weights_gradient_axis(d, e + j, 6);
        }
        for (int a = 0; a < 4; a++) {
            weights_gradient_axis(e + a * 6, o, 1);
#pragma clang loop unroll(full)
            for (int b = 0; b < 4; b++) {
                put_channels(w + (a * 4 + b) * plane + r * line, o[b], columns, accumulate);
            }
        }
    }
}

CK_KERNEL(
    void, ck_winograd_four_weight_gradient,
    (const float *u, size_t frequency, float *w, size_t plane, size_t line, int rows, int columns, int accumulate),
    (u, frequency, w, plane, line, rows, columns, accumulate)) {
    if (columns == 16) weight_gradient(u, frequency, w, plane, line, rows, 16, accumulate);
    else weight_gradient(u, frequency, w, plane, line, rows, columns, accumulate);
}
