import Failure
import Foundation
import Storage
import Testing

/// What is refused of HDF5 files before anything is read from them, and what is not.
@Suite struct HDF5SurveyTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// A file that h5py makes with `f` open for writing, `np` and `h5py` at hand.
    private func made(_ script: String, version: String = "earliest") throws -> String {
        let path = folder.file("made.h5")
        let text = """
            import h5py, numpy as np, zlib
            with h5py.File('\(path)', 'w', libver='\(version)') as f:
            \(script.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
            """
        try #require(python(text) != nil)
        return path
    }

    @Test(
        .enabled(if: hasH5py, "Python has no h5py, which cluster/setup --tests installs"),
        arguments: ["earliest", "v110"])
    func whatOtherProgramsWriteIsLetThrough(version: String) throws {
        let path = try made(
            """
            f['images'] = np.zeros((30, 8, 8, 3), 'u1')
            f.create_dataset('packed', data=np.random.rand(50, 40), chunks=(7, 9), compression='gzip', shuffle=True,
                             fletcher32=True)
            f.create_dataset('rows', data=np.arange(1000), chunks=(64,), fletcher32=True, maxshape=(None,))
            f.create_dataset('growing', data=np.arange(100), chunks=(10,), maxshape=(None,), compression='gzip')
            f.create_dataset('scaled', data=np.arange(100), chunks=(10,), scaleoffset=0)
            f.create_dataset('unwritten', (100, 10), 'f4')
            f.create_dataset('partly', (100, 10), 'f4', chunks=(10, 10))[:25] = 1
            f.create_dataset('nothing', (0, 5), 'f4', maxshape=(None, 5))
            f['scalar'] = 3.5
            f['empty'] = h5py.Empty('f4')
            f['text'] = 'a text'
            f['records'] = np.zeros(3, [('a', 'i4'), ('b', 'f8')])
            f['type'] = np.dtype('f8')
            f['group/data'] = np.float16([1, 2])
            f['alias'] = f['group']
            f['soft'] = h5py.SoftLink('/group/data')
            f['flags'] = np.array([True, False])
            f['rows'].make_scale('row')
            f['growing'].dims[0].label = 'x'
            f.attrs['names'] = ['a', 'bc', '']
            f.attrs['flag'] = True
            f.attrs['reference'] = f['group'].ref
            f.attrs.create('record', np.zeros(2, [('a', 'i4')]))
            """, version: version)
        let file = try HDF5File(reading: path)
        let names = try file.datasetPaths()
        #expect(names.contains("alias/data") && names.contains("soft") && names.contains("group/data"))
        #expect(try file.floats("partly").values.reduce(0, +) == 250)
        #expect(try file.floats("soft").values == [1, 2])
        #expect(try file.int32s("growing").values == (0..<100).map { Int32($0) })
    }

    @Test func whatThisProgramWritesIsLetThrough() throws {
        let path = folder.file("own.h5")
        let file = try HDF5File(inMemory: path)
        try file.write(
            [Float](repeating: 1, count: 60_000), shape: [300, 200], to: "a/b", chunkRows: 7, fletcher32: true)
        try file.write([UInt8](repeating: 1, count: 300), shape: [300], to: "c", chunkRows: 64)
        try file.write([] as [Float], shape: [4, 0], to: "empty")
        try file.write([1] as [Int32], shape: [], to: "scalar")
        try file.setAttribute("text", to: .string(String(repeating: "long ", count: 40_000)))
        try file.save(to: path)
        #expect(try HDF5File(reading: path).floats("a/b").values.reduce(0, +) == 60_000)
    }

    /// Of each kind: what the file holds, and what the message says. Another file lies beside it.
    static let leadingOut = [
        (
            "f.create_dataset('images', (1, 4, 4, 3), 'u1', external=[('/etc/passwd', 0, 48)])", "images",
            "external storage"
        ),
        ("f['deep/er/out'] = h5py.ExternalLink('/tmp/other.h5', '/x')", "deep/er/out", "link out of this file"),
        // The soft link's name comes first, and leads through the other.
        (
            """
            f['a'] = h5py.SoftLink('/z/x')
            f['z'] = h5py.ExternalLink('/tmp/other.h5', '/')
            """, "z", "link out of this file"
        ),
        (
            """
            layout = h5py.VirtualLayout((4,), 'f4')
            layout[:] = h5py.VirtualSource('/tmp/other.h5', 'x', (4,))
            f.create_virtual_dataset('images', layout)
            """, "images", "virtual"
        ),
    ]

    @Test(
        .enabled(if: hasH5py, "Python has no h5py, which cluster/setup --tests installs"), arguments: leadingOut.indices
    )
    func nothingLeadsOutOfTheFile(case index: Int) throws {
        let (script, name, text) = Self.leadingOut[index]
        let path = try made(script, version: "v110")
        expectError(ExitCode.badData, path, name, text) { _ = try HDF5File(reading: path) }
    }

    static let absurd = [
        ("f.create_dataset('x', (1 << 62, 4, 0), 'u1')", "is absurd"),
        ("f.create_dataset('x', (1 << 20, 1 << 20), 'u1')", "is absurd"),
        ("f.create_dataset('x', (1, 262144, 262144, 3), 'u1', chunks=(1, 256, 256, 3))", "206.2 GB"),
        ("f.create_dataset('x', (30_000, 1000), 'u1', chunks=(1, 1000), compression='gzip')", "30.0 MB"),
        ("f.create_dataset('x', (6 << 20,), 'u1')", "were never written"),
        (
            "f.create_dataset('x', (8 << 20,), 'u1', chunks=(1 << 20,))[:1 << 20] = np.random.bytes(1 << 20)[0]",
            "8.4 MB"
        ),
        (
            "f.create_dataset('x', (1 << 29,), 'u1', chunks=(1 << 29,), compression='gzip')",
            "its chunks are [536870912]"
        ),
        ("f.create_dataset('x', data=np.zeros(100), chunks=(10,), compression='lzf')", "filter 32000"),
        ("g = f.create_group('a/b')\\ng['c'] = f['a']", "is one of those that hold it"),
        ("g = f\\nfor i in range(40): g = g.create_group('g')", "nest more than 32 deep"),
        (
            "g = f.create_group('g')\\nfor i in range(25):\\n    n = g.create_group('l')\\n    g['r'] = n\\n    g = n",
            "more than 65536 paths"
        ),
        ("f['x'] = h5py.SoftLink('/nowhere')", "soft link x"),
    ]

    @Test(.enabled(if: hasH5py, "Python has no h5py, which cluster/setup --tests installs"), arguments: absurd.indices)
    func whatNoFileCanHoldIsRefused(case index: Int) throws {
        let (script, text) = Self.absurd[index]
        let path = try made(script.replacingOccurrences(of: "\\n", with: "\n"), version: "v110")
        expectError(ExitCode.badData, path, text) { _ = try HDF5File(reading: path) }
    }

    /// A chunk that unpacks to more than it may takes any amount of memory in HDF5; of one that unpacks to less, what lies
    /// behind it in memory would be read.
    @Test(
        .enabled(if: hasH5py, "Python has no h5py, which cluster/setup --tests installs"),
        arguments: [999, 1001, 100_000_000])
    func chunksUnpackToTheirSize(size: Int) throws {
        func chunk(_ size: Int) throws -> String {
            try made(
                """
                d = f.create_dataset('x', (10, 100, 10), 'u1', chunks=(1, 100, 10), compression='gzip')
                for i in range(10):
                    d.id.write_direct_chunk((i, 0, 0), zlib.compress(bytes(\(size) if i == 7 else 1000)))
                """)
        }
        let path = try chunk(size)
        expectError(ExitCode.badData, path, "unpacking the chunk at [7, 0, 0] of x") { _ = try HDF5File(reading: path) }
        _ = try HDF5File(reading: try chunk(1000))
    }

    /// What is read at once must not be many times as large as the file.
    @Test(.enabled(if: hasH5py, "Python has no h5py, which cluster/setup --tests installs"))
    func whatUnpacksToHundredsOfMegabytesIsNotReadAtOnce() throws {
        let path = try made(
            "f.create_dataset('x', (90 << 20,), 'u1', chunks=(1 << 20,), compression='gzip', fillvalue=0)[:] = 0")
        let file = try HDF5File(reading: path)
        expectError(ExitCode.badData, path, "x", "not unpacked at once") { _ = try file.floats("x") }
        #expect(try file.dataset("x").values(rows: 5..<8, as: UInt8.self) == [0, 0, 0])
    }

    @Test func aFileThatChangedIsLookedThroughAgain() throws {
        let path = folder.file("a.h5")
        let file = try HDF5File(inMemory: path)
        try file.write([1, 2, 3] as [Float], shape: [3], to: "x")
        try file.save(to: path)
        let first = try HDF5Surveyor.survey([path])
        #expect(try HDF5Surveyor.survey([path]) == first)
        try file.write([1, 2, 3] as [Float], shape: [3], to: "y")
        try file.save(to: path)
        #expect(try HDF5Surveyor.survey([path]) != first)
    }

    @Test func whatIsNoFileIsRefused() throws {
        expectError(ExitCode.missingInput, "/nowhere.h5", "no such file") { _ = try HDF5File(reading: "/nowhere.h5") }
        expectError(ExitCode.badData, "/dev/zero", "no file") { _ = try HDF5File(reading: "/dev/zero") }
        expectError(ExitCode.badData, folder.path, "no file") { _ = try HDF5File(reading: folder.path) }
        let pipe = folder.file("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        expectError(ExitCode.badData, pipe, "no file") { _ = try HDF5File(reading: pipe) }
    }
}
