#ifndef GANGLION_CKERNELS_WINOGRAD_BORDER_H
#define GANGLION_CKERNELS_WINOGRAD_BORDER_H
#include "vectors.h"

// Tiles at the border of an image that goes on beyond it: the pixels that stand for theirs.

/// Where the rows and columns of a tile are, in floats from the image's first; negative where nothing stands.
typedef struct {
    ptrdiff_t rows[12], columns[12];
} ck_tile_places;

/// - Parameter reach: pixels that are read beyond the border; further on there is nothing.
CK_INLINE void find_places(ck_tile_places *at, ck_image shape, int row, int column, int side, int reach) {
    for (int i = 0; i < side; i++) {
        at->rows[i] = ck_place(shape.padding, row + i, shape.height, reach) * shape.width * shape.channels;
        at->columns[i] = ck_place(shape.padding, column + i, shape.width, reach) * shape.channels;
    }
}

/// Whether a tile needs them.
CK_INLINE int is_border(ck_image shape, int row, int column, int side) {
    return shape.padding && (row < 0 || column < 0 || row + side > shape.height || column + side > shape.width);
}

/// Pixels first ..< last of a tile's column, times the factor unless that is NULL.
CK_INLINE void load_column(
    ck_v16 *d, const float *image, const ck_tile_places *at, int column, int first, int last, const ck_v16 *factor,
    int count) {
#pragma clang loop unroll(full)
    for (int i = first; i < last; i++) {
        if (at->rows[i] >= 0 && at->columns[column] >= 0)
            load_channels(d + i, image + at->rows[i] + at->columns[column], count);
        else d[i] = (ck_v16){0};
        if (factor) d[i] *= *factor;
    }
}

/// Adds to pixels first ..< last of a tile's row, of which several may be one and the same: one after another.
CK_INLINE void add_row(
    const ck_v16 *d, float *image, const ck_tile_places *at, int row, int first, int last, int count) {
#pragma clang loop unroll(full)
    for (int j = first; j < last; j++) {
        if (at->columns[j] < 0) continue;
        put_channels(image + at->rows[row] + at->columns[j], d[j], count, 1);
    }
}
#endif
