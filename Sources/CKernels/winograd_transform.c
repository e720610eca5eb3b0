#include "winograd_border.h"
#include "winograd_six.h"
#include "winograd_tiles.h"

// Winograd's transforms of one tile, sixteen channels at a time: with channels innermost they need no shuffles.
// Matrices as in Lavin & Gray (arXiv 1509.09308), section 4; F(4×4, 3×3) has the points 0, ±1, ±2, ∞.

/// o = Aᵀ d, along one axis: six values to four.
CK_INLINE void output_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 sum1 = d[ds] + d[2 * ds], difference1 = d[ds] - d[2 * ds];
    ck_v16 sum2 = d[3 * ds] + d[4 * ds], difference2 = d[3 * ds] - d[4 * ds];
    o[0] = d[0] + sum1 + sum2;
    o[os] = FUSED(2.0f, difference2, difference1);
    o[2 * os] = FUSED(4.0f, sum2, sum1);
    o[3 * os] = FUSED(8.0f, difference2, difference1) + d[5 * ds];
}

/// o = A d, along one axis: four values to six.
CK_INLINE void output_gradient_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 even1 = d[0] + d[2 * ds], odd1 = d[ds] + d[3 * ds];
    ck_v16 even2 = FUSED(4.0f, d[2 * ds], d[0]), odd2 = FUSED(4.0f, d[3 * ds], d[ds]);
    o[0] = d[0];
    o[os] = even1 + odd1;
    o[2 * os] = even1 - odd1;
    o[3 * os] = FUSED(2.0f, odd2, even2);
    o[4 * os] = FUSED(2.0f, -odd2, even2);
    o[5 * os] = d[3 * ds];
}

/// Along the other axis, to the frequencies.
CK_INLINE void transform_rows(int is_gradient, const ck_v16 *e, float *v, ck_strides strides) {
    for (int i = 0; i < 6; i++) {
        ck_v16 d[6];
        if (is_gradient) output_gradient_axis(e + i * 6, 1, d, 1);
        else six_input(e + i * 6, 1, d, 1);
#pragma clang loop unroll(full)
        for (int j = 0; j < 6; j++) STORE(v + (i * 6 + j) * strides.frequency, d[j]);
    }
}

/// Reads `side`² pixels and transforms them to 36 frequencies.
CK_INLINE void forward_tile(
    int whole, int is_gradient, const float *image, ck_image shape, int row, int column, const float *factors, float *v,
    ck_strides strides) {
    const int side = is_gradient ? 4 : 6;
    const ptrdiff_t line = (ptrdiff_t)shape.width * shape.channels;
    // Pixels row + i with i in [top, bottom) lie inside, likewise columns.
    int top = row < 0 ? -row : 0, left = column < 0 ? -column : 0;
    int bottom = shape.height - row, right = shape.width - column;
    int inside = whole && top == 0 && left == 0 && bottom >= side && right >= side;
    const float *origin = image + row * line + (ptrdiff_t)column * shape.channels;
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[6], e[6 * 6], factor;
        int count = whole ? 16 : shape.channels - c;
        if (factors) load_channels(&factor, factors + c, count);
        for (int j = 0; j < side; j++) {
            const float *p = origin + j * shape.channels + c;
            if (inside) {
#pragma clang loop unroll(full)
                for (int i = 0; i < side; i++) d[i] = LOAD(p + i * line);
            } else {
#pragma clang loop unroll(full)
                for (int i = 0; i < side; i++) {
                    if (j >= left && j < right && i >= top && i < bottom)
                        load_channels(d + i, p + i * line, count);
                    else d[i] = (ck_v16){0};
                }
            }
            if (factors)
#pragma clang loop unroll(full)
                for (int i = 0; i < side; i++) d[i] *= factor;
            if (is_gradient) output_gradient_axis(d, 1, e + j, 6);
            else six_input(d, 1, e + j, 6);
        }
        transform_rows(is_gradient, e, v, strides);
    }
}

/// The same at the border of an image that goes on beyond it, no further than a 3×3 convolution sees.
CK_INLINE void forward_border_tile(
    int whole, const float *image, ck_image shape, int row, int column, const float *factors, float *v,
    ck_strides strides) {
    ck_tile_places at;
    find_places(&at, shape, row, column, 6, 1);
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[6], e[6 * 6], factor;
        int count = whole ? 16 : shape.channels - c;
        if (factors) load_channels(&factor, factors + c, count);
        for (int j = 0; j < 6; j++) {
            load_column(d, image + c, &at, j, 0, 6, factors ? &factor : NULL, count);
            six_input(d, 1, e + j, 6);
        }
        transform_rows(0, e, v, strides);
    }
}

CK_KERNEL(
    void, ck_winograd_input,
    (const float *image, ck_image shape, int row, int column, const float *factors, float *v, ck_strides
     strides),
    (image, shape, row, column, factors, v, strides)) {
    if (is_border(shape, row, column, 6)) {
        if (shape.channels % 16) forward_border_tile(0, image, shape, row, column, factors, v, strides);
        else forward_border_tile(1, image, shape, row, column, factors, v, strides);
    } else if (shape.channels % 16) forward_tile(0, 0, image, shape, row, column, factors, v, strides);
    else if (factors) forward_tile(1, 0, image, shape, row, column, factors, v, strides);
    else forward_tile(1, 0, image, shape, row, column, NULL, v, strides);
}

CK_KERNEL(
    void, ck_winograd_output_gradient,
    (const float *image, ck_image shape, int row, int column, float *v, ck_strides strides),
    (image, shape, row, column, v, strides)) {
    if (shape.channels % 16) forward_tile(0, 1, image, shape, row, column, NULL, v, strides);
    else forward_tile(1, 1, image, shape, row, column, NULL, v, strides);
}

