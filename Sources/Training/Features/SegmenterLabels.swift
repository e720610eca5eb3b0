import Autodiff

/// Label maps as a segmenter learns them.
package enum SegmenterLabels {
    /// 1 in the channel of each pixel's class; nothing at pixels of what is no class of any.
    ///
    /// - Parameters:
    ///   - maps: uint8 [N, H, W], classes.
    ///   - shape: [N, H, W, classes]
    ///   - ignored: what is no class of any; nil where all are.
    package static func tensor(_ maps: some Collection<UInt8>, shape: [Int], ignored: Int?) -> Tensor {
        let classes = shape[3]
        var values = [Float](repeating: 0, count: maps.count * classes)
        for (pixel, label) in maps.enumerated() where Int(label) != ignored { values[pixel * classes + Int(label)] = 1 }
        return Tensor(values, shape: shape)
    }
}
