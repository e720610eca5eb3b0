#include "ckernels_winograd_stride.h"

#include "winograd_four_two.h"
#include "winograd_tiles.h"

/// Reads 10×10 pixels and transforms them to 25 frequencies of each parity.
CK_INLINE void input_tile(
    int whole, const float *image, ck_image shape, int row, int column, float *v, ck_strides strides, size_t parity) {
    const ptrdiff_t line = (ptrdiff_t)shape.width * shape.channels;
    const int inside = whole && row >= 0 && column >= 0 && row + 10 <= shape.height && column + 10 <= shape.width;
    const float *origin = image + row * line + (ptrdiff_t)column * shape.channels;
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[10], e[10 * 10];
        int count = whole ? 16 : shape.channels - c;
        for (int j = 0; j < 10; j++) {
            const float *p = origin + j * shape.channels + c;
            if (inside) {
#pragma clang loop unroll(full)
                for (int i = 0; i < 10; i++) d[i] = LOAD(p + i * line);
            } else {
                const int seen = column + j >= 0 && column + j < shape.width;
#pragma clang loop unroll(full)
                for (int i = 0; i < 10; i++) {
                    if (seen && row + i >= 0 && row + i < shape.height) load_channels(d + i, p + i * line, count);
                    else d[i] = (ck_v16){0};
                }
            }
            four_two_input(d, 2, e + j, 10);
            four_two_input(d + 1, 2, e + 50 + j, 10);
        }
        for (int i = 0; i < 10; i++) {
            float *target = v + (i / 5 * 2) * parity + (i % 5 * 5) * strides.frequency;
            ck_v16 o[10];
            four_two_input(e + i * 10, 2, o, 1);
            four_two_input(e + i * 10 + 1, 2, o + 5, 1);
#pragma clang loop unroll(full)
            for (int j = 0; j < 10; j++) STORE(target + j / 5 * parity + j % 5 * strides.frequency, o[j]);
        }
    }
}

CK_KERNEL(
    void, ck_winograd_stride_input,
    (const float *image, ck_image shape, int row, int column, float *v, ck_strides strides, size_t parity),
    (image, shape, row, column, v, strides, parity)) {
    if (shape.channels % 16) input_tile(0, image, shape, row, column, v, strides, parity);
    else input_tile(1, image, shape, row, column, v, strides, parity);
}

CK_KERNEL(
    void, ck_winograd_stride_output,
    (const float *p, ck_strides strides, float *image, ck_image shape, int first, int last, int row, int column),
    (p, strides, image, shape, first, last, row, column)) {
    if (last % 16) output_tile(5, 4, four_two_output, 0, p, strides, NULL, image, shape, first, last, row, column);
    else output_tile(5, 4, four_two_output, 1, p, strides, NULL, image, shape, first, last, row, column);
}

CK_KERNEL(
    void, ck_winograd_stride_output_gradient,
    (const float *image, ck_image shape, int row, int column, float *v, ck_strides strides),
    (image, shape, row, column, v, strides)) {
    if (shape.channels % 16)
        output_gradient_tile(5, 4, four_two_output_gradient, 0, image, shape, row, column, v, strides);
    else output_gradient_tile(5, 4, four_two_output_gradient, 1, image, shape, row, column, v, strides);
}

CK_INLINE void input_gradient_tile(
    int whole, const float *v, ck_strides strides, size_t parity, float *image, ck_image shape, int first, int last,
    int row, int column) {
    const ptrdiff_t line = (ptrdiff_t)shape.width * shape.channels;
    for (int c = first; c < last; c += 16, v += strides.group) {
        ck_v16 d[10], e[10 * 10];
        int count = whole ? 16 : last - c;
        for (int j = 0; j < 10; j++) {
            const float *source = v + j / 5 * parity + j % 5 * strides.frequency;
#pragma clang loop unroll(full)
            for (int i = 0; i < 10; i++) d[i] = LOAD(source + i / 5 * 2 * parity + i % 5 * 5 * strides.frequency);
            four_two_input_gradient(d, 1, e + j, 20);
            four_two_input_gradient(d + 5, 1, e + 10 + j, 20);
        }
        for (int i = 0; i < 10; i++) {
            if (row + i < 0 || row + i >= shape.height) continue;
            four_two_input_gradient(e + i * 10, 1, d, 2);
            four_two_input_gradient(e + i * 10 + 5, 1, d + 1, 2);
            float *p = image + (row + i) * line + (ptrdiff_t)column * shape.channels + c;
#pragma clang loop unroll(full)
            for (int j = 0; j < 10; j++) {
                if (column + j < 0 || column + j >= shape.width) continue;
                put_channels(p + j * shape.channels, d[j], count, 1);
            }
        }
    }
}

