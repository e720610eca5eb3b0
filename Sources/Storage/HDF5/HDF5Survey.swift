import CHDF5
import Failure

/// Walks through all that an HDF5 file holds, before anyone relies on it.
///
/// HDF5 1.10 can crash, hang, or take any amount of memory on a file that was damaged or forged. Whatever the program
/// would meet later it meets here first, in a process that may die of it: every link, every object, every attribute, the
/// place of every chunk, and what packed chunks unpack to. See ``HDF5Surveyor``.
struct HDF5Survey {
    /// Groups nest so deep at most.
    static let deepest = 32
    /// Along so many paths at most objects can be reached: a group may have several names, and so have those below it.
    static let mostPaths = 1 << 16

    let file: HDF5File
    /// Bytes of the file.
    let size: Int
    /// What is below a group that was walked through: how many paths, how many levels.
    private var reach: [Key: (paths: Int, levels: Int)] = [:]
    private var entered: Set<Key> = []
    private var datasets: Set<Key> = []
    private var softLinks: [String] = []

    /// What tells an object from others.
    private struct Key: Hashable {
        let words: (UInt64, UInt64)

        static func == (a: Key, b: Key) -> Bool { a.words == b.words }

        func hash(into hasher: inout Hasher) {
            hasher.combine(words.0)
            hasher.combine(words.1)
        }
    }

    /// - Throws: ``HDF5Error`` naming the object that is damaged, leads out of the file, or is larger than the file.
    static func run(_ path: String) throws {
        guard let size = Files.size(path) else { throw FileError.read(path, "reading its size") }
        let file = try HDF5File(unsurveyed: path)
        defer { file.close() }
        try HDF5Library.withLock {
            var survey = HDF5Survey(file: file, size: size)
            let root = HDF5Handle(H5Gopen2(file.id, "/", 0), close: H5Gclose)
            guard root.id >= 0 else { throw file.failure("opening the root group") }
            _ = try survey.group(root, "", depth: 0)
            try survey.followSoftLinks()
        }
    }

    private init(file: HDF5File, size: Int) {
        self.file = file
        self.size = size
    }

    func refusal(_ operation: String, _ message: String) -> HDF5Error {
        HDF5Error(file: file.path, operation: operation, message: message)
    }

    /// Once for each group, however many names it has.
    private mutating func group(
        _ group: borrowing HDF5Handle, _ path: String, depth: Int
    ) throws -> (paths: Int, levels: Int) {
        let key = try key(of: group, path)
        let name = path.isEmpty ? "/" : path
        let below: (paths: Int, levels: Int)
        if let known = reach[key] {
            below = known
        } else {
            guard entered.insert(key).inserted else {
                throw refusal(
                    "listing group \(name)", "the group is one of those that hold it: the file is damaged or forged")
            }
            guard depth <= Self.deepest else {
                throw refusal("listing group \(name)", "groups nest more than \(Self.deepest) deep")
            }
            try attributes(of: group, name)
            var sum = (paths: 0, levels: 0)
            for link in try file.links(of: group, at: path) {
                let child = path.isEmpty ? link.name : path + "/" + link.name
                sum.paths += 1
                if link.isHard {
                    let found = try object(in: group, link.name, child, depth: depth + 1)
                    sum = (sum.paths + found.paths, max(sum.levels, found.levels))
                } else {
                    softLinks.append(child)
                }
                guard sum.paths <= Self.mostPaths else {
                    throw refusal(
                        "listing group \(name)",
                        "what it holds can be reached along more than \(Self.mostPaths) paths: the file is damaged or forged"
                    )
                }
            }
            below = (sum.paths, sum.levels + 1)
            reach[key] = below
        }
        guard depth + below.levels <= Self.deepest + 1 else {
            throw refusal("listing group \(name)", "groups nest more than \(Self.deepest) deep")
        }
        return below
    }

    private mutating func object(
        in group: borrowing HDF5Handle, _ name: String, _ path: String, depth: Int
    ) throws -> (paths: Int, levels: Int) {
        let object = HDF5Handle(H5Oopen(group.id, name, 0), close: H5Oclose)
        guard object.id >= 0 else { throw file.failure("opening \(path)") }
        switch H5Iget_type(object.id) {
        case H5I_GROUP: return try self.group(object, path, depth: depth)
        case H5I_DATASET:
            if datasets.insert(try key(of: object, path)).inserted {
                try storage(of: object, path)
                try attributes(of: object, path)
            }
        default: break  // A type with a name of its own, which nobody here asks for.
        }
        return (0, 0)
    }

    private func key(of object: borrowing HDF5Handle, _ path: String) throws -> Key {
        var key = ch5_key()
        guard ch5_object_key(object.id, &key) >= 0 else { throw file.failure("opening \(path)") }
        return Key(words: key.words)
    }

    /// After all else: by now it is known that no path leads out of the file.
    private mutating func followSoftLinks() throws {
        for path in softLinks {
            let object = HDF5Handle(H5Oopen(file.id, path, 0), close: H5Oclose)
            guard object.id >= 0 else { throw file.failure("following the soft link \(path)") }
            let key = try key(of: object, path)
            guard H5Iget_type(object.id) != H5I_DATASET || datasets.contains(key) else {
                throw refusal("opening \(path)", "it leads to a dataset that the file does not list")
            }
        }
    }

    /// Reads all attributes whose types this program knows.
    private func attributes(of object: borrowing HDF5Handle, _ path: String) throws {
        for name in try file.attributeNames(of: object, at: path) {
            _ = try file.readKnownAttribute(name, of: object, at: path)
        }
    }
}
