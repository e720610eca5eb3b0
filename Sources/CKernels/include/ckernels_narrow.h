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

/// `ck_narrow_gather` of an image that goes on beyond its border (`CK_PERIODIC` …). With `is_adjoint`, as the adjoint of
/// a convolution needs it: of neighbourhoods that themselves lie beyond the border, each is added to that of the pixel
/// that stands there.
void ck_narrow_gather_padded(
    int padding, int is_adjoint, const float *image, int64_t h, int64_t w, int64_t n, int64_t first, int64_t last,
    float *patches);
/// Pixels of rows first ..< last from the neighbourhoods that they lie in; with `is_adjoint` the adjoint of
/// `ck_narrow_gather_padded` without it, and the other way round. `patches` are of `stored` rows from `start` on, which of
/// a periodic image may be −1 or end beyond h.
void ck_narrow_scatter_padded(
    int padding, int is_adjoint, const float *patches, int64_t start, int64_t stored, int64_t h, int64_t w, int64_t n,
    int64_t first, int64_t last, float *image);
#endif
