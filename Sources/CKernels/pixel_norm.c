#include "ckernels_pixel_norm.h"

#include "sums.h"

CK_KERNEL(
    void, ck_pixel_norm,
    (const float *restrict x, float *restrict y, int64_t rows, int64_t k, float epsilon),
    (x, y, rows, k, epsilon)) {
    for (int64_t r = 0; r < rows; r++, x += k, y += k) {
        const float power = sum_of_products(x, x, k);
        const float scale = 1 / __builtin_sqrtf(power / (float)k + epsilon);
        for (int64_t i = 0; i < k; i++) y[i] = x[i] * scale;
    }
}

CK_KERNEL(
    void, ck_pixel_norm_gradient,
    (const float *restrict g, const float *restrict x, float *restrict gx, int64_t rows, int64_t k, float epsilon),
    (g, x, gx, rows, k, epsilon)) {
    for (int64_t r = 0; r < rows; r++, g += k, x += k, gx += k) {
        const float power = sum_of_products(x, x, k), inner = sum_of_products(g, x, k);
        const float mean = power / (float)k + epsilon, scale = 1 / __builtin_sqrtf(mean);
        const float along = inner / (mean * (float)k);
        for (int64_t i = 0; i < k; i++) gx[i] = scale * FUSED(-along, x[i], g[i]);
    }
}
