import Foundation
import Storage
import Testing

extension EndToEnd {
    /// What a dataset says of itself.
    @Suite struct DatasetInfo {
        @Test func classesByName() throws {
            let scratch = try Scratch()
            let grey = RasterImage(height: 8, width: 8, channels: 1, pixels: [UInt8](repeating: 100, count: 64))
            for (folder, count) in [("cats", 3), ("two\nlines", 1)] {
                let place = try scratch.folder("photos/\(folder)")
                for index in 0..<count { try ImageFile.write(grey, to: "\(place)/\(index).png") }
            }
            let imported = try Program.run([
                "dataset", "import", scratch("photos"), "--out", scratch("data"), "--labels", "folder",
            ])
            expect(imported, status: 0, says: "4 images, 8x8x1, 2 classes (cats, two\\nlines)")
            let info = try Program.run(["dataset", "info", scratch("data"), "--verify"])
            expect(info, status: 0, says: "labels     2 classes", "per class  cats 3, two\\nlines 1", "every checksum")
        }

        @Test func previewsArePNG() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let wrong = try Program.run(["dataset", "info", data, "--preview", scratch("p.jpg")])
            expect(wrong, status: 64, says: "--preview \(scratch("p.jpg")): expected FILE.png")
            expect(try Program.run(["dataset", "info", data, "--preview", scratch("p.png")]), status: 0, says: "disc ")
            #expect(try ImageFile.read(scratch("p.png")).height == 64)
        }
    }
}
