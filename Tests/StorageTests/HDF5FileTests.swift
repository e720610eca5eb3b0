import Failure
import Foundation
import Storage
import Testing

@Suite struct HDF5FileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func save(_ file: HDF5File) throws { try file.save(to: file.path) }

    @Test func datasetsOfEveryTypeAndRankComeBack() throws {
        let path = folder.file("a.h5")
        let file = try HDF5File(inMemory: path)
        try file.write([1, -2.5, .infinity, 4, 5, 6] as [Float], shape: [2, 3, 1], to: "group/inner.name/floats")
        try file.write([0, 127, 255] as [UInt8], shape: [3], to: "bytes", chunkRows: 2, fletcher32: true)
        try file.write([Int32.min, 7], shape: [2], to: "group/ints")
        try file.write([Int64.max], shape: [], to: "scalar")
        try file.write([] as [Float], shape: [4, 0], to: "empty")
        try file.createGroup("lonely/group")
        try save(file)
        file.close()

        let read = try HDF5File(reading: path)
        #expect(
            try read.datasetPaths() == ["bytes", "empty", "group/inner.name/floats", "group/ints", "scalar"])
        #expect(try read.groupPaths() == ["group", "group/inner.name", "lonely", "lonely/group"])
        #expect(try read.datasetPaths(under: "group") == ["group/inner.name/floats", "group/ints"])
        let floats = try read.floats("group/inner.name/floats")
        #expect(floats.shape == [2, 3, 1])
        #expect(floats.values == [1, -2.5, .infinity, 4, 5, 6])
        #expect(try read.bytes("bytes").values == [0, 127, 255])
        #expect(try read.int32s("group/ints").values == [Int32.min, 7])
        #expect(try read.int64s("scalar").shape == [])
        #expect(try read.int64s("scalar").values == [Int64.max])
        #expect(try read.floats("empty").shape == [4, 0])
        #expect(try read.floats("bytes").values == [0, 127, 255])
        #expect(read.contains("group/ints"))
        #expect(!read.contains("group/none/at/all"))
        let dataset = try read.dataset("group/inner.name/floats")
        #expect(try dataset.values(rows: 1..<2, as: Float.self) == [4, 5, 6])
    }

    @Test func attributesOfEveryTypeComeBack() throws {
        let path = folder.file("a.h5")
        let file = try HDF5File(inMemory: path)
        try file.write([1] as [Float], shape: [1], to: "x")
        let long = String(repeating: "key: välue\n", count: 20_000)
        let attributes: [(String, AttributeValue)] = [
            ("double", .double(0.1)), ("doubles", .doubles([1, 2])), ("empty", .string("")), ("float", .float(0.1)),
            ("floats", .floats([1, 2])), ("int", .int(-5)), ("ints", .ints([1, 2, 3])), ("long", .string(long)),
            ("string", .string("ganglion")), ("strings", .strings(["a", "", "ü"])),
        ]
        for (name, value) in attributes {
            try file.setAttribute(name, to: value)
            try file.setAttribute(name, to: value, on: "x")
        }
        try file.setAttribute("int", to: .int(6), on: "x")
        try save(file)

        let read = try HDF5File(reading: path)
        for (name, value) in attributes { #expect(try read.attribute(name) == value) }
        #expect(try read.attributes().map { $0.0 } == attributes.map { $0.0 })
        #expect(try read.attribute("int", on: "x") == .int(6))
        #expect(try read.attribute("none") == nil)
    }

    @Test func errorsNameFileOperationAndCause() throws {
        let missing = folder.file("missing.h5")
        expectError(ExitCode.missingInput, missing, "no such file") { _ = try HDF5File(reading: missing) }
        let junk = folder.file("junk.h5")
        try AtomicFile.write("this is no HDF5 file", to: junk)
        expectError(ExitCode.badData, junk, "opening", "file signature not found") {
            _ = try HDF5File(reading: junk)
        }
        let path = folder.file("a.h5")
        let file = try HDF5File(inMemory: path)
        try file.write([Float](repeating: 1, count: 1000), shape: [1000], to: "x")
        try save(file)
        let read = try HDF5File(reading: path)
        expectError(ExitCode.badData, path, "nothing", "no such dataset") { _ = try read.floats("nothing") }
        expectError(ExitCode.badData, path, "opening nothing") { _ = try read.attribute("a", on: "nothing") }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try AtomicFile.write(Array(bytes.dropLast(500)), to: path)
        expectError(ExitCode.badData, path, "truncated") { _ = try HDF5File(reading: path) }
    }

    @Test(.enabled(if: hasH5py, "Python has no h5py, which cluster/setup --tests installs"))
    func h5pyAndWeReadEachOther() throws {
        let path = folder.file("h5py.h5")
        let script = """
            import h5py, numpy as np
            with h5py.File('\(path)', 'w') as f:
                f.attrs['arch'] = 'resnet'
                f.attrs['fixed'] = np.bytes_('fixed')
                f.attrs['names'] = ['a', 'bc']
                for t in 'int8 uint8 int16 uint16 int32 uint32 int64 uint64'.split():
                    f.attrs[t] = getattr(np, t)(100)
                f.attrs['python'] = 12
                f.attrs['gamma'] = 0.5
                f.attrs['half'] = np.float16(0.5)
                f.attrs['single'] = np.float32(0.1)
                f.attrs['flag'] = True
                f.attrs['ints'] = [1, 2, 3]
                f['f64'] = np.arange(6.).reshape(2, 3)
                f['big'] = np.arange(3, dtype='>i2')
                f['empty'] = np.zeros((8, 0), np.float32)
                f['scalar'] = np.float32(7)
                f.create_dataset('packed', data=np.arange(1000, dtype=np.float32), compression='gzip', shuffle=True)
            """
        _ = try #require(python(script))
        let file = try HDF5File(reading: path)
        #expect(try file.attribute("arch") == .string("resnet"))
        #expect(try file.attribute("fixed") == .string("fixed"))
        #expect(try file.attribute("names") == .strings(["a", "bc"]))
        for type in ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] {
            #expect(try file.attribute(type) == .int(100))
        }
        #expect(try file.attribute("python")?.intValue == 12)
        #expect(try file.attribute("gamma") == .double(0.5))
        #expect(try file.attribute("half") == .float(0.5))
        #expect(try file.attribute("single") == .float(0.1))
        #expect(try file.attribute("flag") == .int(1))
        #expect(try file.attribute("ints") == .ints([1, 2, 3]))
        #expect(try file.floats("f64").values == [0, 1, 2, 3, 4, 5])
        #expect(try file.int32s("big").values == [0, 1, 2])
        #expect(try file.floats("empty").shape == [8, 0])
        #expect(try file.floats("scalar").values == [7])
        #expect(try file.floats("packed").values == (0..<1000).map { Float($0) })

        let ours = folder.file("ours.h5")
        let written = try HDF5File(inMemory: ours)
        try written.write([1, 2, 3, 4] as [Float], shape: [2, 2], to: "g/fc0.weight")
        try written.setAttribute("format", to: .string("ganglion-dataset"))
        try written.setAttribute("count", to: .int(9))
        try save(written)
        let text = python(
            """
            import h5py
            f = h5py.File('\(ours)')
            print(f['g/fc0.weight'][()].tolist(), f['g/fc0.weight'].dtype, f.attrs['format'], f.attrs['count'])
            """)
        #expect(text == "[[1.0, 2.0], [3.0, 4.0]] float32 ganglion-dataset 9\n")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: goldenFolder), "no golden files"))
    func goldenFilesAreRead() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: goldenFolder) where name.hasSuffix(".h5") {
            let file = try HDF5File(reading: goldenFolder + "/" + name)
            _ = try file.attributes()
            let paths = try file.datasetPaths()
            #expect(!paths.isEmpty)
            for path in paths {
                let (shape, values) = try file.floats(path)
                #expect(values.count == shape.reduce(1, *))
            }
        }
    }
}
