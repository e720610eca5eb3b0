import Storage
import Testing
import Training

@Suite struct ResumedConfigurationTests {
    @Test(arguments: ["seed=1", "data.mirror=true"])
    func anotherOrderOfImagesIsRefused(_ change: String) throws {
        let contents = try Small.trainer().checkpoint(datasetID: "d", ranks: 1)
        let other = try Small.trainer([change])
        let key = change.split(separator: "=")[0]
        #expect {
            try other.resume(contents, path: "1.h5", datasetID: "d")
        } throws: { error in
            (error as? any ExitCoded)?.exitCode == ExitCode.badConfiguration
                && ["1.h5", "\(key)=", "this run has"].allSatisfy("\(error)".contains)
        }
    }

    @Test func otherChangesAreTold() throws {
        let contents = try Small.trainer().checkpoint(datasetID: "d", ranks: 1)
        let other = try Small.trainer(["loss.style_mixing=0.5", "kimg=7"])
        let told = try other.resume(contents, path: "1.h5", datasetID: "d")
        #expect(told == ["loss.style_mixing was 0.9, is now 0.5"])
        // What changes no bits is not worth a word.
        let spare = try Small.trainer(["memory=checkpointing", "threads=3", "data.stage=/local"])
        #expect(try spare.resume(contents, path: "1.h5", datasetID: "d").isEmpty)
        #expect(try Small.trainer().resume(contents, path: "1.h5", datasetID: "d").isEmpty)
    }
}
