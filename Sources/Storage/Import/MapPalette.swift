import Failure

/// Names of the classes of semantic maps, and the colours that stand for them: a JSON list with an entry a class,
/// `[{"name": "sky", "color": [70, 130, 180]}, …]`, the first being class 0.
///
/// Without colours it only names the values of maps.
struct MapPalette {
    static let fileName = "palette.json"
    private static let largest = 1 << 20

    let path: String
    let names: [String]
    /// The class of a colour, red · 65536 + green · 256 + blue; nil without colours.
    let classes: [Int: UInt8]?

    private struct Entry: Decodable {
        let name: String
        let color: [Int]?
    }

    /// - Throws: ``DatasetError`` naming the file: 66 when it is missing, 65 when it is something else.
    init(_ path: String) throws {
        self.path = path
        guard Files.exists(path) else {
            throw DatasetError.missingInput("\(path): no such file, expected a palette of the maps")
        }
        let size = Files.size(path) ?? 0
        guard size <= Self.largest else {
            throw DatasetError.badData(
                "\(path): \(Files.text(bytes: size)), expected a palette of at most \(Files.text(bytes: Self.largest))")
        }
        let entries: [Entry]
        do {
            entries = try CheckedJSON.decode([Entry].self, from: Files.bytes(path))
        } catch {
            throw DatasetError.badData(
                "\(path): expected [{\"name\": \"sky\", \"color\": [70, 130, 180]}, …], which it is not: \(error)")
        }
        let most = DatasetFormat.mostSemanticClasses
        guard (1...most).contains(entries.count) else {
            throw DatasetError.badData("\(path): \(entries.count) classes, expected 1 to \(most)")
        }
        names = entries.map(\.name)
        if let problem = ClassNames.problem(names, classes: names.count) {
            throw DatasetError.badData("\(path): \(problem)")
        }
        let colored = entries.filter { $0.color != nil }
        guard !colored.isEmpty else {
            classes = nil
            return
        }
        guard colored.count == entries.count else {
            throw DatasetError.badData(
                "\(path): \(colored.count) of \(entries.count) classes have a color, expected all or none")
        }
        var classes: [Int: UInt8] = [:]
        for (number, entry) in entries.enumerated() {
            let color = entry.color ?? []
            guard color.count == 3, color.allSatisfy({ (0...255).contains($0) }) else {
                throw DatasetError.badData(
                    "\(path): class \(number) has color \(color), expected red, green and blue from 0 to 255")
            }
            let key = color[0] << 16 | color[1] << 8 | color[2]
            if let other = classes.updateValue(UInt8(number), forKey: key) {
                throw DatasetError.badData("\(path): classes \(other) and \(number) have one color, \(color)")
            }
        }
        self.classes = classes
    }

    /// Names with their colours, the first eight classes: `sky 70 130 180, sea 9 8 7`; nil without colours.
    var colorText: String? {
        guard let classes else { return nil }
        let colors = classes.sorted { $0.value < $1.value }
        let shown = colors.prefix(8).map { key, number in
            "\(names[Int(number)]) \(key >> 16) \(key >> 8 & 255) \(key & 255)"
        }
        return shown.joined(separator: ", ") + (colors.count > 8 ? " or one of \(colors.count - 8) more" : "")
    }
}
