import Kernels
import Randomness

/// The two sets that are compared.
package enum ComparedSet: UInt32, CaseIterable, Sendable {
    case real, fake
}

/// The random choices of a sliced Wasserstein distance.
package protocol PatchDraws {
    /// Centres of an image's ``Patches/perImage`` patches, each coordinate in `Patches.radius ..< level − Patches.radius`.
    ///
    /// - Parameters:
    ///   - image: its number in the set.
    ///   - level: the side of the pyramid's level.
    func centers(_ set: ComparedSet, image: Int, level: Int) -> [(x: Int, y: Int)]

    /// Directions of length 1, ``Patches/directions`` × 7·7·C; a direction's elements are in the order row, column,
    /// channel.
    func directions(level: Int, channels: Int) -> [Float]
}

/// Sizes of arXiv 1710.10196, section 5.
package enum Patches {
    /// Patches of an image at a level.
    package static let perImage = 128
    package static let side = 7
    package static let radius = side / 2
    package static let repeats = 4
    package static let directionsPerRepeat = 128
    package static let directions = repeats * directionsPerRepeat

    /// Numbers of a patch.
    package static func elements(_ channels: Int) -> Int { side * side * channels }
}

/// Draws that are pure functions of a seed: of (set, image, level) and of (level, direction).
package struct CounterDraws: PatchDraws {
    private let key: UInt64
    private let philox: Philox4x32
    /// Tells directions from centres, which have the set in the same word of the counter.
    private let directionStream: UInt32 = 2

    package init(seed: UInt64) {
        key = seed ^ 0x6576_616C_7561_7465
        philox = Philox4x32(key: key)
    }

    package func centers(_ set: ComparedSet, image: Int, level: Int) -> [(x: Int, y: Int)] {
        let places = UInt64(level - 2 * Patches.radius)
        func coordinate(_ word: UInt32) -> Int { Patches.radius + Int((UInt64(word) * places) >> 32) }
        var centers: [(x: Int, y: Int)] = []
        centers.reserveCapacity(Patches.perImage)
        for pair in 0..<UInt32(Patches.perImage / 2) {
            let words = philox(pair, UInt32(truncatingIfNeeded: image), UInt32(level), set.rawValue)
            centers.append((x: coordinate(words[0]), y: coordinate(words[1])))
            centers.append((x: coordinate(words[2]), y: coordinate(words[3])))
        }
        return centers
    }

    package func directions(level: Int, channels: Int) -> [Float] {
        let size = Patches.elements(channels)
        let normals = BufferView(count: Patches.directions * size)
        Draws.normals(
            key: key, firstRow: 0, c2: UInt32(level), c3: directionStream, into: normals, rowCount: size)
        var rows = normals.array
        for start in stride(from: 0, to: rows.count, by: size) {
            let length = rows[start..<start + size].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            for i in start..<start + size { rows[i] = Float(Double(rows[i]) / length) }
        }
        return rows
    }
}
