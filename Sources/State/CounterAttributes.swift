import Failure
import Foundation
import Storage

/// Counters as attributes of a checkpoint.
extension TrainingCounters {
    /// Those that are not nil, by the names of their attributes.
    public var attributes: [(String, AttributeValue)] {
        fields.compactMap { label, value in Self.attribute(value).map { (Self.name(label), $0) } }
    }

    /// - Throws: ``StateError`` naming the file, the attribute and what it holds.
    public init(_ contents: CheckpointContents, path: String) throws {
        self.init()
        for name in Self.required where contents.attribute(name) == nil {
            throw StateError(
                path: path,
                reason: "the attribute \(name) is missing: it is no checkpoint of a run; "
                    + "to start from its networks use --transfer")
        }
        var texts: [String: String] = [:]
        for (label, value) in fields { texts[label] = Self.attribute(value)?.json }
        for (label, _) in fields {
            let name = Self.name(label)
            guard let attribute = contents.attribute(name) else { continue }
            texts[label] = attribute.json
            let text = texts.map { "\"\($0)\":\($1)" }.joined(separator: ",")
            guard let read = try? CheckedJSON.decode(TrainingCounters.self, from: Array("{\(text)}".utf8)) else {
                throw StateError(
                    path: path, reason: "the attribute \(name) is \(attribute), \(Self.complaint(of: label))")
            }
            self = read
        }
        try check(path)
    }

    /// Without these it is no checkpoint of a run.
    private static let required = [
        "step", "images_shown", "optimizer_steps_generator", "optimizer_steps_discriminator",
    ]

    /// In the order of declaration.
    private var fields: [(label: String, value: Any)] {
        Mirror(reflecting: self).children.compactMap { child in child.label.map { ($0, child.value) } }
    }

    /// Nil for nil.
    private static func attribute(_ value: Any) -> AttributeValue? {
        switch value {
        case let number as Int: return .int(number)
        case let number as Float: return .float(number)
        case let number as Double: return .double(number)
        case let numbers as [Int]: return .ints(numbers)
        default:
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                return mirror.children.first.flatMap { attribute($0.value) }
            }
            // Keys in one order, so that equal values have equal texts.
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            guard let value = value as? any Encodable, let text = try? encoder.encode(value) else {
                preconditionFailure("counters: \(value) has no text")
            }
            return .string(String(decoding: text, as: UTF8.self))
        }
    }

    /// `guardLeftOutInARow` is `guard_left_out_in_a_row`.
    private static func name(_ label: String) -> String {
        label.reduce(into: "") { name, letter in name += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
        }
    }

    private static func complaint(of label: String) -> String {
        switch label {
        case "growth": "which does not tell how the networks have grown"
        case "best": "which does not tell the best value of a metric"
        case "guardLeftOut": "expected a number of updates"
        default: "expected a \(label == "guardLeftOutInARow" ? "list of numbers of updates" : "number")"
        }
    }

    /// Numbers that no run reaches would overflow later on.
    private func check(_ path: String) throws {
        if levelResolution != nil, growth == nil {
            throw StateError(path: path, reason: "the attribute growth is missing")
        }
        if levelResolution != nil, levelFade == nil {
            throw StateError(path: path, reason: "the attribute level_fade is missing")
        }
        if let growth {
            let plateau = growth.plateau
            let counts =
                growth.transitions + [
                    plateau.resolution, plateau.windowImages, plateau.sinceBest, plateau.skipped,
                ]
            guard counts.allSatisfy((0...CheckpointCounters.mostImages).contains),
                plateau.windowSum.isFinite, plateau.best?.isFinite != false
            else {
                throw CheckpointError(
                    path: path,
                    reason: "the attribute growth is \(Self.attribute(growth).map { "\($0)" } ?? ""), expected numbers "
                        + "from 0 to \(CheckpointCounters.mostImages)", exitCode: ExitCode.badData)
            }
        }
        if let best {
            guard best.value.isFinite, (0...imagesShown).contains(best.imagesShown) else {
                throw StateError(
                    path: path,
                    reason: "the attribute best is \(Self.attribute(best).map { "\($0)" } ?? ""), expected a number, "
                        + "measured after 0 to \(imagesShown) images")
            }
        }
        if let total = guardLeftOut {
            guard total >= 0 else {
                throw StateError(path: path, reason: "guard_left_out is \(total), expected a number of updates")
            }
            guard let row = guardLeftOutInARow, row.allSatisfy((0...total).contains) else {
                throw StateError(
                    path: path,
                    reason: "guard_left_out_in_a_row is \(guardLeftOutInARow.map { "\($0)" } ?? "missing"), expected "
                        + "numbers of updates, at most \(total)")
            }
        }
    }
}

extension AttributeValue {
    /// As a part of a JSON text. A string is a value of its own, or no value at all: a file's text must not become part of
    /// what stands around it.
    fileprivate var json: String {
        switch self {
        case .string(let text): (try? CheckedJSON.check(Array(text.utf8))) == nil ? Self.nothing : text
        case .int(let number): "\(number)"
        case .float(let number): number.isFinite ? "\(number)" : Self.nothing
        case .double(let number): number.isFinite ? "\(number)" : Self.nothing
        case .ints(let numbers): "[\(numbers.map(String.init).joined(separator: ","))]"
        case .floats, .doubles, .strings: Self.nothing
        }
    }

    /// Nothing that a counter can be.
    private static let nothing = "\"\""
}
