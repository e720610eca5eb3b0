#include "ckernels_random.h"

#include "functions.h"

// Counters are worked on side by side: each loop over them is a vector's, and every element has the operations that it would
// have alone.
enum { SIDE_BY_SIDE = 16 };

/// Philox 4×32-10 of the counters (first + k, c1, c2, c3): word w of counter k is words[w][k].
CK_INLINE void philox(
    uint64_t key, uint32_t first, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t words[4][SIDE_BY_SIDE]) {
    for (int k = 0; k < SIDE_BY_SIDE; k++) {
        words[0][k] = first + (uint32_t)k;
        words[1][k] = c1;
        words[2][k] = c2;
        words[3][k] = c3;
    }
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u)
        for (int k = 0; k < SIDE_BY_SIDE; k++) {
            const uint64_t p0 = (uint64_t)0xD2511F53u * words[0][k], p1 = (uint64_t)0xCD9E8D57u * words[2][k];
            words[0][k] = (uint32_t)(p1 >> 32) ^ words[1][k] ^ k0;
            words[1][k] = (uint32_t)p1;
            words[2][k] = (uint32_t)(p0 >> 32) ^ words[3][k] ^ k1;
            words[3][k] = (uint32_t)p0;
        }
}

// 24 bits: every value is exact in a float, and 1 is never reached.
CK_INLINE float unit(uint32_t word) { return (float)(int32_t)(word >> 8) * 0x1p-24f; }

/// Two normal numbers of each pair of words.
CK_INLINE void box_muller(
    const uint32_t a[SIDE_BY_SIDE], const uint32_t b[SIDE_BY_SIDE], float first[SIDE_BY_SIDE],
    float second[SIDE_BY_SIDE]) {
    for (int k = 0; k < SIDE_BY_SIDE; k++) {
        // (word + 1) keeps the logarithm finite; double keeps the tail beyond 5 σ.
        const double radius = __builtin_sqrt(-2 * ck_log(((double)a[k] + 1) * 0x1p-32));
        double cosine, sine;
        ck_circle(b[k], &cosine, &sine);
        first[k] = (float)(radius * cosine);
        second[k] = (float)(radius * sine);
    }
}

/// The numbers of a block of counters, those of a counter one after another, as many as are wanted.
CK_INLINE void put(float values[4][SIDE_BY_SIDE], float *out, size_t wanted) {
    if (wanted >= 4 * SIDE_BY_SIDE) {
        for (int k = 0; k < SIDE_BY_SIDE; k++)
            for (int j = 0; j < 4; j++) out[4 * k + j] = values[j][k];
        return;
    }
    for (size_t i = 0; i < wanted; i++) out[i] = values[i % 4][i / 4];
}

CK_KERNEL(
    void, ck_normals, (uint64_t key, uint32_t c1, uint32_t c2, uint32_t c3, float *out, size_t n),
    (key, c1, c2, c3, out, n)) {
    for (size_t i = 0; i < n; i += 4 * SIDE_BY_SIDE) {
        uint32_t words[4][SIDE_BY_SIDE];
        float values[4][SIDE_BY_SIDE];
        philox(key, (uint32_t)(i / 4), c1, c2, c3, words);
        box_muller(words[0], words[1], values[0], values[1]);
        box_muller(words[2], words[3], values[2], values[3]);
        put(values, out + i, n - i);
    }
}

CK_KERNEL(
    void, ck_uniforms, (uint64_t key, uint32_t c1, uint32_t c2, uint32_t c3, float *out, size_t n),
    (key, c1, c2, c3, out, n)) {
    for (size_t i = 0; i < n; i += 4 * SIDE_BY_SIDE) {
        uint32_t words[4][SIDE_BY_SIDE];
        float values[4][SIDE_BY_SIDE];
        philox(key, (uint32_t)(i / 4), c1, c2, c3, words);
        for (int j = 0; j < 4; j++)
            for (int k = 0; k < SIDE_BY_SIDE; k++) values[j][k] = unit(words[j][k]);
        put(values, out + i, n - i);
    }
}
