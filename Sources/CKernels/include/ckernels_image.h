#ifndef GANGLION_CKERNELS_IMAGE_H
#define GANGLION_CKERNELS_IMAGE_H
#include <stdint.h>

/// Colours of `count` pixels of `channels` floats, 1 or 3: y = matrix · x + offset. The matrix is row-major.
void ck_recolor(const float *x, float *y, int64_t count, int64_t channels, const float *matrix, const float *offset);

/// Floats that the two functions below need in between.
int64_t ck_image_filter_scratch(int64_t h, int64_t w, int64_t c, int64_t taps);
/// y = the H×W×C image correlated with the taps along both axes: element i of a line is the sum of filter[t] times
/// element i + t − taps/2. Beside the image it is reflected, as often as it takes.
void ck_image_filter(
    const float *x, float *y, int64_t h, int64_t w, int64_t c, const float *filter, int64_t taps, float *scratch);
/// x = the adjoint of that, applied to y.
void ck_image_filter_adjoint(
    const float *y, float *x, int64_t h, int64_t w, int64_t c, const float *filter, int64_t taps, float *scratch);
#endif
