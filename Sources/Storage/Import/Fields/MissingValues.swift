import Foundation

/// Values that are none: counted while samples are read, and refused or filled.
struct MissingValues {
    private(set) var notNumbers = 0
    private(set) var infinite = 0
    /// Marked so by the file, or outside of what it says is valid.
    private(set) var marked = 0
    /// Where the first was met.
    private(set) var first: String?

    var count: Int { notNumbers + infinite + marked }

    enum Kind { case notNumber, infinite, marked }

    mutating func note(_ kind: Kind, at place: @autoclosure () -> String) {
        switch kind {
        case .notNumber: notNumbers += 1
        case .infinite: infinite += 1
        case .marked: marked += 1
        }
        if first == nil { first = place() }
    }

    /// "12 not a number, 3 infinite": those that there are.
    var text: String {
        [(notNumbers, "not a number"), (infinite, "infinite"), (marked, "marked as missing")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    var refusal: DatasetError {
        .badData(
            "\(count) values are missing (\(text)), the first at \(first ?? ""). Give --missing VALUE to fill them, or "
                + "choose other data")
    }
}

extension ArrayFacts {
    /// The physical value of a number as it is stored; nil, with the reason, where it stands for none.
    @inline(__always)
    func value(of stored: Double) -> (value: Float, missing: MissingValues.Kind?) {
        if stored.isNaN { return (0, .notNumber) }
        for fill in fills where fill == stored { return (0, .marked) }
        for fill in singleFills where fill == Float(stored) { return (0, .marked) }
        if stored < valid.lowerBound || stored > valid.upperBound { return (0, .marked) }
        let value = Float(isPacked ? stored * scale + offset : stored)
        if value < validPhysical.lowerBound || value > validPhysical.upperBound { return (0, .marked) }
        return value.isFinite ? (value, nil) : (0, .infinite)
    }
}
