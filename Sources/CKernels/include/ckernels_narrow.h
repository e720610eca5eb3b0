#ifndef GANGLION_CKERNELS_NARROW_H
#define GANGLION_CKERNELS_NARROW_H
#include <stdint.h>

// The 3×3 neighbourhoods of the pixels of an NHWC image with few channels: [pixels][3·3·n], zeros outside of the image.

/// Those of the pixels of rows first ..< last.
void ck_narrow_gather(
    const float *image, int64_t h, int64_t w, int64_t n, int64_t first, int64_t last, float *patches);
/// The adjoint: pixels of rows first ..< last from the neighbourhoods that they lie in. `patches` begins with those of row
/// first − 1, or of row 0 where there is no such.
void ck_narrow_scatter(
    const float *patches, int64_t h, int64_t w, int64_t n, int64_t first, int64_t last, float *image);
#endif
