import Kernels

// Prints the name and the hash of what each kernel makes of fixed numbers. A process of its own, since the level of
// kernels is one for a whole process: GANGLION_KERNELS chooses it.
for kernel in [
    products, convolutions, layers, normalizations, elements, reductions, resamplings, imageTransforms, windows, state,
].joined() {
    print(kernel.name, hexadecimal(hash(of: kernel.compute())), separator: "\t")
}
