import CHDF5
import Synchronization

/// HDF5 files that are sound, and hold what no reader of images reckons with: other types, layouts and ranks, extents
/// beyond all memory with nothing stored, links in circles, and other files' bytes.
struct HDF5Zoo {
    let bytes: [UInt8]
    let log: [String]
    /// Why a reader must refuse it: it leads to another file.
    let leadsElsewhere: String?

    /// What its reader takes it for.
    enum Role: Sendable {
        /// `images`, `labels`, `semantic`.
        case source
        /// The same with the attributes of a shard.
        case shard
        /// Groups of arrays.
        case weights
    }

    /// The library is entered by one at a time, whatever it was built for.
    static let lock = Mutex<Int>(0)

    init?(_ role: Role, _ random: inout FuzzRandom) {
        var builder = Builder(random)
        let made = Self.lock.withLock { _ in builder.build(role) }
        random = builder.random
        guard let made else { return nil }
        (bytes, log, leadsElsewhere) = (made, builder.log, builder.leadsElsewhere)
    }

    private struct Builder {
        var random: FuzzRandom
        var log: [String] = []
        var leadsElsewhere: String?
        private var file: hid_t = -1

        init(_ random: FuzzRandom) { self.random = random }

        mutating func build(_ role: Role) -> [UInt8]? {
            H5Eset_auto2(0, nil, nil)
            let access = H5Pcreate(ch5_file_access())
            defer { H5Pclose(access) }
            H5Pset_fapl_core(access, 1 << 16, false)
            let version = random.pick([H5F_LIBVER_EARLIEST, H5F_LIBVER_V18, H5F_LIBVER_V110])
            H5Pset_libver_bounds(access, version, version == H5F_LIBVER_EARLIEST ? H5F_LIBVER_V110 : version)
            file = H5Fcreate("zoo-\(random.next())", ch5_acc_excl(), 0, access)
            guard file >= 0 else { return nil }
            defer { H5Fclose(file) }
            switch role {
            case .source, .shard:
                dataset("images", usual: [3, 8, 8, 3], kind: 0)
                if random.chance(60) { dataset("labels", usual: [3], kind: 1) }
                if random.chance(40) { dataset("semantic", usual: [3, 8, 8], kind: 0) }
            case .weights:
                for name in ["generator", "ema", "state"] where random.chance(80) {
                    H5Gclose(H5Gcreate2(file, name, 0, 0, 0))
                    for index in 0..<random.below(4) { dataset("\(name)/x\(index).weight", usual: [2, 3], kind: 2) }
                }
            }
            attributes(role)
            if random.chance(35) { links() }
            H5Fflush(file, H5F_SCOPE_GLOBAL)
            let size = H5Fget_file_image(file, nil, 0)
            guard size > 0 else { return nil }
            return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = max(0, H5Fget_file_image(file, buffer.baseAddress, size))
            }
        }

        // MARK: Datasets

        /// - Parameter kind: of ``type(_:)``, in most cases.
        private mutating func dataset(_ name: String, usual: [Int], kind: Int) {
            var extent = usual.map { hsize_t($0) }
            if random.chance(45) {
                let at = random.below(extent.count)
                extent[at] = random.pick(Self.extents)
                if random.chance(30) { extent = extent.map { _ in random.pick(Self.extents) } }
                if random.chance(20) {
                    extent = (0..<random.pick([0, 1, 2, 3, 5, 6, 32])).map { _ in random.pick(Self.extents) }
                }
            }
            let isScalar = extent.isEmpty
            let space =
                isScalar
                ? H5Screate(random.chance(50) ? H5S_SCALAR : H5S_NULL)
                : H5Screate_simple(Int32(extent.count), extent, nil)
            defer { H5Sclose(space) }
            let (type, typeName) = type(random.chance(75) ? kind : random.below(12))
            defer { H5Tclose(type) }
            let creation = H5Pcreate(ch5_dataset_create())
            defer { H5Pclose(creation) }
            let layout = isScalar ? "no layout" : layout(creation, extent, space, type, name)
            let id = H5Dcreate2(file, name, type, space, 0, creation, 0)
            guard id >= 0 else { return log.append("no \(name)") }
            defer { H5Dclose(id) }
            log.append("\(name): \(typeName) \(extent), \(layout)")
            let count = extent.reduce(1.0) { $0 * Double($1) } * Double(H5Tget_size(type))
            // What leads elsewhere is only described: written through, it would change other files. Types with pointers
            // in them stay empty.
            if leadsElsewhere == nil, count > 0, count < 1_048_576, H5Tdetect_class(type, H5T_VLEN) <= 0,
                H5Tis_variable_str(type) <= 0
            {
                let bytes = random.chance(60) ? [UInt8](repeating: 1, count: Int(count)) : random.bytes(Int(count))
                H5Dwrite(id, type, 0, 0, 0, bytes)
            }
        }

