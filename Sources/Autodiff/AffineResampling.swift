import Kernels

extension Tensor {
    /// Images [N, H, W, C], each resampled by a map of its own (arXiv 2006.06676, appendix B.2): reflection beyond the
    /// border, 2× up, bilinear, 2× down with the wavelet sym6. Linear in the images.
    ///
    /// - Parameters:
    ///   - transforms: one for each sample, finite. A sample whose transform is nil stays as it is, bit for bit.
    ///   - upsampling: `.wavelet` as ADA does to images, `.bilinear` as GGDR's release does to feature maps.
    public func resampled(
        by transforms: [InverseAffine?], upsampling: AffineGeometry.Upsampling = .wavelet
    ) -> Tensor {
        precondition(
            rank == 4 && transforms.count == shape[0], "resampling: shape \(shape), \(transforms.count) transforms")
        guard transforms.contains(where: { $0 != nil }) else { return self }
        let maps = transforms.map { transform in
            transform.map { t in
                AffineGeometry(
                    height: shape[1], width: shape[2], inverse: (t.xx, t.xy, t.x, t.yx, t.yy, t.y),
                    upsampling: upsampling)
            }
        }
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        return LinearMap(input: shape, output: shape) {
            AffineResampling.forward($0, into: $1, by: maps, height: height, width: width, channels: channels)
        } adjoint: {
            AffineResampling.adjoint($0, into: $1, by: maps, height: height, width: width, channels: channels)
        }(self)
    }
}
