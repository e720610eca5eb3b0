import Storage

/// The smallest checkpoints that translate, what they were trained on, and a segmenter of it.
package struct Translators: Sendable {
    /// Below `translators`: a checkpoint of each family, and ``segmenter``.
    let files: [String: [UInt8]]
    /// One shard of images of 64² with label maps of nine classes, below `shapes`.
    let shapes: [String: [UInt8]]
    /// What the files hold.
    let contents: [String: CheckpointContents]

    /// Of drawings of 16², and of label maps of 64².
    static let families = ["pix2pix", "oasis", "ccfpse"]
    static let segmenter = "translators/segmenter.h5"
    static func checkpoint(_ family: String) -> String { "translators/\(family).h5" }

    private static let train =
        ["train", "--batch", "4", "--microbatch", "2", "--threads", "1", "--kimg", "0.004"]
        + ["snapshot.grid=2x2", "checkpoint.every_kimg=0.004"].flatMap { ["--set", $0] }
    private static let sizes = [
        "pix2pix": ["model.channel_base=16", "model.unet_depth=3", "model.patch_layers=1"],
        "oasis": ["model.channel_base=64", "model.condition_width=2", "model.z_dim=2"],
        "ccfpse": ["model.channel_base=64", "model.condition_width=1"],
    ]

    /// - Parameter run: runs the program under test in the folder.
    init(_ folder: Scratch, _ run: ([String]) throws -> Void) throws {
        try run(["dataset", "synthesize", "--out", "shapes", "--count", "16", "--resolution", "64"])
        try run(
            ["dataset", "import", "shapes/shard-00000.h5", "--out", "pairs", "--pair", "edges", "--resolution", "16"])
        try run([
            "features", "train", "--maps", "--data", "shapes", "--batch", "8", "--kimg", "0.008", "--resolution", "8",
            "--threads", "1", "--out", "segmenter.h5",
        ])
        shapes = try folder.files(below: "shapes")
        var files = [Self.segmenter: try folder.bytes("segmenter.h5")]
        var contents = [
            Self.segmenter: try CheckpointFile.read(folder.path + "/segmenter.h5", as: .features)
        ]
        for family in Self.families {
            let sizes = (Self.sizes[family] ?? []).flatMap { ["--set", $0] }
            let data = family == "pix2pix" ? "pairs" : "shapes"
            try run(Self.train + ["--data", data, "--run", family, "--preset", "quick-" + family] + sizes)
            let path = family + "/checkpoints/00000004.h5"
            files[Self.checkpoint(family)] = try folder.bytes(path)
            contents[Self.checkpoint(family)] = try CheckpointFile.read(folder.path + "/" + path)
        }
        (self.files, self.contents) = (files, contents)
    }
}
