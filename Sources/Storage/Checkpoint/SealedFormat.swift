/// A kind of HDF5 file that is written and checked as checkpoints are: whole or not at all, with a checksum of each array,
/// a digest over everything, and a seal at its end.
public struct SealedFormat: Hashable, Sendable {
    /// The attribute `format`.
    public let name: String
    /// The attribute `version`.
    public let version: Int
    /// What messages call such a file.
    let noun: String
    /// What to do about numbers that are not finite.
    let remedyOfOverflow: String

    public static let checkpoint = SealedFormat(
        name: CheckpointFile.format, version: CheckpointFile.version, noun: "checkpoint",
        remedyOfOverflow:
            "it was saved when training had overflowed, and nothing good comes of it; go on from an older "
            + "checkpoint, with lower learning rates than those that led here")

    /// A network whose features metrics look at.
    public static let features = SealedFormat(
        name: "ganglion-features", version: 1, noun: "features file",
        remedyOfOverflow: "expected numbers; make the file anew")
}

extension CheckpointContents {
    /// 32 hexadecimal digits over names, shapes and bits of all arrays, whatever their order.
    public var arraysDigest: String {
        var digest = CheckpointDigest()
        for array in arrays {
            digest.add(
                path: array.path, shape: array.shape, checksum: CheckpointDigest.checksum(of: array.values))
        }
        return digest.text
    }
}
