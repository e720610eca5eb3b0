#ifndef GANGLION_CKERNELS_PIXEL_NORM_H
#define GANGLION_CKERNELS_PIXEL_NORM_H
#include <stdint.h>

/// y = x / √(Σ x² / k + epsilon), over `rows` pixels of k channels each.
void ck_pixel_norm(const float *x, float *y, int64_t rows, int64_t k, float epsilon);
/// The backward of ck_pixel_norm: gx = r·(g − x·r²·Σ(g·x)/k) with r = 1 / √(Σ x² / k + epsilon).
void ck_pixel_norm_gradient(const float *g, const float *x, float *gx, int64_t rows, int64_t k, float epsilon);
#endif
