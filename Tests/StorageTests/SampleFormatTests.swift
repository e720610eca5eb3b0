import Failure
import Foundation
import Storage
import Testing

/// Formats of samples: what they state, and how their values are seen.
@Suite struct SampleFormatTests {
    static let curves: [ChannelTransform.Curve] = [
        .linear, .log1p, .asinh(scale: 2.5), .ratio(a: 0.03), .power(exponent: 0.25),
    ]

    static func format(_ element: SampleFormat.Element = .float32, height: Int = 12, width: Int = 8) -> SampleFormat {
        let channels = curves.enumerated().map { index, curve in
            SampleFormat.Channel(
                name: "c\(index)", unit: index == 1 ? "µm \"x\"\\\u{1}" : "",
                transform: ChannelTransform(curve: curve, center: 0.1 * Double(index), scale: 1 + Double(index) / 3))
        }
        return SampleFormat(element: element, height: height, width: width, channels: channels)
    }

    // MARK: JSON

    @Test func jsonIsTheSameEverywhere() {
        let format = SampleFormat(
            element: .uint16, height: 96, width: 64,
            channels: [
                SampleFormat.Channel(
                    name: "rain", unit: "mm/h",
                    transform: ChannelTransform(curve: .asinh(scale: 2.5), center: -0.1, scale: 1e-7)),
                SampleFormat.Channel(name: "a\"b", transform: .picture),
            ])
        #expect(
            format.json
                == #"{"element":"uint16","height":96,"width":64,"channels":[{"name":"rain","unit":"mm/h","transform":"#
                + #"{"curve":"asinh","parameter":2.5,"center":-0.1,"scale":1e-07}},{"name":"a\"b","unit":"","#
                + #""transform":{"curve":"linear","center":127.5,"scale":127.5}}]}"#)
        #expect(
            VectorFormat(components: [SampleFormat.Channel(name: "energy", unit: "GeV")]).json
                == #"{"components":[{"name":"energy","unit":"GeV","transform":{"curve":"linear","center":0.0,"scale":1.0}}]}"#
        )
    }

    @Test(arguments: SampleFormat.Element.allCases) func jsonComesBack(element: SampleFormat.Element) throws {
        var format = Self.format(element)
        #expect(try SampleFormat(json: format.json, path: "f") == format)
        // What the standard encoder makes of it is the same JSON with other spaces and another order.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let text = String(decoding: try encoder.encode(format), as: UTF8.self)
        #expect(try SampleFormat(json: text, path: "f") == format)
        // Nothing smaller: where kernels run, denormal numbers are zero.
        for extreme: Double in [2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1.0 / 3, 123_456_789.123] {
            format.channels[0].transform = ChannelTransform(
                curve: .power(exponent: extreme), center: -extreme, scale: extreme)
            #expect(try SampleFormat(json: format.json, path: "f") == format)
        }
        let vector = VectorFormat(components: format.channels)
        #expect(try VectorFormat(json: vector.json, path: "f") == vector)
    }

    /// A part of the JSON, what stands there instead, and what the message says.
    static let forgeries: [(String, String, String)] = [
        ("\"float32\"", "\"float64\"", "element"), ("\"height\":12", "\"height\":3", "height 3, expected 4 to 16384"),
        ("\"height\":12", "\"height\":12.5", "height: it is 12.5, expected a whole number"),
        ("\"width\":8", "\"width\":-8", "width -8"),
        ("\"width\":8", "\"width\":9223372036854775807", "width: it is 9.22"),
        ("\"width\":8", "\"width\":1e300", "width"), ("\"width\":8,", "", "width is missing"),
        ("\"width\":8", "\"width\":8,\"depth\":2", "key depth is not known"), ("\"c0\"", "\"\"", "a name of 0 bytes"),
        ("\"c0\"", "\"c1\"", "one name for two channels"), ("\"c0\"", "\"c\\u0000\"", "without zero bytes"),
        ("\"c0\"", "7", "channels"), ("\"linear\"", "\"cubic\"", "curve cubic"),
        ("\"linear\"", "\"linear\",\"parameter\":2", "curve linear with parameter 2"),
        ("\"parameter\":2.5", "\"parameter\":0", "parameter 0"), ("\"parameter\":2.5,", "", "without a parameter"),
        ("\"scale\":1.0", "\"scale\":0", "has scale 0.0, expected a finite number above 0"),
        ("\"scale\":1.0", "\"scale\":-1", "has scale -1"), ("\"scale\":1.0", "\"scale\":1e999", "sample format"),
        ("\"center\":0.0", "\"center\":null", "center"), ("\"center\":0.0", "\"center\":NaN", "no JSON"),
        ("{\"element\"", "[\"element\"", "no JSON"),
    ]

    @Test(arguments: forgeries.indices) func jsonThatCannotBe(index: Int) {
        let (part, other, message) = Self.forgeries[index]
        let good = Self.format().json
        guard let place = good.range(of: part) else {
            Issue.record("\(part) is not in \(good)")
            return
        }
        let bad = good.replacingCharacters(in: place, with: other)
        expectError(ExitCode.badData, "data/x.h5", "sample format", message) {
            _ = try SampleFormat(json: bad, path: "data/x.h5")
        }
    }

    @Test func countsThatCannotBe() {
        var format = Self.format()
        let channel = format.channels[0]
        func channels(_ count: Int) -> [SampleFormat.Channel] {
            (0..<count).map { SampleFormat.Channel(name: "c\($0)", transform: channel.transform) }
        }
        format.channels = channels(64)
        #expect(format.problem == nil)
        format.channels = channels(65)
        #expect(format.problem == "has 65 channels, expected 1 to 64")
        expectError(ExitCode.badData, "f", "65 channels") { _ = try SampleFormat(json: format.json, path: "f") }
        format.channels = []
        #expect(format.problem?.contains("0 channels") == true)
        format.channels = channels(2)
        (format.height, format.width) = (16384, 16384)
        #expect(format.problem?.contains("expected at most") == true)
        format.channels[0].unit = String(repeating: "m", count: 201)
        (format.height, format.width) = (16, 16)
        #expect(format.problem?.contains("unit of 201 bytes") == true)
        #expect(VectorFormat(components: []).problem == "has 0 components, expected 1 to 64")
        #expect(VectorFormat(components: channels(65)).problem == "has 65 components, expected 1 to 64")
        expectError(ExitCode.badData, "f", "vector format", "key x") {
            _ = try VectorFormat(json: "{\"components\":[],\"x\":1}", path: "f")
        }
        expectError(ExitCode.badData, "f", "bytes, expected at most") {
            _ = try SampleFormat(json: String(repeating: " ", count: 300_000), path: "f")
        }
    }

    // MARK: Values

    /// Physical values that a curve takes, from the smallest to the largest.
    private func values(_ curve: ChannelTransform.Curve) -> [Float] {
        var values: [Float] = [0, 1e-20, 1e-10, 1e-3, 0.3, 1, 7.5, 255, 65535, 1e6, 1e10]
        for power in -20...20 { values.append(Float(sign: .plus, exponent: power, significand: 1.37)) }
        switch curve {
        case .linear, .asinh: values += values.map { -$0 }
        case .log1p: values += [-0.999, -0.5, -1e-3, -1e-12]
        case .ratio, .power: break
        }
        return values
    }

    /// What a rounding of what networks see to a float may cost, seen from the physical side.
    @Test(arguments: curves) func transformsComeBackToFloatPrecision(curve: ChannelTransform.Curve) {
        let all = values(curve)
        let numbers = all.map { curve(Double($0)) }
        let (least, most) = (numbers.min() ?? 0, numbers.max() ?? 1)
        for transform in [
            ChannelTransform(curve: curve),
            ChannelTransform(curve: curve, center: (least + most) / 2, scale: most - least),
        ] {
            for value in all {
                let seen = transform.normalized(value)
                let (back, isClipped) = transform.physical(seen)
                // The curve's own slope carries the float's last bit back; two bits for both roundings.
                let error = Double(seen.ulp) * transform.scale
                let y = curve(Double(value))
                let inverse = { (y: Double) -> Double in
                    Double(ChannelTransform(curve: curve, center: y, scale: 1).physical(0).value)
                }
                let spread = max(abs(inverse(y + error) - Double(value)), abs(inverse(y - error) - Double(value)))
                #expect(abs(Double(back) - Double(value)) <= spread + Double(value.ulp) * 2, "\(transform): \(value)")
                // At the very end of x / (x + a) the last floats below 1 are the largest values.
                if case .ratio = curve { continue }
                #expect(!isClipped, "\(transform): \(value)")
            }
        }
    }

    @Test(arguments: curves) func curvesAscend(curve: ChannelTransform.Curve) {
        let sorted = values(curve).sorted()
        let transform = ChannelTransform(curve: curve, center: 1, scale: 3)
        for (a, b) in zip(sorted, sorted.dropFirst()) {
            #expect(transform.normalized(a) <= transform.normalized(b))
            #expect(curve.isDefined(at: Double(a)))
        }
        for value in [Double.nan, .infinity, -.infinity] { #expect(!curve.isDefined(at: value)) }
    }

    /// Whole arrays, whatever the number of channels and however many values are left over, have the bits of single values.
    @Test(arguments: [1, 2, 3, 5, 7, 63, 64]) func arraysHaveTheBitsOfSingleValues(channels: Int) {
        for count in [1, 4, 13, 100] {
            let format = SampleFormat(
                element: .float32, height: 4, width: 4,
                channels: (0..<channels).map { index in
                    SampleFormat.Channel(
                        name: "\(index)",
                        transform: ChannelTransform(
                            curve: Self.curves[index % 5], center: Double(index) / 7, scale: 0.3 + Double(index)))
                })
            let physical = (0..<count * channels).map { Float($0 * 37 % 101) / 3 }
            let expected = physical.enumerated().map { index, value in
                format.channels[index % channels].transform.normalized(value)
            }
            let normalized = format.normalized(physical)
            #expect(normalized == expected)
            let (back, clipped) = format.physical(normalized)
            let single = normalized.enumerated().map { format.channels[$0 % channels].transform.physical($1) }
            #expect(back == single.map(\.value))
            #expect(clipped == single.count { $0.isClipped })
            var appended: [Float] = [5]
            #expect(
                format.physical(normalized[channels...], into: &appended)
                    == single.dropFirst(channels).count { $0.isClipped })
            #expect(appended == [5] + back.dropFirst(channels))
            #expect(VectorFormat(components: format.channels).normalized(physical) == expected)
            #expect(VectorFormat(components: format.channels).physical(normalized).values == back)
        }
    }

    @Test func whatIsClippedIsCounted() {
        func format(_ element: SampleFormat.Element, _ transform: ChannelTransform) -> SampleFormat {
            SampleFormat(
                element: element, height: 4, width: 4, channels: [SampleFormat.Channel(name: "c", transform: transform)]
            )
        }
        let power = format(.float32, ChannelTransform(curve: .power(exponent: 0.5)))
        #expect(power.physical([-0.1, 0, 2, 3]).values == [0, 0, 4, 9])
        #expect(power.physical([-0.1, 0, 2, 3]).clipped == 1)
        let ratio = format(.float32, ChannelTransform(curve: .ratio(a: 2)))
        #expect(ratio.physical([-1, 0.5, 1, 7]).clipped == 3)
        #expect(ratio.physical([0.5]).values == [2])
        #expect(ratio.physical([7]).values[0].isFinite)
        let log = format(.float32, ChannelTransform(curve: .log1p))
        #expect(log.physical([1000, -1000, 0]).values == [.greatestFiniteMagnitude, -1, 0])
        #expect(log.physical([1000, -1000, 0]).clipped == 1)
        let short = format(.uint16, ChannelTransform(center: 100, scale: 50))
        let (values, clipped) = short.physical([-2, -2.02, -2.001, 0.013, 1309, 1308.7])
        #expect(values == [0, 0, 0, 101, 65535, 65535])
        #expect(clipped == 2)
        #expect(power.physical([.nan]).clipped == 1)
    }

    @Test func outsideOfItsDomainNothingIsSeen() {
        let transforms: [(ChannelTransform.Curve, Float)] = [
            (.log1p, -1), (.log1p, -2), (.ratio(a: 1), -0.5), (.ratio(a: 1), -2), (.power(exponent: 2), -2),
        ]
        for (curve, value) in transforms {
            let format = SampleFormat(
                element: .float32, height: 4, width: 4,
                channels: [SampleFormat.Channel(name: "c", transform: ChannelTransform(curve: curve))])
            #expect(!curve.isDefined(at: Double(value)))
            #expect(format.normalized([value])[0].isNaN, "\(curve) \(value)")
            #expect(format.normalized([1])[0].isFinite)
        }
    }

    @Test func picturesAreToldByWhatTheyAre() {
        var format = SampleFormat.picture(resolution: 32, channels: 3)
        #expect(format.isPicture && format.bytes == 3072)
        format.channels[1].transform.scale = 100
        #expect(!format.isPicture)
        for change: (inout SampleFormat.Channel) -> Void in [{ $0.name = "counts" }, { $0.unit = "adu" }] {
            var other = SampleFormat.picture(resolution: 32, channels: 1)
            #expect(other.isPicture)
            change(&other.channels[0])
            #expect(!other.isPicture)
        }
        #expect(!SampleFormat.picture(resolution: 24, channels: 3).isPicture)
        #expect(!SampleFormat.picture(resolution: 32, channels: 2).isPicture)
        #expect(!Self.format(.uint8).isPicture)
        #expect(Self.format(height: 96, width: 64).doublings == 4)
        #expect(DatasetDescription(format: Self.format(height: 96, width: 64)).resolution == 64)
        #expect(DatasetDescription(format: Self.format(height: 12, width: 8)).resolution == 8)
        #expect(DatasetDescription(format: Self.format(height: 13, width: 8)).resolution == 4)
    }
}
