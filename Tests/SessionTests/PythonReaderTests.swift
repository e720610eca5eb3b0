import Foundation
import Session
import Storage
import TestSupport
import Testing

/// What the article "Files in Python" shows reads what the program writes.
@Suite(
    .enabled(if: Python.interpreter(with: "h5py") != nil, "Python has no h5py, which cluster/setup --tests installs"))
struct PythonReaderTests {
    /// A block of Python of the article.
    private static func block(_ place: Int) throws -> String {
        let path = Repository.path + "/Sources/ganglion/Documentation.docc/Python.md"
        let parts = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "```python\n")
        return try #require(parts.count > place ? parts[place].components(separatedBy: "```")[0] : nil)
    }

    /// What the notebook reads of a run; it also draws, for which there is nothing here.
    @Test func theNewestCheckpointOfARun() throws {
        try withPictures { scene in
            _ = try scene.checkpoint("runs/first/checkpoints/a.h5")
            try Data("a.h5\n".utf8).write(to: URL(fileURLWithPath: scene.path + "/runs/first/checkpoints/latest"))
            let lines = try Self.block(2).split(separator: "\n").filter { line in
                ["newest", "parameters", "print"].contains { line.hasPrefix($0) }
            }
            #expect(lines.count == 3)
            let script = try Self.block(1) + "import os, sys\nos.chdir(sys.argv[1])\n" + lines.joined(separator: "\n")
            let python = try #require(Python.interpreter(with: "h5py"))
            let result = try ChildProcess.run(["/usr/bin/env", python, "-c", script, scene.path])
            #expect(result.status == 0 && result.stdout.contains("'synthesis.b4.const': "), "\(result.stderr)")
        }
    }

    @Test func dataSetsSamplesAndCheckpoints() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", ["data.labels=true"])
            let samples = scene.path + "/samples.h5"
            try SampleSession(
                checkpoint: path, out: samples, count: 5, seeds: nil, truncation: 1, label: nil, grid: nil
            ).run()
            let code = try Self.block(1)
            #expect(code.split(separator: "\n").count <= 20, "twenty lines")
            let script =
                code + """

                    import json, sys
                    def tell(arrays):
                        return {n: [list(a.shape), str(a.dtype), float(a.astype("f8").sum())] for n, a in arrays.items()}
                    data, (samples, _), (ema, about) = dataset(sys.argv[1]), arrays(sys.argv[2]), checkpoint(sys.argv[3])
                    d = checkpoint(sys.argv[3], "discriminator")[0]
                    print(json.dumps([tell(data), tell(samples), tell(ema), tell(d), int(about["images_shown"])]))
                    """
            let python = try #require(Python.interpreter(with: "h5py"))
            let result = try ChildProcess.run(["/usr/bin/env", python, "-c", script, scene.data, samples, path])
            try #require(result.status == 0, "\(result.stderr)")
            let told = try #require(
                JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [Any])
            func array(_ place: Int, _ name: String) throws -> (shape: [Int], type: String, sum: Double) {
                let entry = try #require((told[place] as? [String: [Any]])?[name], "\(name)")
                return (
                    try #require(entry[0] as? [Int]), try #require(entry[1] as? String),
                    try #require(entry[2] as? Double)
                )
            }
            let dataset = try Dataset(scene.data)
            let images = try array(0, "images")
            #expect(images.shape == [24, 16, 16, 3] && images.type == "uint8")
            let sum = try dataset.read(rows: Array(0..<24)).images.reduce(0) { $0 + Int($1) }
            #expect(images.sum == Double(sum))
            #expect(try array(0, "labels").shape == [24])
            #expect(try array(1, "images").shape == [5, 16, 16, 3] && array(1, "labels").shape == [5])
            let contents = try CheckpointFile.read(path)
            for (place, group) in [(2, "ema/"), (3, "discriminator/")] {
                let own = contents.arrays.filter { $0.path.hasPrefix(group) }
                #expect((told[place] as? [String: Any])?.count == own.count)
                for one in own {
                    let read = try array(place, String(one.path.dropFirst(group.count)))
                    let sum = one.values.reduce(0.0) { $0 + Double($1) }
                    #expect(
                        read.shape == one.shape && read.type == "float32"
                            && abs(read.sum - sum) < 1e-6 * max(1, abs(sum)))
                }
            }
            #expect(told[4] as? Int == contents.attribute("images_shown")?.intValue)
        }
    }
}
