/// What the numbers of an array are, as a file states them.
enum NumberType: Equatable, Sendable {
    case integer(bytes: Int, isSigned: Bool)
    case float(bytes: Int)

    var isFloat: Bool { if case .float = self { true } else { false } }

    /// Of a number.
    var bytes: Int {
        switch self {
        case .integer(let bytes, _), .float(let bytes): bytes
        }
    }

    /// How samples of them are stored where nobody says otherwise.
    var element: SampleFormat.Element {
        switch self {
        case .integer(1, false): .uint8
        case .integer(2, false): .uint16
        default: .float32
        }
    }
}

extension NumberType: CustomStringConvertible {
    /// Such as `uint16`.
    var description: String {
        switch self {
        case .integer(let bytes, let isSigned): (isSigned ? "int" : "uint") + "\(8 * bytes)"
        case .float(let bytes): "float\(8 * bytes)"
        }
    }
}

/// Numbers in a file, an array of any rank, read in rows along its first axis.
protocol NumberArray: AnyObject {
    /// The file, for messages.
    var path: String { get }
    /// What it is called in its file; empty where a file has only one.
    var key: String { get }
    var shape: [Int] { get }
    var type: NumberType { get }
    /// What stands beside it: unit, packing, marks of missing values.
    var facts: ArrayFacts { get }
    /// Rows that are stored together, so that reading fewer costs as much; 1 where that does not matter.
    var rowsTogether: Int { get }
    /// Row-major, as they stand in the file. Cheapest in ascending order.
    ///
    /// - Throws: an ``ExitCoded`` error naming the file.
    func numbers(rows: Range<Int>) throws -> [Double]
    /// What messages call a row.
    func place(ofRow row: Int) -> String
    /// Called after the last rows: checks what the file holds besides those that were asked for.
    func finish() throws
}

extension NumberArray {
    var rowsTogether: Int { 1 }
    var facts: ArrayFacts { ArrayFacts() }
    func finish() throws {}
    func place(ofRow row: Int) -> String { "\(place), row \(row)" }

    /// File and key.
    var place: String { key.isEmpty ? path : "\(path): \(key)" }
    /// Its type and shape, such as `float32 [60, 28, 28]`.
    var kindText: String { "\(type) \(shape)" }
    /// Numbers in a row.
    var rowCount: Int { shape.dropFirst().reduce(1, *) }
}

/// What a file tells of an array besides its numbers; by the conventions of netCDF (NetCDF Users Guide, appendix A).
struct ArrayFacts: Equatable, Sendable {
    /// Empty where it is not told.
    var unit = ""
    /// Of its channels, where it tells them.
    var channelNames: [String] = []
    /// Of its channels, where it tells them one by one.
    var channelUnits: [String] = []
    /// Numbers that stand for missing values, before ``scale`` and ``offset``.
    var fills: [Double] = []
    /// Marks that the file states in single precision beside numbers of double precision: of those each that rounds to one.
    var singleFills: [Float] = []
    /// What is valid, before ``scale`` and ``offset``.
    var valid: ClosedRange<Double> = -.infinity ... .infinity
    /// What is valid of the physical values.
    var validPhysical: ClosedRange<Float> = -.infinity ... .infinity
    var scale = 1.0
    var offset = 0.0
    /// Whether it is one of a netCDF file, whose axes come in the order time, level, latitude, longitude.
    var isNetCDF = false

    /// Whether values are not the numbers that are stored.
    var isPacked: Bool { scale != 1 || offset != 0 }
}
