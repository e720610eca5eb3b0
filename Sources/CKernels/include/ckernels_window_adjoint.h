#ifndef GANGLION_CKERNELS_WINDOW_ADJOINT_H
#define GANGLION_CKERNELS_WINDOW_ADJOINT_H
#include "ckernels_window.h"

/// The adjoint of ck_window_gather over all places of an image, `out_height` rows of them: rows `first` to `last` of the
/// image become the sums of what all windows hold of them; that of a place `line` floats after the last one's.
void ck_window_scatter(
    const float *patches, const ck_window *window, int64_t out_height, int64_t line, int64_t first, int64_t last,
    float *image);
#endif
