import Foundation
import Storage
import Testing

extension TestRun {
    /// Tiny networks that grow from 4² within seventeen steps on images of 16²: two fades, steps of 8, 16 and 8 images.
    static let growing =
        tiny + ["--microbatch", "2"]
        + sets(
            "growing.enabled=true", "growing.start=4", "growing.training_kimg=0.016", "growing.transition_kimg=0.03",
            "growing.minibatch=4:8 8:16 16:8", "growing.microbatch=8:4", "snapshot.every_kimg=0.024")

    /// The same of the progressive GAN.
    static let growingProgressive =
        growing
        + sets(
            "model.family=pggan", "model.discriminator=orig", "model.clamp=none", "loss.kind=wgan-gp",
            "loss.pl_weight=0", "loss.style_mixing=0", "ggdr.enabled=false")

    /// Each as a `--set` of its own.
    static func sets(_ assignments: String...) -> [String] { assignments.flatMap { ["--set", $0] } }

    /// The pictures of samples, by name: sheets, rows of phases and the time-lapse.
    func pictures() -> [String: Data] { GanglionTests.contents(of: folder + "/images") }
}
