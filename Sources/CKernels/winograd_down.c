#include "winograd_border.h"
#include "winograd_four_two.h"
#include "winograd_tiles.h"

// Winograd's transforms for the filter [1, 3, 3, 1] / 8, or [0, 1, 1, 0] / 2 (`box`), followed by a 3×3 convolution of
// stride 2. The even filtered pixels go through F(4, 2) with the points 0, 1, −1, 2, ∞; the odd ones as they are.

/// Along one axis, 12 pixels to 9 frequencies. With `box` the outermost pixels are not read.
CK_INLINE void input_axis(int box, const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 b[9];
#pragma clang loop unroll(full)
    for (int i = 0; i < 9; i++) {
        if (box) b[i] = 0.5f * (d[(i + 1) * ds] + d[(i + 2) * ds]);
        else b[i] = FUSED(0.125f, d[i * ds] + d[(i + 3) * ds], 0.375f * (d[(i + 1) * ds] + d[(i + 2) * ds]));
    }
    four_two_input(b, 2, o, os);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) o[(5 + i) * os] = b[2 * i + 1];
}

/// Along one axis, 9 frequencies to 4 pixels.
CK_INLINE void output_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    four_two_output(d, ds, o, os);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) o[i * os] += d[(5 + i) * ds];
}

/// The adjoint of `output_axis`.
CK_INLINE void output_gradient_axis(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    four_two_output_gradient(d, ds, o, os);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) o[(5 + i) * os] = d[i * ds];
}

/// The adjoint of `input_axis`.
CK_INLINE void input_gradient_axis(int box, const ck_v16 *d, int ds, ck_v16 *o, int os) {
    // Three zeros on either side, for the filter's ends.
    ck_v16 b[15] = {{0}};
    four_two_input_gradient(d, ds, b + 3, 2);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) b[4 + 2 * i] = d[(5 + i) * ds];
#pragma clang loop unroll(full)
    for (int i = 0; i < 12; i++) {
        if (box) o[i * os] = 0.5f * (b[i + 2] + b[i + 1]);
        else o[i * os] = FUSED(0.125f, b[i + 3] + b[i], 0.375f * (b[i + 2] + b[i + 1]));
    }
}

/// Along the other axis, to the frequencies.
CK_INLINE void transform_rows(int side, int box, const ck_v16 *e, float *v, ck_strides strides) {
    for (int i = 0; i < 9; i++) {
        ck_v16 d[9];
        if (side == 12) input_axis(box, e + i * 12, 1, d, 1);
        else output_gradient_axis(e + i * 12, 1, d, 1);
#pragma clang loop unroll(full)
        for (int j = 0; j < 9; j++) STORE(v + (i * 9 + j) * strides.frequency, d[j]);
    }
}

/// Reads `side`² pixels and transforms them to 81 frequencies.
CK_INLINE void forward_tile(
    int whole, int side, int box, const float *image, ck_image shape, int row, int column, const float *factors,
    float *v, ck_strides strides) {
    const ptrdiff_t line = (ptrdiff_t)shape.width * shape.channels;
    const float *origin = image + row * line + (ptrdiff_t)column * shape.channels;
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[12], e[9 * 12], factor;
        int count = whole ? 16 : shape.channels - c;
        if (factors) load_channels(&factor, factors + c, count);
        for (int j = box; j < side - box; j++) {
            const float *p = origin + j * shape.channels + c;
            int x = column + j, inside = x >= 0 && x < shape.width;
#pragma clang loop unroll(full)
            for (int i = box; i < side - box; i++) {
                if (inside && row + i >= 0 && row + i < shape.height) load_channels(d + i, p + i * line, count);
                else d[i] = (ck_v16){0};
            }
            if (factors)
#pragma clang loop unroll(full)
                for (int i = 0; i < side; i++) d[i] *= factor;
            if (side == 12) input_axis(box, d, 1, e + j, 12);
            else output_gradient_axis(d, 1, e + j, 12);
        }
        transform_rows(side, box, e, v, strides);
    }
}

/// The same at the border of an image that goes on beyond it, no further than filter and convolution see.
CK_INLINE void forward_border_tile(
    int whole, int side, int box, const float *image, ck_image shape, int row, int column, const float *factors,
    float *v, ck_strides strides) {
    ck_tile_places at;
    find_places(&at, shape, row, column, side, side == 12 ? 2 : 1);
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[12], e[9 * 12], factor;
        int count = whole ? 16 : shape.channels - c;
        if (factors) load_channels(&factor, factors + c, count);
        for (int j = box; j < side - box; j++) {
            load_column(d, image + c, &at, j, box, side - box, factors ? &factor : NULL, count);
            if (side == 12) input_axis(box, d, 1, e + j, 12);
            else output_gradient_axis(d, 1, e + j, 12);
        }
        transform_rows(side, box, e, v, strides);
    }
}

