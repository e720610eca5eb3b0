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
            guard let value = try attribute(name, on: key, in: file) else { return nil }
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
        facts.isNetCDF = try isNetCDF(file)
        facts.unit = try text("units", on: key, in: file) ?? ""
        if let names = try attribute("channel_names", on: key, in: file)?.stringsValue { facts.channelNames = names }
        if let value = try text("_Unsigned", on: key, in: file), value.lowercased() == "true" {
            throw DatasetError.badData(
                "\(file.path): \(key) has the attribute _Unsigned: signed integers that stand for others are not read. "
                    + "Write it as \(type.withoutSign)")
        }
        let fill = try numbers("_FillValue")
        facts.fills = try (fill ?? []) + (numbers("missing_value") ?? [])
        if fill == nil, facts.isNetCDF, let value = unwritten(type) { facts.fills.append(value) }
        // A mark of double precision beside values of single precision.
        if type == .float(bytes: 4) { facts.fills += facts.fills.map { Double(Float($0)) } }
        facts.fills = facts.fills.filter { !$0.isNaN }
        if let scale = try number("scale_factor") { facts.scale = scale }
        if let offset = try number("add_offset") { facts.offset = offset }
        var (low, high) = (try number("valid_min") ?? -.infinity, try number("valid_max") ?? .infinity)
        if let range = try numbers("valid_range") {
            guard range.count == 2 else {
                throw DatasetError.badData(
                    "\(file.path): attribute valid_range of \(key) is \(range), expected two numbers")
            }
            (low, high) = (range[0], range[1])
        }
        guard low <= high else {
            throw DatasetError.badData("\(file.path): \(key) states that values from \(low) to \(high) are valid")
        }
        facts.valid = low...high
        return facts
    }

    /// Whether the netCDF library has written a file.
    static func isNetCDF(_ file: HDF5File) throws -> Bool {
        if try attribute("_NCProperties", on: "/", in: file) != nil { return true }
        return try attribute("Conventions", on: "/", in: file)?.stringValue?.hasPrefix("CF") ?? false
    }

    /// Those of a file's arrays that are data: neither axes, nor what other arrays name as their coordinates or bounds.
    static func variables(of paths: [String], in file: HDF5File) throws -> [String] {
        var beside: Set<String> = []
        var rest: [String] = []
        for path in paths {
            if try text("CLASS", on: path, in: file) == "DIMENSION_SCALE" {
                if let name = try text("bounds", on: path, in: file) { beside.insert(sibling(name, of: path)) }
                continue
            }
            rest.append(path)
            for name in ["coordinates", "bounds", "grid_mapping", "ancillary_variables", "cell_measures"] {
                for word in (try text(name, on: path, in: file) ?? "").split(separator: " ") {
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
    private static func attribute(_ name: String, on path: String, in file: HDF5File) throws -> AttributeValue? {
        try? file.attribute(name, on: path)
    }

    private static func text(_ name: String, on path: String, in file: HDF5File) throws -> String? {
        switch try attribute(name, on: path, in: file) {
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
