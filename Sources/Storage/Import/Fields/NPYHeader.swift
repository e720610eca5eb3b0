import Failure

/// The head of an array in numpy's format: its type, its order, its shape.
/// (numpy.lib.format, "Format Version 1.0" to "3.0".)
struct NPYHeader: Equatable {
    /// Bytes before the numbers.
    let size: Int
    let type: NumberType
    let isBigEndian: Bool
    /// Whether the first axis is the one along which neighbours lie.
    let isFortran: Bool
    let shape: [Int]
    /// Of all numbers.
    let bytes: Int

    static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
    /// A head of one array never needs so much (numpy itself reads no more than 10 000).
    static let largest = 1 << 16

    /// Reads it with `next`, which gives so many bytes, all of them, or throws.
    ///
    /// - Throws: ``DatasetError`` (65) naming `place` and what was found in it.
    init(_ place: String, next: (Int) throws -> [UInt8]) throws {
        func bad(_ text: String) -> DatasetError { .badData("\(place): \(text)") }
        let start = try next(8)
        guard start.starts(with: Self.magic) else {
            throw bad("is no array of numpy: it does not begin with \\x93NUMPY")
        }
        guard (1...3).contains(start[6]), start[7] == 0 else {
            throw bad("is of version \(start[6]).\(start[7]) of numpy's format, expected 1.0 to 3.0")
        }
        let lengthBytes = start[6] == 1 ? 2 : 4
        let length = try next(lengthBytes).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.largest else {
            throw bad("its head has \(length) bytes, expected at most \(Self.largest): it is damaged or forged")
        }
        var reader = PythonDictionary(bytes: try next(length))
        guard let entries = reader.read() else {
            throw bad("its head is not {'descr': …, 'fortran_order': …, 'shape': …}: it is damaged or forged")
        }
        guard case .text(let code)? = entries["descr"] else {
            throw bad("its elements have several fields, expected numbers. Save each field as an array of its own")
        }
        guard case .truth(let isFortran)? = entries["fortran_order"], case .numbers(let shape)? = entries["shape"],
            entries.count == 3
        else { throw bad("its head is not {'descr': …, 'fortran_order': …, 'shape': …}: it is damaged or forged") }
        guard let (type, isBigEndian) = Self.type(code) else {
            throw bad("its elements are '\(code.visible())', expected integers or floats such as '<f4'")
        }
        size = 8 + lengthBytes + length
        (self.type, self.isBigEndian, self.isFortran, self.shape) = (type, isBigEndian, isFortran, shape)
        guard shape.count <= 32, HDF5Shape.elements(shape) != nil,
            let bytes = (shape.contains(0) ? [0] : shape + [type.bytes]).checkedProduct()
        else { throw bad("its shape \(shape) is absurd: it is damaged or forged") }
        self.bytes = bytes
    }

    /// Such as `<f4` or `|u1`.
    private static func type(_ code: String) -> (NumberType, isBigEndian: Bool)? {
        let order = code.first
        guard let order, "<>|=".contains(order) else { return nil }
        let type: NumberType
        switch code.dropFirst() {
        case "b1", "u1": type = .integer(bytes: 1, isSigned: false)
        case "i1": type = .integer(bytes: 1, isSigned: true)
        case "u2": type = .integer(bytes: 2, isSigned: false)
        case "i2": type = .integer(bytes: 2, isSigned: true)
        case "u4": type = .integer(bytes: 4, isSigned: false)
        case "i4": type = .integer(bytes: 4, isSigned: true)
        case "u8": type = .integer(bytes: 8, isSigned: false)
        case "i8": type = .integer(bytes: 8, isSigned: true)
        case "f2": type = .float(bytes: 2)
        case "f4": type = .float(bytes: 4)
        case "f8": type = .float(bytes: 8)
        default: return nil
        }
        return (type, order == ">")
    }

    /// The numbers of some bytes, as many as there are whole ones.
    func decode(_ bytes: [UInt8]) -> [Double] {
        bytes.withUnsafeBytes { memory in
            let (size, count) = (type.bytes, memory.count / type.bytes)
            func all<Word: FixedWidthInteger>(_: Word.Type, _ convert: (Word) -> Double) -> [Double] {
                (0..<count).map { index in
                    let word = memory.loadUnaligned(fromByteOffset: index * size, as: Word.self)
                    return convert(isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
                }
            }
            return switch type {
            case .integer(1, false): all(UInt8.self) { Double($0) }
            case .integer(1, true): all(Int8.self) { Double($0) }
            case .integer(2, false): all(UInt16.self) { Double($0) }
            case .integer(2, true): all(Int16.self) { Double($0) }
            case .integer(4, false): all(UInt32.self) { Double($0) }
            case .integer(4, true): all(Int32.self) { Double($0) }
            case .integer(_, false): all(UInt64.self) { Double($0) }
            case .integer(_, true): all(Int64.self) { Double($0) }
            case .float(2): all(UInt16.self) { Self.half($0) }
            case .float(4): all(UInt32.self) { Double(Float(bitPattern: $0)) }
            case .float: all(UInt64.self) { Double(bitPattern: $0) }
            }
        }
    }

    /// IEEE 754 binary16.
    private static func half(_ bits: UInt16) -> Double {
        let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
        let sign: Double = bits >> 15 == 1 ? -1 : 1
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
        }
    }
}