CK_INLINE void input_gradient_tile(
    int whole, const float *v, ck_strides strides, float *image, ck_image shape, int first, int last, int row,
    int column) {
    ck_tile_places at;
    find_places(&at, shape, row, column, 6, 1);
    for (int c = first; c < last; c += 16, v += strides.group) {
        ck_v16 d[6], e[6 * 6];
        int count = whole ? 16 : last - c;
        for (int j = 0; j < 6; j++) {
#pragma clang loop unroll(full)
            for (int i = 0; i < 6; i++) d[i] = LOAD(v + (i * 6 + j) * strides.frequency);
            six_input_gradient(d, 1, e + j, 6);
        }
        for (int i = 0; i < 6; i++) {
            if (at.rows[i] < 0) continue;
            six_input_gradient(e + i * 6, 1, d, 1);
            add_row(d, image + c, &at, i, 0, 6, count);
        }
    }
}

CK_KERNEL(
    void, ck_winograd_input_gradient,
    (const float *v, ck_strides strides, float *image, ck_image shape, int first, int last, int row, int column),
    (v, strides, image, shape, first, last, row, column)) {
    if (last % 16) input_gradient_tile(0, v, strides, image, shape, first, last, row, column);
    else input_gradient_tile(1, v, strides, image, shape, first, last, row, column);
}

CK_KERNEL(
    void, ck_winograd_output,
    (const float *p, ck_strides strides, const ck_epilogue_terms *terms, float *image, ck_image shape, int row,
     int column),
    (p, strides, terms, image, shape, row, column)) {
    const int last = shape.channels;
    if (last % 16) output_tile(6, 4, output_axis, 0, p, strides, terms, image, shape, 0, last, row, column);
    else if (terms) output_tile(6, 4, output_axis, 1, p, strides, terms, image, shape, 0, last, row, column);
    else output_tile(6, 4, output_axis, 1, p, strides, NULL, image, shape, 0, last, row, column);
}

/// The three taps of an axis at one of the transform's points.
#define POINT(p, a, b, c) FUSED((p)[2], c, FUSED((p)[0], a, (p)[1] * (b)))

typedef float ck_line __attribute__((vector_size(64)));

CK_INLINE void weights(
    const float *w, size_t plane, size_t line, int rows, int columns, int is_turned, const float *p,
    float *u, size_t frequency, int streams) {
    float block[9][16 * 16];
    if (is_turned)
        for (int tap = 0; tap < 9; tap++) transposed(w + tap * plane, line, rows, columns, block[tap]);
    for (int r = 0; r < 16; r++, u += 16) {
        ck_v16 d[9], e[6 * 3];
        for (int tap = 0; tap < 9; tap++) {
            if (is_turned) d[tap] = LOAD(block[tap] + r * 16);
            else if (r < rows) load_channels(d + tap, w + tap * plane + r * line, columns);
            else d[tap] = (ck_v16){0};
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 6; i++)
#pragma clang loop unroll(full)
            for (int b = 0; b < 3; b++)
                e[i * 3 + b] = POINT(p + i * 3, d[b], d[3 + b], d[6 + b]);
#pragma clang loop unroll(full)
        for (int i = 0; i < 6; i++)
#pragma clang loop unroll(full)
            for (int j = 0; j < 6; j++) {
                const ck_v16 v = POINT(p + j * 3, e[i * 3], e[i * 3 + 1], e[i * 3 + 2]);
                float *target = u + (i * 6 + j) * frequency;
                if (streams) __builtin_nontemporal_store((ck_line)v, (ck_line *)target);
                else STORE(target, v);
            }
    }
#if defined(__x86_64__)
    // Another thread that is told of them by an ordinary store must find them.
    if (streams) __builtin_ia32_sfence();
#endif
}

CK_KERNEL(
    void, ck_winograd_weights,
    (const float *w, size_t plane, size_t line, int rows, int columns, int transpose, const float *p, float *u,
     size_t frequency, int streams),
    (w, plane, line, rows, columns, transpose, p, u, frequency, streams)) {
    if (columns == 16 && rows == 16 && streams) weights(w, plane, line, 16, 16, transpose, p, u, frequency, 1);
    else if (columns == 16) weights(w, plane, line, rows, 16, transpose, p, u, frequency, 0);
    else weights(w, plane, line, rows, columns, transpose, p, u, frequency, 0);
}

CK_INLINE void weight_gradient(
    const float *u, size_t frequency, const float *p, float *w, size_t plane, size_t line, int rows,
    int columns) {
    for (int r = 0; r < rows; r++, u += 16) {
        ck_v16 sum[9] = {{0}};
        for (int i = 0; i < 6; i++) {
            ck_v16 e[3] = {{0}};
            for (int j = 0; j < 6; j++)
                for (int b = 0; b < 3; b++) e[b] = FUSED(p[j * 3 + b], LOAD(u + (i * 6 + j) * frequency), e[b]);
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++) sum[a * 3 + b] = FUSED(p[i * 3 + a], e[b], sum[a * 3 + b]);
        }
        for (int tap = 0; tap < 9; tap++) store_channels(w + tap * plane + r * line, sum + tap, columns);
    }
}

CK_KERNEL(
    void, ck_winograd_weight_gradient,
    (const float *u, size_t frequency, const float *p, float *w, size_t plane, size_t line, int rows, int
     columns),
    (u, frequency, p, w, plane, line, rows, columns)) {
    if (columns == 16) weight_gradient(u, frequency, p, w, plane, line, rows, 16);
    else weight_gradient(u, frequency, p, w, plane, line, rows, columns);
}
