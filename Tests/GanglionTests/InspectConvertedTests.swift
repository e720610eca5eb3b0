import TestSupport
import Testing

/// `inspect` of a checkpoint that `cluster/convert` has made.
@Suite(
    .enabled(if: Python.interpreter(with: "h5py") != nil, "Python has no h5py, which cluster/setup --tests installs"))
struct InspectConvertedTests {
    /// Each array is told, and so is what is left out.
    @Test func tellsWhatArraysWere() throws {
        let golden = try #require(GoldenFolder.files(prefix: "stylegan2_").first)
        let python = try #require(Python.interpreter(with: "h5py"))
        try withTemporaryFolder { folder in
            let (pickle, path) = (folder + "/network.pkl", folder + "/network.h5")
            let script = Repository.path + "/Tests/Reference/published_weights.py"
            let made = try ChildProcess.run(
                ["/usr/bin/env", python, script, "tensorflow", golden, pickle], timeout: 60)
            try #require(made.status == 0, "\(made.stderr)")
            let converted = try ChildProcess.run([Repository.script("convert"), pickle, "--out", path], timeout: 60)
            try #require(converted.status == 0, "\(converted.stderr)")
            let result = try ChildProcess.run(
                [try ChildProcess.product("ganglion"), "inspect", path, "--arrays"], timeout: 60)
            #expect(result.status == 0, "\(result.stderr)")
            for text in [
                "was", "Gs: synthesis/8x8/Conv0_up/weight, reversed and transposed", "D: 4x4/Dense0/weight, transposed",
                "Gs: synthesis/4x4/Conv/mod_bias, + 1", "G: lod: left out: ", "all checksums agree",
            ] {
                #expect(result.stdout.contains(text), "\(text)")
            }
        }
    }
}
