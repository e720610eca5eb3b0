#ifndef GANGLION_CKERNELS_ATTENTION_H
#define GANGLION_CKERNELS_ATTENTION_H
#include <stdint.h>

// Rows of m numbers, `stride` apart, a multiple of 16. What lies between m and the stride is overwritten.

/// s = softmax of each row.
void ck_softmax_rows(float *s, int64_t rows, int64_t m, int64_t stride);

/// The backward of ck_softmax_rows with result p: g = p ∘ (g − Σ p·g)
void ck_softmax_gradient_rows(const float *p, float *g, int64_t rows, int64_t m, int64_t stride);

/// The backward of ck_softmax_gradient_rows. With x = g − Σ p·g:
/// g = p ∘ x, what it had returned; a, the gradient of that, becomes that of g: p ∘ (a − Σ p·a);
/// and b, what else has reached p, becomes the gradient of the scores: p ∘ (t − Σ p·t), t = b + (a − Σ p·a) ∘ x.
void ck_softmax_second_rows(
    const float *p, float *g, float *a, float *b, int64_t rows, int64_t m, int64_t stride);
#endif
