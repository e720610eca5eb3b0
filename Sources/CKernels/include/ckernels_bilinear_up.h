#ifndef GANGLION_CKERNELS_BILINEAR_UP_H
#define GANGLION_CKERNELS_BILINEAR_UP_H
#include <stdint.h>

/// Rows `first` to `last` of y [2h][2w][c] = x [h][w][c] between its pixels, whose centres are half a pixel from the
/// border; beyond it the outermost pixels go on.
void ck_bilinear_up_rows(
    const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last);
/// Its adjoint: rows `first` to `last` of x [h][w][c].
void ck_bilinear_up_adjoint_rows(
    const float *y, float *x, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last);
#endif
