/// Where one instance ends and another begins: what CC-FPSE knows of a scene besides its classes (arXiv 1910.06809, after
/// arXiv 1711.11585, section 3.3). Golden files have them; data sets here know no instances.
public enum InstanceEdges {
    /// 1 where one of the four neighbours belongs to another instance, else 0.
    ///
    /// - Parameter instances: of each pixel, [N, height, width].
    public static func of(_ instances: [Int32], height: Int, width: Int) -> [Float] {
        precondition(
            height > 0 && width > 0 && instances.count % (height * width) == 0,
            "instance edges: \(instances.count) pixels of \(height)×\(width)")
        return instances.indices.map { at in
            let (row, column) = (at / width % height, at % width)
            let differs =
                row > 0 && instances[at - width] != instances[at]
                || row < height - 1 && instances[at + width] != instances[at]
                || column > 0 && instances[at - 1] != instances[at]
                || column < width - 1 && instances[at + 1] != instances[at]
            return differs ? 1 : 0
        }
    }
}
