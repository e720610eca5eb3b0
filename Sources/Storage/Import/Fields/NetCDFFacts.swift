/// The attributes by which netCDF files tell of their variables (NetCDF Users Guide, appendix A), and the CF conventions
/// of coordinates. Attributes of other files that are called the same mean the same.
enum NetCDFFacts {
    /// What netCDF writes where nobody has written anything (netcdf.h, NC_FILL_…).
    private static func unwritten(_ type: NumberType) -> Double? {
        switch type {
        case .float(4), .float(8): 9.969209968386869e36
        case .integer(2, true): -32767
        case .integer(2, false): 65535
        case .integer(4, true): -2_147_483_647
        case .integer(4, false): 4_294_967_295
        case .integer(8, true): -0x1p63
        case .integer(8, false): 0x1p64
        // Of bytes each is a value (netCDF4-python leaves them alone, too).
        default: nil
        }
    }

    /// - Throws: ``DatasetError`` (65) for an attribute that cannot be what its name says.
    static func read(of key: String, _ type: NumberType, in file: HDF5File) throws -> ArrayFacts {
        var facts = ArrayFacts()
        func numbers(_ name: String) throws -> [Double]? {
            guard let value = attribute(name, on: key, in: file) else { return nil }
            guard let numbers = value.numbers else {
                throw DatasetError.badData("\(file.path): attribute \(name) of \(key) is \(value), expected a number")
            }
            return numbers
        }
        func number(_ name: String) throws -> Double? {
            guard let list = try numbers(name) else { return nil }
            guard list.count == 1, list[0].isFinite else {
                throw DatasetError.badData("\(file.path): attribute \(name) of \(key) is \(list), expected one number")
            }
            return list[0]
        }
        facts.isNetCDF = isNetCDF(file)
        facts.unit = text("units", on: key, in: file) ?? ""
        if let names = attribute("channel_names", on: key, in: file)?.stringsValue { facts.channelNames = names }
        if let units = attribute("channel_units", on: key, in: file)?.stringsValue { facts.channelUnits = units }
        if let value = text("_Unsigned", on: key, in: file), value.lowercased() == "true" {
            throw DatasetError.badData(
                "\(file.path): \(key) has the attribute _Unsigned: signed integers that stand for others are not read. "
                    + "Write it as \(type.withoutSign)")
        }
        let fill = try numbers("_FillValue")
        facts.fills = try (fill ?? []) + (numbers("missing_value") ?? [])
        // Attributes are read as integers with a sign: 2⁶³ may stand for what is larger.
        let isUInt64 = type == .integer(bytes: 8, isSigned: false)
        if isUInt64, facts.fills.contains(0x1p63) { facts.fills.append(0x1p64) }
        if type == .float(bytes: 8) {
            for name in ["_FillValue", "missing_value"] {
                guard let value = attribute(name, on: key, in: file), value.floatBytes == 4 else { continue }
                facts.singleFills += (value.numbers ?? []).map { Float($0) }.filter { !$0.isNaN }
            }
        }
        if fill == nil, facts.isNetCDF, let value = unwritten(type) { facts.fills.append(value) }
        // A mark of double precision beside values of single precision.
        if type == .float(bytes: 4) { facts.fills += facts.fills.map { Double(Float($0)) } }
        facts.fills = facts.fills.filter { !$0.isNaN }
        if let scale = try number("scale_factor") { facts.scale = scale }
        if let offset = try number("add_offset") { facts.offset = offset }
        var (low, high) = (try number("valid_min") ?? -.infinity, try number("valid_max") ?? .infinity)
        var bounds = ["valid_min", "valid_max"]
        if let range = try numbers("valid_range") {
            guard range.count == 2 else {
                throw DatasetError.badData(
                    "\(file.path): attribute valid_range of \(key) is \(range), expected two numbers")
            }
            (low, high) = (range[0], range[1])
            bounds = ["valid_range"]
        }
        if isUInt64, high == 0x1p63 { high = .infinity }
        guard low <= high else {
            throw DatasetError.badData("\(file.path): \(key) states that values from \(low) to \(high) are valid")
        }
        // Bounds of the packing's own type, where that is wider than the packed numbers, are of unpacked values (NetCDF
        // Users Guide, appendix A, valid_range).
        func floatBytes(_ names: [String]) -> [Int] {
            names.compactMap { attribute($0, on: key, in: file) }.map(\.floatBytes)
        }
        let packing = floatBytes(["scale_factor", "add_offset"]).max() ?? 0
        let stated = floatBytes(bounds)
        if packing > type.bytes, stated.allSatisfy({ $0 == packing }) {
            facts.validPhysical = Float(low)...Float(high)
        } else {
            facts.valid = low...high
        }
        return facts
    }

    /// Whether the netCDF library has written a file.
    static func isNetCDF(_ file: HDF5File) -> Bool {
        if attribute("_NCProperties", on: "/", in: file) != nil { return true }
        return attribute("Conventions", on: "/", in: file)?.stringValue?.hasPrefix("CF") ?? false
    }

    /// Those of a file's arrays that are data: neither axes, nor what other arrays name as their coordinates or bounds.
    static func variables(of paths: [String], in file: HDF5File) -> [String] {
        var beside: Set<String> = []
        var rest: [String] = []
        for path in paths {
            if text("CLASS", on: path, in: file) == "DIMENSION_SCALE" {
                if let name = text("bounds", on: path, in: file) { beside.insert(sibling(name, of: path)) }
                continue
            }
            rest.append(path)
            for name in ["coordinates", "bounds", "grid_mapping", "ancillary_variables", "cell_measures"] {
                for word in (text(name, on: path, in: file) ?? "").split(separator: " ") {
                    beside.insert(sibling(String(word), of: path))
                }
            }
        }
        return rest.filter { !beside.contains($0) }
    }

    private static func sibling(_ name: String, of path: String) -> String {
        let group = path.split(separator: "/").dropLast()
        return (group + [Substring(name)]).joined(separator: "/")
    }

    /// An attribute of a type that is read; others (lists of references, which netCDF writes) are passed over.
    private static func attribute(_ name: String, on path: String, in file: HDF5File) -> AttributeValue? {
        try? file.attribute(name, on: path)
    }

    private static func text(_ name: String, on path: String, in file: HDF5File) -> String? {
        switch attribute(name, on: path, in: file) {
        case .string(let text): text
        case .strings(let texts) where texts.count == 1: texts[0]
        default: nil
        }
    }
}

extension NumberType {
    fileprivate var withoutSign: NumberType {
        if case .integer(let bytes, _) = self { .integer(bytes: bytes, isSigned: false) } else { self }
    }
}

extension AttributeValue {
    /// Of each of its numbers where those are floats, 0 where not.
    fileprivate var floatBytes: Int {
        switch self {
        case .float, .floats: 4
        case .double, .doubles: 8
        case .int, .ints, .string, .strings: 0
        }
    }

    /// All numbers; nil for texts.
    fileprivate var numbers: [Double]? {
        switch self {
        case .int(let value): [Double(value)]
        case .float(let value): [Double(value)]
        case .double(let value): [value]
        case .ints(let values): values.map { Double($0) }
        case .floats(let values): values.map { Double($0) }
        case .doubles(let values): values
        case .string, .strings: nil
        }
    }
}