CK_KERNEL(
    void, ck_winograd_stride_input_gradient,
    (const float *v, ck_strides strides, size_t parity, float *image, ck_image shape, int first, int last, int row, int
     column),
    (v, strides, parity, image, shape, first, last, row, column)) {
    if (last % 16) input_gradient_tile(0, v, strides, parity, image, shape, first, last, row, column);
    else input_gradient_tile(1, v, strides, parity, image, shape, first, last, row, column);
}

/// Two taps of an axis at the five points.
CK_INLINE void weights_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    const ck_v16 half = 0.5f * d[0], sixth = (1 / 6.0f) * d[0];
    o[0] = half;
    o[os] = FUSED(-0.5f, d[ds], -half);
    o[2 * os] = FUSED(1 / 6.0f, d[ds], -sixth);
    o[3 * os] = FUSED(1 / 3.0f, d[ds], sixth);
    o[4 * os] = d[ds];
}

/// The adjoint of `weights_axis`.
CK_INLINE void weights_gradient_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    const ck_v16 half = d[0] - d[ds], sixth = d[3 * ds] - d[2 * ds];
    o[0] = FUSED(1 / 6.0f, sixth, 0.5f * half);
    o[os] = FUSED(1 / 3.0f, d[3 * ds], FUSED(1 / 6.0f, d[2 * ds], FUSED(-0.5f, d[ds], d[4 * ds])));
}

CK_INLINE void weights(
    const float *w, size_t plane, size_t line, int rows, int columns, int is_turned, float *u, size_t frequency,
    size_t parity) {
    float block[16][16 * 16];
    if (is_turned)
        for (int tap = 0; tap < 16; tap++) transposed(w + tap * plane, line, rows, columns, block[tap]);
    for (int r = 0; r < 16; r++, u += 16)
        for (int q = 0; q < 4; q++) {
            ck_v16 d[4], e[5 * 2], o[5];
#pragma clang loop unroll(full)
            for (int t = 0; t < 4; t++) {
                // Row and column of the parity's tap.
                const int tap = (q / 2 + t / 2 * 2) * 4 + q % 2 + t % 2 * 2;
                if (is_turned) d[t] = LOAD(block[tap] + r * 16);
                else if (r < rows) load_channels(d + t, w + tap * plane + r * line, columns);
                else d[t] = (ck_v16){0};
            }
            weights_axis(d, 2, e, 2);
            weights_axis(d + 1, 2, e + 1, 2);
#pragma clang loop unroll(full)
            for (int i = 0; i < 5; i++) {
                weights_axis(e + i * 2, 1, o, 1);
#pragma clang loop unroll(full)
                for (int j = 0; j < 5; j++) STORE(u + q * parity + (i * 5 + j) * frequency, o[j]);
            }
        }
}

CK_KERNEL(
    void, ck_winograd_stride_weights,
    (const float *w, size_t plane, size_t line, int rows, int columns, int transpose, float *u, size_t frequency, size_t
     parity),
    (w, plane, line, rows, columns, transpose, u, frequency, parity)) {
    if (columns == 16) weights(w, plane, line, rows, 16, transpose, u, frequency, parity);
    else weights(w, plane, line, rows, columns, transpose, u, frequency, parity);
}

CK_INLINE void weight_gradient(
    const float *u, size_t frequency, size_t parity, float *w, size_t plane, size_t line, int rows, int columns,
    int accumulate) {
    for (int r = 0; r < rows; r++, u += 16)
        for (int q = 0; q < 4; q++) {
            ck_v16 d[5], e[2 * 5], o[2];
#pragma clang loop unroll(full)
            for (int j = 0; j < 5; j++) {
#pragma clang loop unroll(full)
                for (int i = 0; i < 5; i++) d[i] = LOAD(u + q * parity + (i * 5 + j) * frequency);
                weights_gradient_axis(d, 1, e + j, 5);
            }
#pragma clang loop unroll(full)
            for (int i = 0; i < 2; i++) {
                weights_gradient_axis(e + i * 5, 1, o, 1);
#pragma clang loop unroll(full)
                for (int j = 0; j < 2; j++) {
                    const int tap = (q / 2 + i * 2) * 4 + q % 2 + j * 2;
                    put_channels(w + tap * plane + r * line, o[j], columns, accumulate);
                }
            }
        }
}

CK_KERNEL(
    void, ck_winograd_stride_weight_gradient,
    (const float *u, size_t frequency, size_t parity, float *w, size_t plane, size_t line, int rows, int columns, int
     accumulate),
    (u, frequency, parity, w, plane, line, rows, columns, accumulate)) {
    if (columns == 16) weight_gradient(u, frequency, parity, w, plane, line, rows, 16, accumulate);
    else weight_gradient(u, frequency, parity, w, plane, line, rows, columns, accumulate);
}
