#ifndef GANGLION_CKERNELS_PREDICTED_H
#define GANGLION_CKERNELS_PREDICTED_H
#include <stdint.h>

/// Rows `first` to `last` of a depthwise 3×3 convolution of an image [h][w][c] with weights of its own at each pixel
/// and channel, [h][w][c][9], zeros outside the image.
void ck_predicted_rows(
    const float *x, const float *kernels, float *y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last);
/// Its adjoint in x.
void ck_predicted_input_rows(
    const float *g, const float *kernels, float *gx, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last);
/// Its adjoint in the weights.
void ck_predicted_kernel_rows(
    const float *x, const float *g, float *gk, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last);
#endif
