import Cluster

/// The confusion matrix: how many pixels of each true class were told each class: whole numbers, so that any order of adding them gives the same.
public struct ConfusionMatrix: Sendable, Equatable {
    public let classes: Int
    /// [true class, told class]
    public private(set) var pixels: [Int]

    public init(classes: Int) {
        self.classes = classes
        pixels = [Int](repeating: 0, count: classes * classes)
    }

    /// - Parameters:
    ///   - truth: true classes, all below ``classes``.
    ///   - told: as many.
    ///   - ignored: a true class whose pixels do not count: what is no class of any.
    public mutating func add(truth: some Collection<UInt8>, told: some Collection<UInt8>, ignored: Int? = nil) {
        precondition(truth.count == told.count, "confusion: \(truth.count) true pixels, \(told.count) told")
        for (own, other) in zip(truth, told) where Int(own) != ignored {
            pixels[Int(own) * classes + Int(other)] += 1
        }
    }

    /// Collective. Those of all ranks together: a true class at a time, so that no rank ever holds all of every rank's.
    public func summed(_ communicator: any Communicator) throws -> ConfusionMatrix {
        var sum = ConfusionMatrix(classes: classes)
        for start in stride(from: 0, to: pixels.count, by: classes) {
            let own = pixels[start..<start + classes].map { Double($0) }
            let all = try communicator.allGather(own, total: classes * communicator.size)
            for (place, count) in all.enumerated() { sum.pixels[start + place % classes] += Int(count) }
        }
        return sum
    }

    /// Pixels that count.
    public var total: Int { pixels.reduce(0, +) }
    /// Of those, told right.
    public var right: Int { (0..<classes).reduce(0) { $0 + pixels[$1 * classes + $1] } }

    /// Of each class the pixels that both have over those that either has (PASCAL VOC's intersection over union); nil of a
    /// class that neither has.
    public var intersectionsOverUnions: [Double?] {
        (0..<classes).map { own in
            let both = pixels[own * classes + own]
            let has = (0..<classes).reduce(0) { $0 + pixels[own * classes + $1] }
            let told = (0..<classes).reduce(0) { $0 + pixels[$1 * classes + own] }
            let either = has + told - both
            return either == 0 ? nil : Double(both) / Double(either)
        }
    }

    /// The mean over the classes that there are; nil where no pixel counts.
    ///
    /// - Parameter ignored: a class that is no class of any.
    public func meanIntersectionOverUnion(ignored: Int? = nil) -> Double? {
        let known = intersectionsOverUnions.enumerated().filter { $0.offset != ignored }.compactMap(\.element)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}
