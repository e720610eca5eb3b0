import Configuration
import TestSupport
import Testing

/// Keys of what the discriminator sees images through.
@Suite struct AugmentTests {
    private static let conflicts: [([String], String, String)] = [
        (
            ["augment.mode=fixed"], "augment.p",
            "augment.mode is fixed, but augment.p is 0, which would change no image: set augment.p, or augment.mode=none"
        ),
        (
            ["augment.mode=ada", "augment.diffaugment=cutout,color"], "augment.diffaugment",
            "augment.diffaugment is color,cutout and augment.mode is ada, but images go through one of them only: set augment.mode=none, or augment.diffaugment= (empty)"
        ),
    ]

    @Test(arguments: conflicts) func contradictions(_ overrides: [String], key: String, message: String) {
        let error = thrown(ConfigurationError.self) { try Configuration.load(overrides: overrides) }
        #expect(error?.kind == .conflict && error?.key == key && error?.message == message)
        #expect(error?.exitCode == 78)
    }

    @Test func whatIsAsked() throws {
        let ada = try Configuration.load(overrides: ["augment.mode=ada", "augment.p=0.2"]).augment
        #expect(ada.mode == .ada && ada.p == 0.2 && ada.pipeline == .bgc && ada.target == 0.6 && ada.speedKimg == 500)
        let policies = try Configuration.load(overrides: ["augment.diffaugment=cutout color"])
        #expect(policies.augment.diffAugment == [.color, .cutout])
        #expect(policies.yaml.contains("\n  diffaugment: \"color,cutout\"\n"))
        #expect(try Configuration.parse(yaml: policies.yaml) == policies)
        #expect(
            try Configuration.parse(yaml: "augment: {diffaugment: [translation]}").augment.diffAugment == [.translation]
        )
    }

    /// Nothing of it is on unless it is asked for, but where it was published so.
    @Test(arguments: Preset.allCases) func presetsHaveNone(_ preset: Preset) {
        let configuration = preset.configuration
        #expect(configuration.loss.lecamWeight == 0)
        #expect((configuration.augment == Configuration.Augment()) == (preset != .r3gan))
    }

    /// A critic's scores have no zero that means anything.
    @Test func aCriticsSignsSayLittle() throws {
        func notes(_ overrides: [String]) throws -> [String] {
            try Configuration.load(overrides: overrides).resolve(
                resolution: 32, channels: 3, classes: 0, ranks: 1, coresPerRank: 4
            ).notes.filter { $0.hasPrefix("augment.mode") }
        }
        #expect(try notes(["augment.mode=ada"]) == [])
        #expect(try notes(["augment.mode=fixed", "augment.p=0.5", "loss.kind=wgan-gp", "loss.r1_gamma=auto"]) == [])
        #expect(try notes(["augment.mode=ada", "loss.kind=wgan-gp"]).count == 1)
        // Of a pair it is counted which score is the higher.
        #expect(try notes(["augment.mode=ada", "loss.kind=relativistic"]) == [])
    }
}
