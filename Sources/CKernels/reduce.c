#include "ckernels_reduce.h"

#include "clones.h"

CK_KERNEL(
    void, ck_accumulate,
    (float *restrict y, const float *restrict x, size_t n),
    (y, x, n)) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}

CK_KERNEL(
    void, ck_contract,
    (const float *x, const float *y, float *out, int64_t rows, int64_t n, int64_t x_row, int64_t y_row, int64_t
     out_row, int x_inner, int y_inner, int out_inner),
    (x, y, out, rows, n, x_row, y_row, out_row, x_inner, y_inner, out_inner)) {
#pragma clang fp reassociate(on) contract(fast)
    for (int64_t r = 0; r < rows; r++) {
        const float *restrict a = x + r * x_row;
        const float *restrict b = y ? y + r * y_row : 0;
        float *restrict o = out + r * out_row;
        if (out_inner) {
            if (!b) {
                if (x_inner) for (int64_t i = 0; i < n; i++) o[i] += a[i];
                else for (int64_t i = 0; i < n; i++) o[i] += a[0];
            } else if (x_inner && y_inner) for (int64_t i = 0; i < n; i++) o[i] += a[i] * b[i];
            else if (x_inner) { const float v = b[0]; for (int64_t i = 0; i < n; i++) o[i] += a[i] * v; }
            else if (y_inner) { const float u = a[0]; for (int64_t i = 0; i < n; i++) o[i] += u * b[i]; }
            else { const float w = a[0] * b[0]; for (int64_t i = 0; i < n; i++) o[i] += w; }
        } else {
            float s = 0;
            if (!b) {
                if (x_inner) for (int64_t i = 0; i < n; i++) s += a[i];
                else s = a[0] * (float)n;
            } else if (x_inner && y_inner) for (int64_t i = 0; i < n; i++) s += a[i] * b[i];
            else if (x_inner) { for (int64_t i = 0; i < n; i++) s += a[i]; s *= b[0]; }
            else if (y_inner) { for (int64_t i = 0; i < n; i++) s += b[i]; s *= a[0]; }
            else s = a[0] * b[0] * (float)n;
            o[0] += s;
        }
    }
}

CK_KERNEL(
    double, ck_sum_squares,
    (const float *x, size_t n),
    (x, n)) {
#pragma clang fp reassociate(on) contract(fast)
    double s = 0;
    for (size_t i = 0; i < n; i++) s += (double)x[i] * x[i];
    return s;
}
