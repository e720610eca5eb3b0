import Cluster
import Failure
import Foundation
import Session
import Storage
import TestSupport
import Testing

/// Nothing that `ganglion translate` writes takes the place of what it reads, and what cannot be is told before the work.
@Suite(.serialized) struct TranslatePlacesTests {
    private func inScene(_ body: (TranslationScene, String) throws -> Void) throws {
        try withTranslation { scene in
            let checkpoint = try scene.oasis()
            for number in 0..<2 { try scene.write(TranslationScene.map(number), "in/\(number).png") }
            try body(scene, checkpoint)
            // Whatever was refused, nothing was replaced.
            for number in 0..<2 {
                #expect(try ImageFile.read(scene("in/\(number).png")).pixels == TranslationScene.map(number))
            }
        }
    }

    @Test func imagesDoNotGoAmongTheInputs() throws {
        try inScene { scene, checkpoint in
            try FileManager.default.createSymbolicLink(atPath: scene("link"), withDestinationPath: scene("in"))
            for out in ["in", "in/", "in/sub", "in/sub/../deep", "link/sub", "other/../in"] {
                let found = try scene.refusal(checkpoint) { $0.out = scene(out) }
                #expect(found.code == 64 && found.text.contains("lies in \(scene("in"))"), "\(out): \(found)")
            }
            #expect(scene.isMissing("in/sub") && scene.isMissing("in/deep"))
            // A name that begins alike is another folder.
            #expect(try scene.translate(checkpoint) { $0.out = scene("in2") }.count == 1)
        }
    }

    /// A folder below the one that is written to, whose file another's image would replace; and one file by itself.
    @Test func filesAreNotReplaced() throws {
        try inScene { scene, checkpoint in
            try scene.write(TranslationScene.map(0), "out/in/a.png")
            try scene.write(TranslationScene.map(1), "out/in/in/a.png")
            let found = try scene.refusal(checkpoint, "out/in")
            #expect(found.code == 64)
            #expect(found.text.contains("out/in/a.png would be replaced by what is made of"), "\(found)")
            #expect(try ImageFile.read(scene("out/in/a.png")).pixels == TranslationScene.map(0))
            let alone = try scene.refusal(checkpoint, "in/0.png") { $0.out = scene("in") }
            #expect(alone.code == 64 && alone.text.contains("in/0.png would be replaced"), "\(alone)")
        }
    }

    @Test func sheetsReplaceNothing() throws {
        try inScene { scene, checkpoint in
            func refusal(_ sheet: String, _ input: String = "in") throws -> (code: Int32, text: String) {
                try scene.refusal(checkpoint, input) { $0.sheet = scene(sheet) }
            }
            let among = try refusal("in/sheet.png")
            #expect(among.code == 64 && among.text.contains("sheet.png: lies in"), "\(among)")
            let input = try refusal("in/1.png", "in/1.png")
            #expect(input.code == 64 && input.text.contains("1.png, which is translated"), "\(input)")
            let image = try refusal("out/1.png")
            #expect(image.code == 64 && image.text.contains("is one of the images that are made"), "\(image)")
            try Files.makeFolder(scene("folder.png"))
            let folder = try refusal("folder.png")
            #expect(folder.code == 64 && folder.text.contains("is a folder"), "\(folder)")
            let nowhere = try refusal("nowhere/sheet.png")
            #expect(nowhere.code == 73 && nowhere.text.contains("there is no folder \(scene("nowhere"))"), "\(nowhere)")
            #expect(scene.isMissing("out"), "refused before anything was made")
            #expect(try scene.translate(checkpoint) { $0.sheet = scene("out/sheet.png") }.count == 2)
        }
    }

    @Test func realImagesAreLookedForFirst() throws {
        try inScene { scene, checkpoint in
            func refusal(_ real: String, out: String = "out") throws -> (code: Int32, text: String) {
                try scene.refusal(checkpoint) {
                    $0.out = scene(out)
                    $0.sheet = scene("sheet.png")
                    $0.real = scene(real)
                }
            }
            let none = try refusal("real")
            #expect(none.code == 66 && none.text.contains("real: no such folder"), "\(none)")
            try scene.write(TranslationScene.grey(0), "real/0.png")
            let missing = try refusal("real")
            #expect(missing.code == 66 && missing.text.contains("has no image of \(scene("in/1.png"))"), "\(missing)")
            try AtomicFile.write("text", to: scene("real/1.jpg"))
            let text = try refusal("real")
            #expect(text.code == 65 && text.text.contains("real/1.jpg: begins with bytes"), "\(text)")
            #expect(scene.isMissing("out"), "refused before anything was made")
            let over = try refusal("real", out: "real")
            #expect(over.code == 64 && over.text.contains("whose images it might replace"), "\(over)")
        }
    }

    /// Ranks that were started otherwise end with the option's name, and none waits for the others.
    @Test func ranksHaveTheSameOptions() throws {
        try inScene { scene, checkpoint in
            let changes: [(String, @Sendable (inout TranslateSession.Options) -> Void)] = [
                ("--sheet", { $0.sheet = "sheet.png" }), ("--palette", { $0.palette = "p.json" }),
                ("--edges", { $0.edges = true }), ("--count", { $0.count = 1 }), ("--input", { $0.input = "other" }),
            ]
            for (key, change) in changes {
                let (input, out) = (scene("in"), scene("out"))
                let mismatch = thrown(ConfigurationMismatch.self) {
                    try LoopbackGroup(size: 2).run { member in
                        var options = TranslateSession.Options(checkpoint: checkpoint, input: input, out: out)
                        if member.rank == 1 { change(&options) }
                        try TranslateSession(options).run(member) { _ in }
                    }
                }
                #expect(mismatch?.key == key && mismatch?.rank == 1, "\(key)")
            }
            #expect(scene.isMissing("out"))
        }
    }
}
