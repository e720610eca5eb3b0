import State
import Storage

/// Of the label maps that condition each pixel of a run's images, as its checkpoints have it.
public struct MapFormat: Equatable, Sendable {
    /// Values of a pixel.
    public var classes: Int
    /// Of the classes; empty where nobody has told them.
    public var names: [String]

    public init(classes: Int, names: [String] = []) {
        self.classes = classes
        self.names = names.count == classes ? names : []
    }

    /// A byte a pixel.
    public static let mostClasses = 1 << 8

    /// Nil where a checkpoint says of none.
    ///
    /// - Throws: ``DatasetError`` (65) that names the file and what cannot be.
    init?(_ contents: CheckpointContents, path: String) throws {
        guard let stated = contents.attribute(SampleAttributes.mapClasses) else { return nil }
        guard let classes = stated.intValue, (2...Self.mostClasses).contains(classes) else {
            throw DatasetError.badData(
                "\(path): attribute \(SampleAttributes.mapClasses) is \(stated), expected 2 to \(Self.mostClasses): it is"
                    + " damaged or forged")
        }
        let names = contents.attribute(SampleAttributes.mapNames)?.stringsValue ?? []
        self.init(classes: classes, names: names)
    }

    var attributes: [(String, AttributeValue)] {
        [(SampleAttributes.mapClasses, .int(classes))]
            + (names.isEmpty ? [] : [(SampleAttributes.mapNames, .strings(names))])
    }

    /// "label maps of 3 classes: ground, disc, square"
    public var text: String {
        "label maps of \(classes) classes" + (names.isEmpty ? "" : ": " + names.joined(separator: ", "))
    }
}

extension SampleAttributes {
    /// What conditions each pixel; nil where nothing does.
    public var pixelText: String? {
        mapFormat?.text ?? conditionFormat.map { "images as conditions: " + $0.text }
    }

    /// What differs in what conditions each pixel.
    func pixelDifference(from own: SampleAttributes) -> (found: String, own: String)? {
        guard conditionFormat != own.conditionFormat || mapFormat != own.mapFormat else { return nil }
        func text(_ attributes: SampleAttributes) -> String {
            attributes.pixelText ?? "nothing that conditions each pixel"
        }
        let texts = (text(self), text(own))
        return texts.0 == texts.1 ? (texts.0 + ", with other transforms", texts.1) : texts
    }
}
