import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// What is shown of a checkpoint's attributes that tell what samples are.
@Suite struct InspectFormatTests {
    private static let path = "a.h5"

    @Test func aLineAChannel() {
        let vector = InspectSession.format(
            SampleAttributes.vector, .string(SmallFields.vector.json), path: Self.path)
        #expect(
            vector == [
                "vector_format = 2 numbers", "  energy [GeV]: (log(1 + x) - 1.0) / 0.5",
                "  angle [degree]: (x - 45.0) / 20.0",
            ])
        let sample = InspectSession.format(
            SampleAttributes.sample, .string(SmallFields.format.json), path: Self.path)
        #expect(sample?.count == 4 && sample?.first == "sample_format = float32 fields of 24×16")
        #expect(InspectSession.format("dataset_id", .string("{}"), path: Self.path) == nil)
        #expect(InspectSession.format(SampleAttributes.sample, .int(1), path: Self.path) == nil)
    }

    @Test(arguments: [SampleAttributes.sample, SampleAttributes.vector], ["{\"element\":\n", "{\"height\":-1}"])
    func damagedTextIsShownAsItIs(_ name: String, _ text: String) throws {
        let lines = try #require(InspectSession.format(name, .string(text), path: Self.path))
        #expect(lines.count == 2 && lines.first == "\(name) = \(text)")
        #expect(lines.last?.hasPrefix("  a.h5: its \(name == "sample_format" ? "sample" : "vector") format ") == true)
    }

    @Test func theRestOfADamagedCheckpointIsShown() throws {
        try withTemporaryFolder { folder in
            var contents = try Small.fieldEngine().checkpoint(datasetID: "set", ranks: 1)
            contents.attributes.append((SampleAttributes.sample, .string("{")))
            try CheckpointFile.write(contents, to: folder + "/a.h5")
            try InspectSession(path: folder + "/a.h5", arrays: false, compare: nil).run()
        }
    }
}
