#ifndef GANGLION_CKERNELS_H
#define GANGLION_CKERNELS_H
// The innermost loops. Each works on the range it is given, in one thread; blocking, threading and choosing are Swift's.
#include "ckernels_convolution.h"
#include "ckernels_pool.h"
#include "ckernels_reduce.h"
#endif
