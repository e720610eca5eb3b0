#ifndef GANGLION_CKERNELS_RESAMPLE_H
#define GANGLION_CKERNELS_RESAMPLE_H
#include <stdint.h>

/// Rows `first ..< last` of the 2× upsampled H×W×C image (2H rows), filter [1, 3, 3, 1] with gain 4, times `gain`.
/// `padding` is what stands beyond the border of x (`CK_ZERO` …).
void ck_upsample_rows(
    const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last, float gain, int padding);
/// Rows `first ..< last` of the 2× downsampled H×W×C image (H/2 rows), filter [1, 3, 3, 1], times `gain`.
void ck_downsample_rows(
    const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last, float gain, int padding);
/// Rows `first ..< last` of the adjoint of `ck_upsample_rows` with `CK_REFLECT`: of 2H×2W images x, H×W ones.
void ck_upsample_reflected_adjoint_rows(
    const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last, float gain);
/// Rows `first ..< last` of 4 times the adjoint of `ck_downsample_rows` with `CK_REFLECT`: of H×W images x, 2H×2W ones.
void ck_downsample_reflected_adjoint_rows(
    const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last, float gain);
/// Rows `first ..< last` of the 2× upsampled image of width w (2w in y), each pixel repeated, times `gain`.
void ck_nearest_upsample_rows(const float *x, float *y, int64_t w, int64_t c, int64_t first, int64_t last, float gain);
/// Likewise, plus rows `first ..< last` of y, which has the size of `out`.
void ck_nearest_upsample_add_rows(
    const float *x, const float *y, float *out, int64_t w, int64_t c, int64_t first, int64_t last);
/// Rows `first ..< last` of the 2× downsampled image of width w (w/2 in y), means of 2×2 pixels, times `gain`.
void ck_box_downsample_rows(const float *x, float *y, int64_t w, int64_t c, int64_t first, int64_t last, float gain);
#endif
