#include "ckernels_level.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
static int highest(void) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2"))
        return CK_SSE2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return CK_AVX512;
    return CK_AVX2;
}
#else
static int highest(void) { return CK_SSE2; }
#endif

int ck_level_available(void) {
    const char *names[] = {"sse2", "avx2", "avx512"}, *claimed = getenv("GANGLION_KERNELS");
    const int own = highest();
    for (int level = 0; claimed && level < own; level++)
        if (!strcmp(claimed, names[level])) return level;
    return own;
}

int ck_level_in_use = CK_SSE2;

__attribute__((constructor)) static void use_the_highest(void) { ck_level_in_use = ck_level_available(); }

int ck_level(void) { return ck_level_in_use; }

void ck_set_level(int level) {
    if (level < CK_SSE2 || level > ck_level_available()) __builtin_trap();
    ck_level_in_use = level;
}
