#include "ckernels_reduce.h"

#include "sums.h"

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
    for (int64_t r = 0; r < rows; r++) {
        const float *restrict a = x + r * x_row;
        const float *restrict b = y ? y + r * y_row : 0;
        float *restrict o = out + r * out_row;
        if (out_inner) {
            if (!b) {
                if (x_inner) for (int64_t i = 0; i < n; i++) o[i] += a[i];
                else for (int64_t i = 0; i < n; i++) o[i] += a[0];
            } else if (x_inner && y_inner) for (int64_t i = 0; i < n; i++) o[i] = FUSED(a[i], b[i], o[i]);
            else if (x_inner) { const float v = b[0]; for (int64_t i = 0; i < n; i++) o[i] = FUSED(a[i], v, o[i]); }
            else if (y_inner) { const float u = a[0]; for (int64_t i = 0; i < n; i++) o[i] = FUSED(u, b[i], o[i]); }
            else { const float w = a[0] * b[0]; for (int64_t i = 0; i < n; i++) o[i] += w; }
        } else {
            if (!b) o[0] += x_inner ? sum_of_products(a, 0, n) : a[0] * (float)n;
            else if (x_inner && y_inner) o[0] += sum_of_products(a, b, n);
            else if (x_inner) o[0] += sum_of_products(a, 0, n) * b[0];
            else if (y_inner) o[0] += sum_of_products(b, 0, n) * a[0];
            else o[0] += a[0] * b[0] * (float)n;
        }
    }
}

CK_KERNEL(
    double, ck_sum_squares,
    (const float *x, size_t n),
    (x, n)) {
#define SQUARE(i) ((double)x[i] * x[i])
#define SQUARES(i) (DOUBLES(x + (i)) * DOUBLES(x + (i)))
    return SUM_IN_DOUBLE(n, SQUARES, SQUARE);
#undef SQUARE
#undef SQUARES
}
