import Failure

/// How many samples a synthesizer is asked to draw.
struct DrawnSamples {
    let count: Int
    /// What they are called: images, fields.
    let noun: String

    /// More would take years to draw.
    private static let most = 1_000_000_000

    /// - Throws: ``DatasetError`` (64) where nobody can draw so many, or so many shards cannot be made of them.
    init(_ count: Int, _ noun: String, shards: Int?) throws {
        guard (1...Self.most).contains(count) else {
            throw DatasetError.usage("--count \(count): expected 1 to \(Self.most)")
        }
        if let shards, shards > count {
            throw DatasetError.usage("--shards \(shards): more than the \(count) \(noun) (--count)")
        }
        self.count = count
        self.noun = noun
    }

    /// So that a disk that is too small is told before hours of drawing. Rows wait in a file of their own until there are
    /// shards.
    ///
    /// - Parameters:
    ///   - size: of a sample, for the message.
    ///   - bytes: of a sample, with its map.
    /// - Throws: ``DatasetError`` (73).
    func checkSpace(size: String, bytes: Int, in folder: String) throws {
        let bytes = [count, bytes, 2].checkedProduct()
        let space = try Files.space(for: [bytes ?? .max - (1 << 32)], in: folder)
        guard space.needed <= space.free else {
            throw DatasetError.cannotWrite(
                "\(folder): \(count) \(noun) of \(size) need \(Files.text(bytes: space.needed)) for a while, "
                    + "\(Files.text(bytes: space.free)) are free. Free some space, or choose another folder")
        }
    }
}
