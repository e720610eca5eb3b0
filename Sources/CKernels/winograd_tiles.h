#ifndef GANGLION_CKERNELS_WINOGRAD_TILES_H
#define GANGLION_CKERNELS_WINOGRAD_TILES_H
#include "vectors.h"

// What the transforms of all sizes do alike: `n` frequencies and `m` pixels along an axis, and what is done along one. All
// three are constants where these are called.

/// From d to o, their elements `ds` and `os` vectors apart.
typedef void (*axis_transform)(const ck_v16 *d, int ds, ck_v16 *o, int os);

/// n×n frequencies of the channels first ..< last to the m×m pixels from (row, column) on; what lies outside the image is
/// dropped. The epilogue's terms, unless NULL, are those of the whole image.
CK_INLINE void output_tile(
    int n, int m, axis_transform output, int whole, const float *p, ck_strides strides, const ck_epilogue_terms *terms,
    float *image, ck_image shape, int first, int last, int row, int column) {
    for (int c = first; c < last; c += 16, p += strides.group) {
        ck_v16 d[9], e[4 * 9], o[4];
        int count = whole ? 16 : last - c;
        ck_terms16 t;
        if (terms) load_terms(&t, terms, c, count);
        for (int j = 0; j < n; j++) {
#pragma clang loop unroll(full)
            for (int i = 0; i < n; i++) d[i] = LOAD(p + (i * n + j) * strides.frequency);
            output(d, 1, e + j, n);
        }
        for (int i = 0; i < m && row + i < shape.height; i++) {
            output(e + i * n, 1, o, 1);
#pragma clang loop unroll(full)
            for (int j = 0; j < m; j++) {
                if (column + j >= shape.width) continue;
                const ptrdiff_t position = (ptrdiff_t)(row + i) * shape.width + column + j;
                if (terms) finish(o + j, terms, &t, position);
                store_channels(image + position * shape.channels + c, o + j, count);
            }
        }
    }
}

/// The m×m pixels from (row, column) on, zeros beyond the image's end, to n×n frequencies.
CK_INLINE void output_gradient_tile(
    int n, int m, axis_transform output_gradient, int whole, const float *image, ck_image shape, int row, int column,
    float *v, ck_strides strides) {
    const ptrdiff_t line = (ptrdiff_t)shape.width * shape.channels;
    const float *origin = image + row * line + (ptrdiff_t)column * shape.channels;
    for (int c = 0; c < shape.channels; c += 16, v += strides.group) {
        ck_v16 d[4], e[6 * 4], o[6];
        int count = whole ? 16 : shape.channels - c;
        for (int j = 0; j < m; j++) {
            const int seen = column + j < shape.width;
#pragma clang loop unroll(full)
            for (int i = 0; i < m; i++) {
                if (seen && row + i < shape.height) load_channels(d + i, origin + i * line + j * shape.channels + c, count);
                else d[i] = (ck_v16){0};
            }
            output_gradient(d, 1, e + j, m);
        }
        for (int i = 0; i < n; i++) {
            output_gradient(e + i * m, 1, o, 1);
#pragma clang loop unroll(full)
            for (int j = 0; j < n; j++) STORE(v + (i * n + j) * strides.frequency, o[j]);
        }
    }
}
#endif
