import Autodiff
import Kernels

/// Fades real images as the generator's are while a new resolution fades in.
///
/// x → lerp(x, up(down(x)), fade), down the mean of 2×2 pixels, up their repetition, as `process_reals` of the reference
/// does (progressive growing, arXiv 1710.10196, section 2). The operations have a fixed order, so that an image has the
/// same bits in whatever microbatch it stands.
public enum RealFade {
    /// The faded images.
    ///
    /// - Parameters:
    ///   - images: [N, H, W, C], H and W even.
    ///   - fade: the old resolution's share, from 0 to 1.
    public static func faded(_ images: Tensor, by fade: Float) -> Tensor {
        precondition(
            images.rank == 4 && images.shape[1] % 2 == 0 && images.shape[2] % 2 == 0,
            "RealFade: images of shape \(images.shape)")
        precondition(fade >= 0 && fade <= 1, "RealFade: a fade of \(fade)")
        let channels = images.shape[3]
        let line = images.shape[2] * channels
        let view = BufferView(count: images.count)
        images.view.withUnsafeElements { source in
            view.withUnsafeElements { target in
                for upper in stride(from: 0, to: source.count, by: 2 * line) {
                    let lower = upper + line
                    // The target's own lines hold what is on the way: sums of two pixels, then the means.
                    for i in 0..<line { target[upper + i] = source[upper + i] + source[lower + i] }
                    for pair in stride(from: 0, to: line, by: 2 * channels) {
                        for left in pair..<pair + channels {
                            let right = left + channels
                            let mean = (target[upper + left] + target[upper + right]) * 0.25
                            target[lower + left] = mean
                            target[lower + right] = mean
                        }
                    }
                    for i in 0..<line {
                        let (mean, x0, x1) = (target[lower + i], source[upper + i], source[lower + i])
                        target[upper + i] = x0 + (mean - x0) * fade
                        target[lower + i] = x1 + (mean - x1) * fade
                    }
                }
            }
        }
        return Tensor(view, shape: images.shape)
    }
}
