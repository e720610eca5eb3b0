import Failure
import Foundation
import Storage
import Testing

@Suite struct FieldCropTests {
    let files: FieldFiles
    init() throws { files = try FieldFiles() }

    private func piece(_ field: Int, _ top: Int, _ left: Int, _ height: Int, _ width: Int) -> [Float] {
        (0..<height * width).map { Float(100 * field + top + $0 / width) + Float(left + $0 % width) / 4 }
    }

    @Test func piecesOnAGrid() throws {
        let path = try files.npy([2, 20, 30], placed([2, 20, 30]))
        let result = try files.run([path]) { fields, _ in
            fields.crop = .init(height: 8, width: 16, places: .grid(height: 6, width: 7))
        }
        // Rows 0, 6, 12; columns 0, 7, 14: what is left at the edges makes no piece.
        #expect(result.count == 18)
        let rows = try files.fields(Array(0..<18))
        var wanted: [Float] = []
        for field in 0..<2 {
            for top in [0, 6, 12] { for left in [0, 7, 14] { wanted += piece(field, top, left, 8, 16) } }
        }
        #expect(rows == wanted)
        let some = files.temporary.file("some")
        try files.run([path], to: some) { fields, options in
            fields.crop = .init(height: 8, width: 16, places: .grid(height: 6, width: 7))
            options.limit = 11
        }
        #expect(try files.fields(Array(0..<11), of: some) == Array(wanted.prefix(11 * 128)))
    }

    @Test func piecesAtRandomPlaces() throws {
        let path = try files.npy([2, 20, 30], placed([2, 20, 30]))
        func run(_ seed: UInt64, _ name: String) throws -> [[Float]] {
            let out = files.temporary.file(name)
            try files.run([path], to: out) { fields, _ in
                fields.crop = .init(height: 8, width: 8, places: .random(count: 20, seed: seed))
            }
            let all = try files.fields(Array(0..<40), of: out)
            return (0..<40).map { Array(all[64 * $0..<64 * ($0 + 1)]) }
        }
        let first = try run(1, "first")
        for (index, values) in first.enumerated() {
            // A piece tells where it was.
            let field = index / 20
            let places = (0...12).flatMap { top in (0...22).map { (top, $0) } }
            #expect(places.contains { piece(field, $0.0, $0.1, 8, 8) == values }, "\(index)")
        }
        #expect(Set(first).count > 20)
        #expect(try run(1, "again") == first)
        #expect(try run(2, "other") != first)
    }

    /// Where random pieces lie is told by a field's number among those of all sources.
    @Test func severalSourcesAreCutAsOneIs() throws {
        let (all, crop) = (
            placed([3, 20, 30]),
            FieldOptions.Crop(
                height: 8, width: 8, places: .random(count: 20, seed: 1))
        )
        let whole = files.temporary.file("whole")
        let one = try files.npy([3, 20, 30], all)
        try files.run([one], to: whole) { fields, _ in fields.crop = crop }
        let parts = try (0..<3).map { (index: Int) -> String in
            try files.npy([1, 20, 30], Array(all[600 * index..<600 * (index + 1)]), name: "\(index).npy")
        }
        try files.run(parts) { fields, _ in fields.crop = crop }
        let found = try files.fields(Array(0..<60))
        #expect(try files.fields(Array(0..<60), of: whole) == found)
    }

    @Test func whatNoPieceCoversIsTold() throws {
        let path = try files.npy([2, 20, 30], placed([2, 20, 30]))
        func summary(_ side: Int, _ step: Int) throws -> String {
            var fields = FieldOptions()
            fields.crop = .init(height: side, width: side, places: .grid(height: step, width: step))
            return try FieldImport([path], fields: fields, options: ImportOptions()).summary
        }
        #expect(try summary(8, 8).contains("no piece covers 4 of 20 rows and 6 of 30 columns"))
        // Between pieces, too: rows 0 … 7 and 12 … 19, columns 0 … 7 and 12 … 19.
        #expect(try summary(8, 12).contains("no piece covers 4 of 20 rows and 14 of 30 columns"))
        #expect(try !summary(8, 2).contains("no piece"))
    }

    @Test func conditionsAndImagesGoWithTheirPieces() throws {
        let (shape, values) = ([2, 20, 30], placed([2, 20, 30]))
        let path = try files.hdf5([("a", shape, values), ("b", shape, values.map { -$0 }), ("e", [2], [5, 7])])
        try files.run([path]) { fields, _ in
            fields.keys = ["a"]
            fields.conditions = ["e"]
            fields.conditionImages = ["b"]
            fields.crop = .init(height: 8, width: 8, places: .random(count: 3, seed: 3))
        }
        let rows = try Dataset(files.out).read(rows: Array(0..<6))
        #expect(rows.vectors == [5, 5, 5, 7, 7, 7])
        #expect(rows.imageConditions == rows.fields.map { -$0 })
        #expect(try Dataset(files.out).description.imageCondition?.channels.map(\.name) == ["b"])
    }

    @Test func piecesLargerThanFieldsAreRefused() throws {
        let path = try files.npy([2, 20, 30], placed([2, 20, 30]))
        expectError(ExitCode.usage, "--crop 24x24", "20×30") {
            try files.run([path]) { fields, _ in
                fields.crop = .init(height: 24, width: 24, places: .grid(height: 8, width: 8))
            }
        }
        expectError(ExitCode.usage, "--stride") {
            try files.run([path]) { fields, _ in
                fields.crop = .init(height: 8, width: 8, places: .grid(height: 0, width: 8))
            }
        }
        expectError(ExitCode.usage, "--random 0") {
            try files.run([path]) { fields, _ in
                fields.crop = .init(height: 8, width: 8, places: .random(count: 0, seed: 0))
            }
        }
    }
}
