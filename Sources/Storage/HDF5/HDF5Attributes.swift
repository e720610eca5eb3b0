import CHDF5
import Failure
import Glibc

extension HDF5File {
    /// The attribute `name` of the object at `path`, or nil when it has none of that name.
    ///
    /// Reads strings of fixed and variable length, integers of any width and sign, booleans of numpy, float32 and
    /// float64, each as a scalar or an array.
    /// - Throws: ``HDF5Error`` when the object is missing, or the attribute is of another type.
    public func attribute(_ name: String, on path: String = "/") throws -> AttributeValue? {
        try HDF5Library.withLock {
            let object = try open(path)
            let exists = H5Aexists(object.id, name)
            guard exists >= 0 else { throw failure("looking for attribute \(name) of \(path)") }
            guard exists > 0 else { return nil }
            return try readAttribute(name, of: object, at: path)
        }
    }

    /// All attributes of the object at `path`, sorted by name.
    public func attributes(on path: String = "/") throws -> [(String, AttributeValue)] {
        try HDF5Library.withLock {
            let object = try open(path)
            var list: [(String, AttributeValue)] = []
            for name in try attributeNames(of: object, at: path) {
                list.append((name, try readAttribute(name, of: object, at: path)))
            }
            return list
        }
    }

    /// Writes an attribute of the object at `path`. Strings have variable length, as h5py likes them.
    public func setAttribute(_ name: String, to value: AttributeValue, on path: String = "/") throws {
        try HDF5Library.withLock {
            let object = try open(path)
            switch value {
            case .string(let text): try write([text], scalar: true, name, object, path)
            case .strings(let texts): try write(texts, scalar: false, name, object, path)
            case .int(let number): try write([Int64(number)], scalar: true, name, object, path)
            case .ints(let numbers): try write(numbers.map { Int64($0) }, scalar: false, name, object, path)
            case .float(let number): try write([number], scalar: true, name, object, path)
            case .floats(let numbers): try write(numbers, scalar: false, name, object, path)
            case .double(let number): try write([number], scalar: true, name, object, path)
            case .doubles(let numbers): try write(numbers, scalar: false, name, object, path)
            }
        }
    }

    // MARK: Inside the lock

    /// The names of an object's attributes, sorted.
    func attributeNames(of object: borrowing HDF5Handle, at path: String) throws -> [String] {
        var names: [String] = []
        let visit: H5A_operator2_t = { _, name, _, list in
            guard let name, let list else { return -1 }
            list.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
            return 0
        }
        var index: hsize_t = 0
        let status = withUnsafeMutablePointer(to: &names) {
            H5Aiterate2(object.id, H5_INDEX_NAME, H5_ITER_INC, &index, visit, $0)
        }
        // To be told from the end of the list: on a forged file it may be want of memory.
        guard status >= 0 else { throw failure("listing the attributes of \(path)") }
        return names
    }

    private func open(_ path: String) throws -> HDF5Handle {
        let object = HDF5Handle(H5Oopen(id, path, 0), close: H5Oclose)
        guard object.id >= 0 else { throw failure("opening \(path)") }
        return object
    }

    private func readAttribute(_ name: String, of object: borrowing HDF5Handle, at path: String) throws
        -> AttributeValue
    {
        guard let value = try readKnownAttribute(name, of: object, at: path) else {
            throw HDF5Error(
                file: self.path, operation: "reading attribute \(name) of \(path)",
                message: "its type is neither a string nor a number")
        }
        return value
    }

    /// The value of an attribute, or nil where its type is none of those that are read.
    func readKnownAttribute(
        _ name: String, of object: borrowing HDF5Handle, at path: String
    ) throws -> AttributeValue? {
        let place = "reading attribute \(name) of \(path)"
        let attribute = HDF5Handle(H5Aopen(object.id, name, 0), close: H5Aclose)
        guard attribute.id >= 0 else { throw failure(place) }
        let type = HDF5Handle(H5Aget_type(attribute.id), close: H5Tclose)
        let space = HDF5Handle(H5Aget_space(attribute.id), close: H5Sclose)
        let points = H5Sget_simple_extent_npoints(space.id)
        guard points >= 0, points < 1 << 24 else { throw failure(place) }
        let count = Int(points)
        let isScalar = H5Sget_simple_extent_type(space.id) == H5S_SCALAR && count == 1
        let width = H5Tget_size(type.id)
        // All of it is in the file, but for what a string of variable length points to.
        guard width > 0, let bytes = [count, width].checkedProduct(), bytes <= size ?? .max else {
            throw HDF5Error(
                file: self.path, operation: place,
                message: "it has \(count) values of \(width) bytes, more than the file: it is damaged or forged")
        }

        switch H5Tget_class(type.id) {
        case H5T_STRING:
            let texts = try readStrings(attribute, type, space, count, place)
            return isScalar ? .string(texts[0]) : .strings(texts)
        case H5T_INTEGER, H5T_ENUM:
            let numbers = try readIntegers(attribute, type, count, place)
            return isScalar ? .int(numbers[0]) : .ints(numbers)
        case H5T_FLOAT where H5Tget_size(type.id) <= 4:
            let numbers: [Float] = try readNumbers(attribute, count, place)
            return isScalar ? .float(numbers[0]) : .floats(numbers)
        case H5T_FLOAT:
            let numbers: [Double] = try readNumbers(attribute, count, place)
            return isScalar ? .double(numbers[0]) : .doubles(numbers)
        default: return nil
        }
    }

