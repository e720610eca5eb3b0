#ifndef GANGLION_CKERNELS_RESAMPLE_H
#define GANGLION_CKERNELS_RESAMPLE_H
#include <stdint.h>

/// Rows `first ..< last` of the 2× upsampled H×W×C image (2H rows), filter [1, 3, 3, 1] with gain 4, times `gain`.
void ck_upsample_rows(const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last,
                      float gain);
/// Rows `first ..< last` of the 2× downsampled H×W×C image (H/2 rows), filter [1, 3, 3, 1], times `gain`.
void ck_downsample_rows(const float *x, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last,
                        float gain);
#endif
