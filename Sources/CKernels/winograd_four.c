#include "ckernels_winograd_four.h"

#include "winograd_six.h"

/// Along one axis, six frequencies to three pixels.
CK_INLINE void output_axis(const ck_v16 *d, ck_v16 *o, int os) {
    ck_v16 sum1 = d[1] + d[2], difference1 = d[1] - d[2];
    ck_v16 sum2 = d[3] + d[4], difference2 = d[3] - d[4];
    o[0] = d[0] + sum1 + sum2;
    o[os] = FUSED(2.0f, difference2, difference1);
    o[2 * os] = FUSED(4.0f, sum2, sum1) + d[5];
}

/// The adjoint of `output_axis`.
CK_INLINE void output_gradient_axis(const ck_v16 *d, ck_v16 *o, int os) {
    ck_v16 even1 = d[0] + d[2], even2 = FUSED(4.0f, d[2], d[0]);
    o[0] = d[0];
    o[os] = even1 + d[1];
    o[2 * os] = even1 - d[1];
    o[3 * os] = FUSED(2.0f, d[1], even2);
    o[4 * os] = FUSED(-2.0f, d[1], even2);
    o[5 * os] = d[2];
}

CK_INLINE void output_tile(
    int whole, const float *p, ck_strides strides, float *image, ck_image shape, int first, int last, int row,
    int column) {
    for (int c = first; c < last; c += 16, p += strides.group) {
        ck_v16 d[6], e[3 * 6], o[3];
        int count = whole ? 16 : last - c;
        for (int j = 0; j < 6; j++) {
#pragma clang loop unroll(full)
            for (int i = 0; i < 6; i++) d[i] = LOAD(p + (i * 6 + j) * strides.frequency);
            output_axis(d, e + j, 6);
        }
        for (int i = 0; i < 3 && row + i < shape.height; i++) {
            output_axis(e + i * 6, o, 1);
#pragma clang loop unroll(full)
            for (int j = 0; j < 3; j++) {
                if (column + j >= shape.width) continue;
                const ptrdiff_t position = (ptrdiff_t)(row + i) * shape.width + column + j;
                store_channels(image + position * shape.channels + c, o + j, count);
            }
        }
    }
}

CK_KERNEL(
    void, ck_winograd_four_output,
    (const float *p, ck_strides strides, float *image, ck_image shape, int first, int last, int row, int column),
    (p, strides, image, shape, first, last, row, column)) {
    if (last % 16) output_tile(0, p, strides, image, shape, first, last, row, column);
    else output_tile(1, p, strides, image, shape, first, last, row, column);
}

CK_INLINE void output_gradient_tile(
    int whole, const float *image, ck_image shape, int row, int column, float *v, ck_strides strides) {
    const ptrdiff_t line = (ptrdiff_t)shape.width * shape.channels;
    const float *origin = image + row * line + (ptrdiff_t)column * shape.channels;
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[3], e[6 * 3], o[6];
        int count = whole ? 16 : shape.channels - c;
        for (int j = 0; j < 3; j++) {
            const int seen = column + j < shape.width;
#pragma clang loop unroll(full)
            for (int i = 0; i < 3; i++) {
                if (seen && row + i < shape.height) load_channels(d + i, origin + i * line + j * shape.channels + c, count);
                else d[i] = (ck_v16){0};
            }
            output_gradient_axis(d, e + j, 3);
        }
        for (int i = 0; i < 6; i++) {
            output_gradient_axis(e + i * 3, o, 1);
#pragma clang loop unroll(full)
            for (int j = 0; j < 6; j++) STORE(v + (i * 6 + j) * strides.frequency, o[j]);
        }
    }
}

CK_KERNEL(
    void, ck_winograd_four_output_gradient,
    (const float *image, ck_image shape, int row, int column, float *v, ck_strides strides),
    (image, shape, row, column, v, strides)) {
    if (shape.channels % 16) output_gradient_tile(0, image, shape, row, column, v, strides);
    else output_gradient_tile(1, image, shape, row, column, v, strides);
}

CK_INLINE void input_gradient_tile(
    int whole, const float *v, ck_strides strides, float *image, ck_image shape, int first, int last, int row,
    int column) {
    const ptrdiff_t line = (ptrdiff_t)shape.width * shape.channels;
    for (int c = first; c < last; c += 16, v += strides.group) {
        ck_v16 d[6], e[6 * 6];
        int count = whole ? 16 : last - c;
        for (int j = 0; j < 6; j++) {
#pragma clang loop unroll(full)
            for (int i = 0; i < 6; i++) d[i] = LOAD(v + (i * 6 + j) * strides.frequency);
            six_input_gradient(d, 1, e + j, 6);
        }
        for (int i = 0; i < 6; i++) {
            if (row + i < 0 || row + i >= shape.height) continue;
            six_input_gradient(e + i * 6, 1, d, 1);
            float *p = image + (row + i) * line + (ptrdiff_t)column * shape.channels + c;
#pragma clang loop unroll(full)
            for (int j = 0; j < 6; j++) {
                if (column + j < 0 || column + j >= shape.width) continue;
                ck_v16 sum;
                load_channels(&sum, p + j * shape.channels, count);
                sum += d[j];
                store_channels(p + j * shape.channels, &sum, count);
            }
        }
    }
}

CK_KERNEL(
    void, ck_winograd_four_input_gradient,
    (const float *v, ck_strides strides, float *image, ck_image shape, int first, int last, int row, int column),
    (v, strides, image, shape, first, last, row, column)) {
    if (last % 16) input_gradient_tile(0, v, strides, image, shape, first, last, row, column);
    else input_gradient_tile(1, v, strides, image, shape, first, last, row, column);
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
                float *target = w + (a * 4 + b) * plane + r * line;
                if (accumulate) {
                    ck_v16 before;
                    load_channels(&before, target, columns);
                    o[b] += before;
                }
                store_channels(target, o + b, columns);
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