    private func readNumbers<Element: HDF5Element>(
        _ attribute: borrowing HDF5Handle, _ count: Int, _ place: String
    ) throws -> [Element] {
        var values = [Element](repeating: .zero, count: count)
        guard count == 0 || H5Aread(attribute.id, Element.memoryType, &values) >= 0 else { throw failure(place) }
        return values
    }

    private func readIntegers(
        _ attribute: borrowing HDF5Handle, _ type: borrowing HDF5Handle, _ count: Int, _ place: String
    ) throws -> [Int] {
        if H5Tget_class(type.id) == H5T_INTEGER {
            let numbers: [Int64] = try readNumbers(attribute, count, place)
            return numbers.map { Int($0) }
        }
        // numpy's booleans are enumerations of one byte, which HDF5 does not convert to numbers.
        guard H5Tget_size(type.id) == 1 else {
            throw HDF5Error(file: path, operation: place, message: "enumerations other than booleans are not read")
        }
        var bytes = [Int8](repeating: 0, count: count)
        guard count == 0 || H5Aread(attribute.id, type.id, &bytes) >= 0 else { throw failure(place) }
        return bytes.map { Int($0) }
    }

    private func readStrings(
        _ attribute: borrowing HDF5Handle, _ type: borrowing HDF5Handle, _ space: borrowing HDF5Handle, _ count: Int,
        _ place: String
    ) throws -> [String] {
        guard H5Tis_variable_str(type.id) > 0 else {
            let size = H5Tget_size(type.id)
            var bytes = [UInt8](repeating: 0, count: max(1, count * size))
            guard count == 0 || H5Aread(attribute.id, type.id, &bytes) >= 0 else { throw failure(place) }
            let isSpacePadded = H5Tget_strpad(type.id) == H5T_STR_SPACEPAD
            return (0..<count).map { index in
                var text = bytes[index * size..<(index + 1) * size].prefix { $0 != 0 }
                while isSpacePadded, text.last == UInt8(ascii: " ") { text.removeLast() }
                return String(decoding: text, as: UTF8.self)
            }
        }
        let memory = HDF5Handle(H5Tcopy(type.id), close: H5Tclose)
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        guard count == 0 || H5Aread(attribute.id, memory.id, &pointers) >= 0 else { throw failure(place) }
        let texts = pointers.map { pointer in pointer.map { String(cString: $0) } ?? "" }
        H5Dvlen_reclaim(memory.id, space.id, 0, &pointers)
        return texts
    }

    private func write<Element: HDF5Element>(
        _ values: [Element], scalar: Bool, _ name: String, _ object: borrowing HDF5Handle, _ path: String
    ) throws {
        try create(name, Element.fileType, count: scalar ? nil : values.count, object, path) {
            H5Awrite($0, Element.memoryType, values)
        }
    }

    private func write(
        _ texts: [String], scalar: Bool, _ name: String, _ object: borrowing HDF5Handle, _ path: String
    ) throws {
        let type = HDF5Handle(H5Tcopy(ch5_c_string()), close: H5Tclose)
        H5Tset_size(type.id, ch5_variable())
        H5Tset_cset(type.id, H5T_CSET_UTF8)
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        try create(name, type.id, count: scalar ? nil : texts.count, object, path) { H5Awrite($0, type.id, copies) }
    }

    private func create(
        _ name: String, _ type: hid_t, count: Int?, _ object: borrowing HDF5Handle, _ path: String,
        write: (hid_t) -> herr_t
    ) throws {
        let place = "writing attribute \(name) of \(path)"
        let space = HDF5Handle(
            count.map { H5Screate_simple(1, [hsize_t($0)], nil) } ?? H5Screate(H5S_SCALAR), close: H5Sclose)
        if H5Aexists(object.id, name) > 0 { H5Adelete(object.id, name) }
        let attribute = HDF5Handle(H5Acreate2(object.id, name, type, space.id, 0, 0), close: H5Aclose)
        guard attribute.id >= 0, count == 0 || write(attribute.id) >= 0 else {
            throw failure(place, ExitCode.cannotWrite)
        }
    }
}
