#include "ckernels_random.h"

#include "functions.h"

static void philox(uint64_t key, uint32_t c[4]) {
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c[0], p1 = (uint64_t)0xCD9E8D57u * c[2];
        uint32_t d0 = (uint32_t)(p1 >> 32) ^ c[1] ^ k0, d2 = (uint32_t)(p0 >> 32) ^ c[3] ^ k1;
        c[0] = d0; c[1] = (uint32_t)p1; c[2] = d2; c[3] = (uint32_t)p0;
        k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
    }
}

// 24 bits: every value is exact in a float, and 1 is never reached.
static float unit(uint32_t word) { return (float)(word >> 8) * 0x1p-24f; }

static void box_muller(uint32_t a, uint32_t b, float *z) {
    // (word + 1) keeps the logarithm finite; double keeps the tail beyond 5 σ.
    const double radius = __builtin_sqrt(-2 * ck_log(((double)a + 1) * 0x1p-32));
    double cosine, sine;
    ck_circle(b, &cosine, &sine);
    z[0] = (float)(radius * cosine);
    z[1] = (float)(radius * sine);
}

void ck_normals(uint64_t key, uint32_t c1, uint32_t c2, uint32_t c3, float *out, size_t n) {
    for (size_t i = 0; i < n; i += 4) {
        uint32_t c[4] = {(uint32_t)(i / 4), c1, c2, c3};
        float z[4];
        philox(key, c);
        box_muller(c[0], c[1], z);
        box_muller(c[2], c[3], z + 2);
        for (size_t j = 0; j < 4 && i + j < n; j++) out[i + j] = z[j];
    }
}

void ck_uniforms(uint64_t key, uint32_t c1, uint32_t c2, uint32_t c3, float *out, size_t n) {
    for (size_t i = 0; i < n; i += 4) {
        uint32_t c[4] = {(uint32_t)(i / 4), c1, c2, c3};
        philox(key, c);
        for (size_t j = 0; j < 4 && i + j < n; j++) out[i + j] = unit(c[j]);
    }
}
