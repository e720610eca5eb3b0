import Recipes
import Storage

/// Generated fields in physical units as an HDF5 file, plain or by the conventions of netCDF-4.
struct FieldFile {
    let format: SampleFormat
    /// Height and width of the fields: smaller than the format's where the generator still grows.
    let height: Int
    let width: Int
    let seeds: [Int]
    /// Of each field; nil of an unconditional generator.
    let conditions: DatasetConditions?
    let vector: VectorFormat?
    let classNames: [String]
    /// Of the checkpoint.
    let source: String

    /// - Parameter values: [N, h, w, C] in physical units.
    func write(_ values: [Float], netCDF: Bool, to path: String) throws {
        let file = try HDF5File(inMemory: path)
        defer { file.close() }
        try file.setAttribute("source", to: .string("ganglion sample, \(source)"))
        if netCDF { try writeNetCDF(values, to: file) } else { try writePlain(values, to: file) }
        try file.withImage { try AtomicFile.write([$0], to: path) }
    }

    private var count: Int { seeds.count }

    private func chunkRows(_ rowValues: Int) -> Int {
        max(1, min(count, 65_536 / max(1, rowValues * MemoryLayout<Float>.stride)))
    }

    // MARK: Plain

    private func writePlain(_ values: [Float], to file: HDF5File) throws {
        let channels = format.channels
        try file.write(
            values, shape: [count, height, width, channels.count], to: "samples",
            chunkRows: chunkRows(height * width * channels.count))
        try file.setAttribute("channel_names", to: .strings(channels.map(\.name)), on: "samples")
        try file.setAttribute("channel_units", to: .strings(channels.map(\.unit)), on: "samples")
        try file.write(seeds.map { Int64($0) }, shape: [count], to: "seeds")
        try Self.write(conditions, vector, classNames, to: file)
    }

    /// Arrays `labels`, or `conditions` in physical units with their names.
    static func write(
        _ conditions: DatasetConditions?, _ vector: VectorFormat?, _ classNames: [String], to file: HDF5File
    ) throws {
        switch conditions {
        case nil: break
        case .classes(let labels):
            try file.write(labels, shape: [labels.count], to: "labels")
            if !classNames.isEmpty, vector == nil {
                try file.setAttribute(ClassNames.attribute, to: .strings(classNames), on: "labels")
            }
        case .vectors(let numbers, let components):
            guard let vector else { return }
            try file.write(
                vector.physical(numbers).values, shape: [numbers.count / components, components], to: "conditions")
            try file.setAttribute("names", to: .strings(vector.components.map(\.name)), on: "conditions")
            try file.setAttribute("units", to: .strings(vector.components.map(\.unit)), on: "conditions")
        }
    }

    // MARK: netCDF-4

    /// A variable a channel over the dimensions sample, y and x; a variable over samples for each number that conditions
    /// them.
    private func writeNetCDF(_ values: [Float], to file: HDF5File) throws {
        try file.setAttribute("Conventions", to: .string("CF-1.8"))
        try file.setAttribute("title", to: .string("Generated fields"))
        for (name, length, long) in [
            ("sample", count, "number of the field"), ("y", height, "row"), ("x", width, "column"),
        ] {
            try file.write((0..<length).map { Int32($0) }, shape: [length], to: name)
            try file.makeDimension(name)
            try file.setAttribute("long_name", to: .string(long), on: name)
        }
        var names = NetCDFNames(taken: ["sample", "y", "x", "seed", "label"])
        try variable("seed", "seed of the latent", "", of: seeds.map { Int64($0) }, in: file)
        switch conditions {
        case nil: break
        case .classes(let labels): try variable("label", "class that conditions the field", "", of: labels, in: file)
        case .vectors(let numbers, let components):
            guard let vector else { break }
            let physical = vector.physical(numbers).values
            for (i, component) in vector.components.enumerated() {
                try variable(
                    names.free(component.name), "\(component.name) that conditions the field", component.unit,
                    of: stride(from: i, to: physical.count, by: components).map { physical[$0] }, in: file)
            }
        }
        let channels = format.channels.count
        for (c, channel) in format.channels.enumerated() {
            let name = names.free(channel.name)
            let plane = [Float](unsafeUninitializedCapacity: values.count / channels) { plane, done in
                for i in 0..<values.count / channels { plane[i] = values[i * channels + c] }
                done = values.count / channels
            }
            try file.write(
                plane, shape: [count, height, width], to: name, chunkRows: chunkRows(height * width))
            try file.setDimensions(of: name, to: ["sample", "y", "x"])
            try file.setAttribute("long_name", to: .string(channel.name), on: name)
            if !channel.unit.isEmpty { try file.setAttribute("units", to: .string(channel.unit), on: name) }
        }
    }

    private func variable<Element: HDF5Element>(
        _ name: String, _ long: String, _ unit: String, of values: [Element], in file: HDF5File
    ) throws {
        try file.write(values, shape: [values.count], to: name)
        try file.setDimensions(of: name, to: ["sample"])
        try file.setAttribute("long_name", to: .string(long), on: name)
        if !unit.isEmpty { try file.setAttribute("units", to: .string(unit), on: name) }
    }
}

/// Names of variables that netCDF takes: letters, digits and _, each once.
struct NetCDFNames {
    private var taken: Set<String>

    init(taken: Set<String>) { self.taken = taken }

    mutating func free(_ name: String) -> String {
        var known = String(
            name.unicodeScalars.map { scalar -> Character in
                let isPlain =
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                return isPlain || "_-.+@".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
            })
        if known.first.map({ $0.isLetter || $0 == "_" }) != true { known = "_" + known }
        while !taken.insert(known).inserted { known += "_" }
        return known
    }
}
