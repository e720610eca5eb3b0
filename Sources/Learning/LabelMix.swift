import Autodiff

/// OASIS's regularisation (arXiv 2012.04781, section 3.1, "LabelMix"): of an image that has some classes' pixels from the real
/// and the others' from the generated one, the discriminator shall say what it says of each where it comes from.
public enum LabelMix {
    /// Where the real image shows, [N, H, W, 1] of ones and zeros.
    ///
    /// As in the authors' code, which overwrites the map class by class: where class 0 is set and class 1 is there, class 0
    /// has class 1's bit.
    ///
    /// - Parameters:
    ///   - map: one-hot [N, H, W, classes].
    ///   - bits: of each class for the whole batch, whether it is real.
    ///   - present: whether the class is anywhere in the whole batch.
    public static func mask(of map: Tensor, bits: [Bool], present: [Bool]) -> Tensor {
        precondition(
            map.rank == 4 && bits.count == map.shape[3] && present.count == bits.count,
            "LabelMix: a map \(map.shape) with \(bits.count) bits, \(present.count) classes")
        var real = bits
        if bits.count > 1 && bits[0] && present[1] { real[0] = bits[1] }
        let row = Tensor(real.map { $0 ? 1 : 0 }, shape: [1, 1, 1, real.count])
        return Tape.paused { Tensor.contract(map, row, to: map.shape.dropLast() + [1]) }
    }

    /// M·real + (1 − M)·fake
    public static func mixed(real: Tensor, fake: Tensor, mask: Tensor) -> Tensor {
        real * mask + fake * mask.affine(-1, 1)
    }

    /// The mean square of what the scores of the mixed image differ in from the mixed scores, shape []. Gradients go through
    /// all three.
    ///
    /// - Parameters:
    ///   - real: scores of the real images, [N, H, W, classes + 1].
    ///   - fake: of the generated ones.
    ///   - ofMixed: of the mixed ones.
    public static func loss(real: Tensor, fake: Tensor, ofMixed: Tensor, mask: Tensor) -> Tensor {
        precondition(
            real.shape == fake.shape && real.shape == ofMixed.shape,
            "LabelMix: scores \(real.shape), \(fake.shape), \(ofMixed.shape)")
        return (mixed(real: real, fake: fake, mask: mask) - ofMixed).squared().mean()
    }
}