        private static let extents: [hsize_t] = [
            0, 0, 1, 1, 2, 3, 4, 8, 16, 17, 255, 65_536, 1 << 20, 1 << 31, 1 << 32, 1 << 40, 1 << 61, 1 << 62,
        ]

        private mutating func layout(
            _ creation: hid_t, _ extent: [hsize_t], _ space: hid_t, _ type: hid_t, _ name: String
        ) -> String {
            switch random.below(12) {
            case 0:
                H5Pset_layout(creation, H5D_COMPACT)
                return "compact"
            case 1, 2, 3, 4:
                var chunk = extent.map { max(1, min($0, 4)) }
                if random.chance(15) { chunk[0] = random.pick([1, 1 << 20, 1 << 31]) }
                H5Pset_chunk(creation, Int32(chunk.count), chunk)
                var filters: [String] = []
                if random.chance(40) {
                    H5Pset_shuffle(creation)
                    filters.append("shuffled")
                }
                if random.chance(40) {
                    H5Pset_deflate(creation, 6)
                    filters.append("deflated")
                }
                if random.chance(30) {
                    H5Pset_fletcher32(creation)
                    filters.append("with Fletcher-32")
                }
                if random.chance(10) {
                    // A filter that nobody has.
                    H5Pset_filter(creation, 31_999, 1, 0, nil)
                    filters.append("with a filter nobody has")
                }
                return "chunks of \(chunk) \(filters.joined(separator: ", "))"
            case 5:
                leadsElsewhere = "\(name) lies in an external file"
                H5Pset_external(
                    creation, random.pick(["other.h5", "outside.bin", "../case/outside.bin"]), 0,
                    random.chance(50) ? hsize_t.max : 1 << 12)
                return "in an external file"
            case 6:
                leadsElsewhere = "\(name) is virtual"
                H5Pset_virtual(creation, space, random.pick(["other.h5", ".", "outside.bin"]), name, space)
                return "virtual"
            case 7:
                H5Pset_alloc_time(creation, H5D_ALLOC_TIME_LATE)
                H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER)
                return "contiguous, late"
            default: return "contiguous"
            }
        }

        private mutating func type(_ kind: Int) -> (hid_t, String) {
            switch kind {
            case 0: return (H5Tcopy(ch5_std_u8le()), "uint8")
            case 1: return (H5Tcopy(ch5_std_i32le()), "int32")
            case 2: return (H5Tcopy(ch5_ieee_f32le()), "float32")
            case 3: return (H5Tcopy(ch5_ieee_f64le()), "float64")
            case 4: return (H5Tcopy(ch5_std_i64le()), "int64")
            case 5:
                let text = H5Tcopy(ch5_c_string())
                H5Tset_size(text, random.pick([1, 8, 70_000, ch5_variable()]))
                return (text, "string")
            case 6:
                let compound = H5Tcreate(H5T_COMPOUND, 12)
                H5Tinsert(compound, "a", 0, ch5_std_i64le())
                H5Tinsert(compound, "b", 8, ch5_std_i32le())
                return (compound, "compound")
            case 7: return (H5Tvlen_create(ch5_std_i32le()), "variable length")
            case 8:
                var extent: [hsize_t] = [random.pick([1, 4, 1 << 20])]
                return (H5Tarray_create2(ch5_std_u8le(), 1, &extent), "array of uint8")
            case 9: return (H5Tenum_create(ch5_std_i32le()), "enumeration")
            case 10:
                let opaque = H5Tcreate(H5T_OPAQUE, 16)
                H5Tset_tag(opaque, "thing")
                return (opaque, "opaque")
            default:
                let odd = H5Tcopy(ch5_std_i32le())
                H5Tset_precision(odd, 13)
                return (odd, "13-bit integer")
            }
        }

        // MARK: Attributes and links

        private mutating func attributes(_ role: Role) {
            var usual: [(String, Int)] = []
            if role == .shard {
                usual = [
                    ("version", 1), ("shard", 0), ("shards", 1), ("count_total", 3), ("resolution", 8), ("channels", 3),
                    ("classes", 8), ("semantic_classes", 9),
                ]
                text("format", "ganglion-dataset")
                text("dataset_id", random.chance(80) ? "abc" : random.pick(["../..", "a/b", "", "\u{1B}[2J", "x"]))
            } else if random.chance(50) {
                usual = [("classes", 8), ("semantic_classes", 9)]
            }
            for (name, value) in usual where random.chance(96) {
                let changed = random.chance(15)
                number(name, changed ? Int64(bitPattern: ByteMutator.number(&random, size: 24)) : Int64(value))
            }
            if random.chance(10) {
                let space = H5Screate(H5S_NULL)
                H5Aclose(H5Acreate2(file, "empty", ch5_std_i64le(), space, 0, 0))
                H5Sclose(space)
                log.append("an attribute without a value")
            }
            if random.chance(10) {
                // A text that ends nowhere.
                let (type, space) = (H5Tcopy(ch5_c_string()), H5Screate(H5S_SCALAR))
                H5Tset_size(type, 40_000)
                H5Tset_strpad(type, H5T_STR_SPACEPAD)
                let id = H5Acreate2(file, role == .weights ? "config" : "note", type, space, 0, 0)
                H5Awrite(id, type, [UInt8](repeating: 0x5B, count: 40_000))
                H5Aclose(id)
                H5Sclose(space)
                H5Tclose(type)
                log.append("a text without an end")
            }
        }

        private mutating func number(_ name: String, _ value: Int64) {
            let isArray = random.chance(4)
            var extent: [hsize_t] = [random.pick([0, 1, 2])]
            let space = isArray ? H5Screate_simple(1, &extent, nil) : H5Screate(H5S_SCALAR)
            let id = H5Acreate2(file, name, ch5_std_i64le(), space, 0, 0)
            H5Awrite(id, ch5_native_int64(), [value, value])
            H5Aclose(id)
            H5Sclose(space)
            log.append("\(name) = \(value)\(isArray ? " as a list of \(extent[0])" : "")")
        }

        private mutating func text(_ name: String, _ value: String) {
            let (type, space) = (H5Tcopy(ch5_c_string()), H5Screate(H5S_SCALAR))
            H5Tset_size(type, max(1, value.utf8.count))
            let id = H5Acreate2(file, name, type, space, 0, 0)
            H5Awrite(id, type, Array(value.utf8) + [0])
            H5Aclose(id)
            H5Sclose(space)
            H5Tclose(type)
        }

        private mutating func links() {
            switch random.below(6) {
            case 0:
                H5Gclose(H5Gcreate2(file, "loop", 0, 0, 0))
                H5Lcreate_hard(file, "/", file, "loop/up", 0, 0)
                log.append("a group that holds the root")
            case 1:
                // Each level holds the next one several times: few groups, very many paths.
                let depth = random.pick([5, 25, 40])
                var path = "many"
                H5Gclose(H5Gcreate2(file, path, 0, 0, 0))
                for _ in 0..<depth {
                    let next = path + "/0"
                    H5Gclose(H5Gcreate2(file, next, 0, 0, 0))
                    for link in 1..<4 { H5Lcreate_hard(file, next, file, "\(path)/\(link)", 0, 0) }
                    path = next
                }
                log.append("groups held four times each, \(depth) deep")
            case 2:
                H5Lcreate_soft("/circle", file, "circle", 0, 0)
                H5Lcreate_soft("/nothing", file, "dangling", 0, 0)
                log.append("soft links to themselves and to nothing")
            case 3:
                // The oldest format of groups knows none.
                let isThere =
                    H5Lcreate_external(
                        random.pick(["other.h5", "outside.bin", "./other.h5"]), "/images", file, "outside", 0, 0) >= 0
                if isThere { leadsElsewhere = "a link leads to another file" }
                log.append(isThere ? "an external link" : "no external link")
            case 4:
                let depth = random.pick([31, 33, 200])
                var path = "deep"
                for _ in 0..<depth {
                    H5Gclose(H5Gcreate2(file, path, 0, 0, 0))
                    path += "/d"
                }
                log.append("groups \(depth) deep")
            default:
                for index in 0..<300 { H5Gclose(H5Gcreate2(file, "\u{1B}[31m\u{202E}\(index)", 0, 0, 0)) }
                log.append("300 groups with control characters in their names")
            }
        }
    }
}
