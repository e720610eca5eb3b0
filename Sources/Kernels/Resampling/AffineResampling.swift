import CKernels

/// Images N×H×W×C, each resampled by an affine map of its own. The two functions are each other's adjoint.
public enum AffineResampling {
    /// - Parameters:
    ///   - maps: one for each sample, of the images' size; nil: the sample as it is.
    ///   - y: as x, overwritten.
    public static func forward(
        _ x: BufferView, into y: BufferView, by maps: [AffineGeometry?], height: Int, width: Int, channels: Int
    ) {
        run(.affineResampling, x, y, maps, height, width, channels) { ck_affine_forward($0, $1, $2, $3) }
    }

    /// The adjoint.
    public static func adjoint(
        _ y: BufferView, into x: BufferView, by maps: [AffineGeometry?], height: Int, width: Int, channels: Int
    ) {
        run(.affineResamplingAdjoint, y, x, maps, height, width, channels) { ck_affine_adjoint($0, $1, $2, $3) }
    }

    /// Channels that are worked on at a time: as many as leave what there is in between in the second-level cache.
    private static let block = 16

    private static func run(
        _ kind: OperationKind, _ from: BufferView, _ to: BufferView, _ maps: [AffineGeometry?], _ height: Int,
        _ width: Int, _ channels: Int,
        _ body: (
            UnsafePointer<ck_affine_map>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start, .resampling(kind, from, to, batch: maps.count, height: height, width: width, channels: channels))
        }
        let count = height * width * channels
        precondition(
            from.count == maps.count * count && to.count == from.count
                && maps.allSatisfy { $0.map { $0.map.height == height && $0.map.width == width } ?? true },
            "affine resampling: \(from.count) elements into \(to.count), \(maps.count) samples \(height)×\(width)")
        let (source, target) = (from.pointer, to.pointer)
        let blocks = (channels + block - 1) / block
        Workers.forEach(maps.count * blocks) { item in
            let (sample, part) = item.quotientAndRemainder(dividingBy: blocks)
            guard var map = maps[sample]?.map else {
                if part == 0 { (target + sample * count).update(from: source + sample * count, count: count) }
                return
            }
            map.channels = Int64(channels)
            map.block = Int64(min(block, channels - part * block))
            let offset = sample * count + part * block
            body(&map, source + offset, target + offset, Workers.scratch(Int(ck_affine_scratch(&map))))
        }
    }
}
