import Failure
import Foundation

/// A file or folder that arrays of numbers come from, recognised by its content.
struct ArrayFile {
    let path: String
    /// What it is, for the user.
    let kind: String
    /// Keys of arrays that may be data; one empty key where there is only one array without a name.
    let keys: [String]
    /// Of a folder of PNG files.
    let stack: PNGStack?
    private let open: (String) throws -> any NumberArray
    private let holds: (String) -> Bool

    private static let archive = "arrays of numpy"
    static let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Whether a file begins as those do that hold arrays and nothing else.
    static func isArrays(_ head: [UInt8]) -> Bool {
        head.starts(with: NPYHeader.magic) || head.starts(with: [0x50, 0x4B, 3, 4])
            || head.starts(with: [0x50, 0x4B, 5, 6]) || head.starts(with: Array("CDF".utf8))
    }

    /// - Throws: ``DatasetError``: 66 when it is missing, 65 when it is of no known kind or damaged.
    init(_ path: String, labels: ImportOptions.Labels) throws {
        self.path = path
        guard Files.exists(path) else { throw DatasetError.missingInput("\(path): no such file or folder") }
        if Files.isFolder(path) {
            let stack = try PNGStack(path, labels: labels)
            (kind, keys, self.stack) = ("folder of \(stack.files.count) PNG files", [""], stack)
            open = { _ in stack }
            holds = { $0.isEmpty }
            return
        }
        stack = nil
        guard labels == .none else {
            throw DatasetError.usage(
                "--labels \(labels): \(path) is a file. The classes of its samples are an array of it: --label-key NAME"
            )
        }
        let head = try Files.bytes(path, limit: 8)
        if head == Self.hdf5 {
            let file = try HDF5File(reading: path)
            let paths = try file.datasetPaths()
            keys = try NetCDFFacts.variables(of: paths, in: file).filter { try file.numberType(of: $0) != nil }
            kind = NetCDFFacts.isNetCDF(file) ? "netCDF-4" : "HDF5"
            open = { try HDF5Numbers($0, in: file) }
            holds = Set(paths).contains
        } else if head.starts(with: NPYHeader.magic) {
            kind = "array of numpy"
            keys = [""]
            open = { _ in try NPYNumbers(path, source: FileBytes(path)) }
            holds = { $0.isEmpty }
        } else if head.starts(with: [0x50, 0x4B]) {
            let archive = try ZIPArchive(path)
            var members: [String: ZIPArchive.Member] = [:]
            for member in archive.members where member.name.hasSuffix(".npy") {
                members[String(member.name.dropLast(4))] = member
            }
            let found = members
            keys = found.keys.sorted()
            kind = Self.archive
            open = { key in
                guard let member = found[key] else { throw DatasetError.usage("\(path): has no array \(key)") }
                return try NPYNumbers(path, key: key, source: ZIPMemberBytes(member, in: archive))
            }
            holds = { found[$0] != nil }
        } else if head.starts(with: Array("CDF".utf8)) {
            throw DatasetError.badData(
                "\(path): is of netCDF's classic format, expected netCDF-4, which is HDF5. Write it anew with "
                    + "nccopy -k nc4 \(path) \(path).nc4")
        } else {
            let found = head.prefix(4).map { String($0) }.joined(separator: " ")
            throw DatasetError.badData(
                "\(path): begins with bytes \(found), expected HDF5, netCDF-4, .npy, .npz, or a folder of PNG files")
        }
    }

    /// The array of a key.
    ///
    /// - Parameters:
    ///   - key: as ``FieldOptions/withPlainKeys`` has it.
    ///   - option: that names the key, for messages.
    /// - Throws: ``DatasetError`` (64) with the keys that there are where it has no such.
    func array(_ key: String, for option: String) throws -> any NumberArray {
        guard holds(key) else {
            var error = DatasetError.usage(
                keys == [""]
                    ? "\(option) \(key): \(path) is \(kind == "array of numpy" ? "an array" : "a folder") without a name"
                    : "\(option) \(key): \(path) holds no array of that name. It holds:")
            error.details = listing
            throw error
        }
        return try open(key)
    }

    /// The array whose values samples are made of, where nobody names one.
    ///
    /// - Parameters:
    ///   - others: keys that are something else.
    ///   - shape: of flat samples, see ``FieldOptions/shape``.
    /// - Throws: ``DatasetError`` (64) with the keys that there are unless exactly one may be meant.
    func onlyArray(besides others: Set<String>, shape: [Int]?) throws -> any NumberArray {
        if keys == [""] { return try open("") }
        // One array is open at a time: one of an archive takes memory, and there may be thousands.
        var (fitting, failure): ([(key: String, isFloat: Bool)], (any Error)?) = ([], nil)
        for key in keys where !others.contains(key) {
            do {
                let array = try open(key)
                if Self.mayBeSamples(array.shape, flat: shape) { fitting.append((key, array.type.isFloat)) }
            } catch {
                // An archive may hold texts and objects beside arrays of numbers, a netCDF file variables that nobody
                // asks for. A damaged file is another matter.
                guard kind == Self.archive || error is DatasetError else { throw error }
                failure = failure ?? error
            }
        }
        if fitting.isEmpty, let failure { throw failure }
        let floats = fitting.filter(\.isFloat)
        if floats.count == 1 { return try open(floats[0].key) }
        if floats.isEmpty, fitting.count == 1 { return try open(fitting[0].key) }
        var error = DatasetError.usage(
            "\(path): \(fitting.isEmpty ? "no array" : "\(fitting.count) arrays") may be the samples. Give --key NAME, or "
                + "--key NAME,NAME for several channels. It holds:")
        error.details = listing
        throw error
    }

    private static func mayBeSamples(_ shape: [Int], flat: [Int]?) -> Bool {
        guard let flat else { return shape.count >= 3 }
        return shape.count == 2 && shape[1] == flat.checkedProduct()
    }

    /// Keys with types and shapes.
    private var listing: [String] {
        let lines = keys.filter { !$0.isEmpty }.prefix(40).map { key in
            "  \(key): " + ((try? open(key)).map { "\($0.type) \($0.shape)" } ?? "no numbers that are read")
        }
        return lines + (keys.count > 40 ? ["  and \(keys.count - 40) more"] : [])
    }
}
