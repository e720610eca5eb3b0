import Foundation
import Storage
import Testing

extension OneProcess {
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

        /// Fields tell their channels, units and transforms, and are shown with channels side by side.
        @Test func fieldsByChannel() throws {
            let scratch = try Scratch()
            func channel(_ name: String, _ unit: String, _ transform: ChannelTransform) -> SampleFormat.Channel {
                SampleFormat.Channel(name: name, unit: unit, transform: transform)
            }
            let description = DatasetDescription(
                format: SampleFormat(
                    element: .float32, height: 12, width: 8,
                    channels: [
                        channel("rain", "mm", ChannelTransform(curve: .power(exponent: 0.5), center: 2, scale: 1)),
                        channel("wind", "", ChannelTransform(center: 5, scale: 15)),
                    ]),
                vector: VectorFormat(components: [channel("energy", "GeV", ChannelTransform(center: 50, scale: 10))]),
                imageCondition: SampleFormat(
                    element: .uint8, height: 12, width: 8, channels: [channel("mask", "", ChannelTransform())]))
            let writer = try DatasetWriter(folder: scratch("data"), description: description, shards: 2)
            for row in 0..<5 {
                try writer.append(
                    field: (0..<192).map { Float($0 % 10) }, vector: [Float(row)],
                    imageCondition: [Float](repeating: 1, count: 96))
            }
            let id = try writer.finish()
            let info = try Program.run(["dataset", "info", scratch("data"), "--preview", scratch("p.png"), "--verify"])
            expect(
                info, status: 0, says: "dataset    \(id)", "samples    5", "size       12×8, float32, 2 channels",
                "channel    rain (mm): power 0.5, centre 2, scale 1; -1 to 1 is 1 to 9 mm",
                "channel    wind: linear, centre 5, scale 15; -1 to 1 is -10 to 20",
                "number     energy (GeV): linear, centre 50, scale 10; -1 to 1 is 40 to 60 GeV",
                "beside     an image of 12×8, uint8, 1 channel", "every checksum is right")
            let preview = try ImageFile.read(scratch("p.png"))
            #expect(preview.width == 8 * 2 * 8 && preview.height == 12)
        }

        /// Of many classes the extremes; classes without images have no row.
        @Test(arguments: [false, true]) func manyClasses(named: Bool) throws {
            let scratch = try Scratch()
            let names = named ? (0..<21).map { "kind \($0)" } : []
            let writer = try DatasetWriter(
                folder: scratch("data"),
                description: DatasetDescription(resolution: 8, channels: 1, classes: 21, classNames: names))
            // Class k has k images, each of one grey.
            for label in 0..<21 {
                for number in 0..<label {
                    let image = [UInt8](repeating: UInt8(10 * label + number), count: 64)
                    try writer.append(image: image, label: Int32(label))
                }
            }
            _ = try writer.finish()
            let info = try Program.run(["dataset", "info", scratch("data"), "--preview", scratch("p.png")])
            let (least, most) = named ? ("kind 0", "kind 20") : ("class 0", "class 20")
            expect(info, status: 0, says: "per class  0 (\(least)) to 20 (\(most)), 210 in all; 1 class has none")
            let preview = try ImageFile.read(scratch("p.png"))
            #expect(preview.width == 64 && preview.height == 20 * 8)
            for row in 0..<20 {
                let label = row + 1
                let count = min(label, 8)
                let expected = (0..<8).map { $0 < count ? 10 * label + $0 * label / count : 0 }
                #expect((0..<8).map { Int(preview.pixels[row * 8 * 64 + $0 * 8]) } == expected, "row \(row)")
            }
        }
    }
}