CK_KERNEL(
    void, ck_winograd_down_input,
    (int box, const float *image, ck_image shape, int row, int column, float *v, ck_strides strides),
    (box, image, shape, row, column, v, strides)) {
    if (is_border(shape, row, column, 12)) {
        if (shape.channels % 16) {
            if (box) forward_border_tile(0, 12, 1, image, shape, row, column, NULL, v, strides);
            else forward_border_tile(0, 12, 0, image, shape, row, column, NULL, v, strides);
        } else {
            if (box) forward_border_tile(1, 12, 1, image, shape, row, column, NULL, v, strides);
            else forward_border_tile(1, 12, 0, image, shape, row, column, NULL, v, strides);
        }
    } else if (shape.channels % 16) {
        if (box) forward_tile(0, 12, 1, image, shape, row, column, NULL, v, strides);
        else forward_tile(0, 12, 0, image, shape, row, column, NULL, v, strides);
    } else {
        if (box) forward_tile(1, 12, 1, image, shape, row, column, NULL, v, strides);
        else forward_tile(1, 12, 0, image, shape, row, column, NULL, v, strides);
    }
}

CK_KERNEL(
    void, ck_winograd_down_output_gradient,
    (const float *image, ck_image shape, int row, int column, const float *factors, float *v, ck_strides
     strides),
    (image, shape, row, column, factors, v, strides)) {
    if (is_border(shape, row, column, 4)) {
        if (shape.channels % 16) forward_border_tile(0, 4, 0, image, shape, row, column, factors, v, strides);
        else forward_border_tile(1, 4, 0, image, shape, row, column, factors, v, strides);
    } else if (shape.channels % 16) forward_tile(0, 4, 0, image, shape, row, column, factors, v, strides);
    else if (factors) forward_tile(1, 4, 0, image, shape, row, column, factors, v, strides);
    else forward_tile(1, 4, 0, image, shape, row, column, NULL, v, strides);
}

CK_KERNEL(
    void, ck_winograd_down_output,
    (const float *p, ck_strides strides, const ck_epilogue_terms *terms, float *image, ck_image shape, int row,
     int column),
    (p, strides, terms, image, shape, row, column)) {
    const int last = shape.channels;
    if (last % 16) output_tile(9, 4, output_axis, 0, p, strides, terms, image, shape, 0, last, row, column);
    else if (terms) output_tile(9, 4, output_axis, 1, p, strides, terms, image, shape, 0, last, row, column);
    else output_tile(9, 4, output_axis, 1, p, strides, NULL, image, shape, 0, last, row, column);
}

/// Along one axis, from the frequencies.
CK_INLINE void gradient_columns(int box, const float *v, ck_strides strides, ck_v16 *e) {
    for (int j = 0; j < 9; j++) {
        ck_v16 d[9];
#pragma clang loop unroll(full)
        for (int i = 0; i < 9; i++) d[i] = LOAD(v + (i * 9 + j) * strides.frequency);
        input_gradient_axis(box, d, 1, e + j, 9);
    }
}

CK_INLINE void input_gradient_tile(
    int whole, int box, const float *v, ck_strides strides, float *image, ck_image shape, int row, int column) {
    const ptrdiff_t line = (ptrdiff_t)shape.width * shape.channels;
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[12], e[12 * 9];
        int count = whole ? 16 : shape.channels - c;
        gradient_columns(box, v, strides, e);
        for (int i = box; i < 12 - box; i++) {
            if (row + i < 0 || row + i >= shape.height) continue;
            input_gradient_axis(box, e + i * 9, 1, d, 1);
            float *p = image + (row + i) * line + (ptrdiff_t)column * shape.channels + c;
#pragma clang loop unroll(full)
            for (int j = box; j < 12 - box; j++) {
                if (column + j < 0 || column + j >= shape.width) continue;
                put_channels(p + j * shape.channels, d[j], count, 1);
            }
        }
    }
}

/// The same at the border of an image that goes on beyond it.
CK_INLINE void input_gradient_border_tile(
    int whole, int box, const float *v, ck_strides strides, float *image, ck_image shape, int row, int column) {
    ck_tile_places at;
    find_places(&at, shape, row, column, 12, 2);
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[12], e[12 * 9];
        int count = whole ? 16 : shape.channels - c;
        gradient_columns(box, v, strides, e);
        for (int i = box; i < 12 - box; i++) {
            if (at.rows[i] < 0) continue;
            input_gradient_axis(box, e + i * 9, 1, d, 1);
            add_row(d, image + c, &at, i, box, 12 - box, count);
        }
    }
}

CK_KERNEL(
    void, ck_winograd_down_input_gradient,
    (int box, const float *v, ck_strides strides, float *image, ck_image shape, int row, int column),
    (box, v, strides, image, shape, row, column)) {
    if (is_border(shape, row, column, 12)) {
        if (shape.channels % 16) {
            if (box) input_gradient_border_tile(0, 1, v, strides, image, shape, row, column);
            else input_gradient_border_tile(0, 0, v, strides, image, shape, row, column);
        } else {
            if (box) input_gradient_border_tile(1, 1, v, strides, image, shape, row, column);
            else input_gradient_border_tile(1, 0, v, strides, image, shape, row, column);
        }
    } else if (shape.channels % 16) {
        if (box) input_gradient_tile(0, 1, v, strides, image, shape, row, column);
        else input_gradient_tile(0, 0, v, strides, image, shape, row, column);
    } else {
        if (box) input_gradient_tile(1, 1, v, strides, image, shape, row, column);
        else input_gradient_tile(1, 0, v, strides, image, shape, row, column);
    }
}
