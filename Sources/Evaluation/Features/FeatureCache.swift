import Cluster
import Failure
import Kernels
import Storage

/// Features of real images on disk: extractors are slow, and a data set's images stay what they are.
///
/// Rank 0 reads and writes. What cannot be read is said, and made anew; what cannot be written is said. Files may be
/// deleted at any time.
struct FeatureCache {
    let folder: String
    /// Takes what the user should know, on rank 0.
    let note: (String) -> Void

    /// What features hang on.
    struct Entry {
        let origin: ImageOrigin
        /// Of the order of rows.
        let seed: UInt64
        /// The extractor's identity.
        let extractor: String
        let resolution: Int
        let channels: Int
        let dimension: Int
        let classes: Int

        var key: String {
            """
            images \(origin.order)
            places \(origin.places.lowerBound) to \(origin.places.upperBound), dealt by seed \(seed)
            size \(resolution), \(channels) channels
            extractor \(extractor)
            features \(dimension), classes \(classes)
            """
        }
    }

    private func path(_ entry: Entry) -> String {
        folder + "/" + SealedNumbers.fileName("features", key: entry.key)
    }

    /// Collective. A set of an entry; nil where there is none that can be used.
    ///
    /// - Parameter starts: how its rows are dealt.
    func read(
        _ entry: Entry, name: String, starts: [Int], _ communicator: any Communicator
    ) throws -> FeatureSet? {
        let rank = communicator.rank
        let count = communicator.isRoot ? starts[starts.count - 1] : starts[rank + 1] - starts[rank]
        let features = BufferView(count: count * entry.dimension)
        let probabilities = BufferView(count: count * entry.classes)
        var isFound = false
        if communicator.isRoot { isFound = load(entry, into: [features, probabilities]) }
        guard try communicator.broadcast([isFound ? 1 : 0], from: 0) == [1] else { return nil }
        return FeatureSet(
            name: name, dimension: entry.dimension, classes: entry.classes, starts: starts,
            features: try deal(features, width: entry.dimension, starts, communicator),
            probabilities: try deal(probabilities, width: entry.classes, starts, communicator))
    }

    private func load(_ entry: Entry, into parts: [BufferView]) -> Bool {
        let path = path(entry)
        do {
            let isFound = try parts[0].withUnsafeElements { features in
                try parts[1].withUnsafeElements { probabilities in
                    try SealedNumbers.read(
                        path, key: entry.key,
                        into: [UnsafeMutableRawBufferPointer(features), UnsafeMutableRawBufferPointer(probabilities)])
                }
            }
            guard isFound else { return false }
            // A checksum is no proof against those who forge.
            guard parts.allSatisfy({ $0.withUnsafeElements { $0.allSatisfy { $0.isFinite } } }) else {
                note("\(path): holds numbers that are not finite; features of real images are found anew")
                return false
            }
            return true
        } catch {
            note("\(error); features of real images are found anew")
            return false
        }
    }

    /// Collective. Rank 0's rows to those whose they are.
    private func deal(
        _ values: BufferView, width: Int, _ starts: [Int], _ communicator: any Communicator
    ) throws -> BufferView {
        guard communicator.size > 1, width > 0 else { return values }
        for rank in 1..<communicator.size {
            let rows = starts[rank]..<starts[rank + 1]
            for first in stride(from: rows.lowerBound, to: rows.upperBound, by: FeatureSet.blockSize) {
                let count = min(FeatureSet.blockSize, rows.upperBound - first)
                let target =
                    communicator.isRoot
                    ? values.slice(first * width, count * width)
                    : communicator.rank == rank
                        ? values.slice((first - rows.lowerBound) * width, count * width)
                        : BufferView(count: count * width)
                try target.withUnsafeElements { try communicator.broadcast($0, from: 0) }
            }
        }
        return communicator.isRoot ? BufferView(values.slice(0, starts[1] * width).array) : values
    }

    /// Collective. Keeps a set.
    func write(_ set: FeatureSet, _ entry: Entry, _ communicator: any Communicator) throws {
        let features = try gathered(set, set.features, width: set.dimension, communicator)
        let probabilities = try gathered(set, set.probabilities, width: set.classes, communicator)
        guard communicator.isRoot else { return }
        do {
            try Files.makeFolder(folder)
            try features.withUnsafeElements { features in
                try probabilities.withUnsafeElements { probabilities in
                    try SealedNumbers.write(
                        [UnsafeRawBufferPointer(features), UnsafeRawBufferPointer(probabilities)], key: entry.key,
                        to: path(entry))
                }
            }
        } catch {
            note("features of real images are not kept for the next time: \(error)")
        }
    }

    /// Collective. All rows on rank 0; nothing elsewhere.
    private func gathered(
        _ set: FeatureSet, _ own: BufferView, width: Int, _ communicator: any Communicator
    ) throws -> BufferView {
        guard communicator.size > 1, width > 0 else { return own }
        let all = BufferView(count: communicator.isRoot ? set.count * width : 0)
        func take(_ rows: Range<Int>, _ values: BufferView) {
            guard communicator.isRoot else { return }
            Elementwise.copy(values, into: all.slice(rows.lowerBound * width, rows.count * width))
        }
        if width == set.dimension, own.offset == set.features.offset, own.buffer === set.features.buffer {
            try set.forEachBlock(communicator, take)
        } else {
            try set.forEachBlockOfProbabilities(communicator, take)
        }
        return all
    }
}
