import Configuration
import Testing

@Suite struct ErrorTests {
    private func failure(_ body: () throws -> Void) -> ConfigurationError? {
        #expect(throws: ConfigurationError.self, performing: body)
        do {
            try body()
            return nil
        } catch {
            return error as? ConfigurationError
        }
    }

    @Test(arguments: [
        ("loss.r1_gama=1", "unknown key loss.r1_gama; did you mean loss.r1_gamma? (--set loss.r1_gama=1)"),
        ("r1_gamma=1", "unknown key r1_gamma; did you mean loss.r1_gamma? (--set r1_gamma=1)"),
        ("ggdr.r1_gamma=1", "unknown key ggdr.r1_gamma; did you mean loss.r1_gamma? (--set ggdr.r1_gamma=1)"),
        ("kmig=1", "unknown key kmig; did you mean kimg? (--set kmig=1)"),
        ("batchsize=1", "unknown key batchsize; `ganglion train --help` lists all keys (--set batchsize=1)"),
        ("loss=1", "loss is a section, not a value (--set loss=1)"),
    ])
    func unknownKey(text: String, message: String) {
        let error = failure { _ = try Configuration.load(overrides: [text]) }
        #expect(error?.kind == .unknownKey)
        #expect(error?.description == message)
        #expect(error?.exitCode == 78)
    }

    @Test(arguments: [
        ("batch=many", "batch: \"many\" is no whole number; allowed: 1 to 1048576, or auto"),
        ("batch=2.5", "batch: \"2.5\" is no whole number; allowed: 1 to 1048576, or auto"),
        ("kimg=long", "kimg: \"long\" is no number; allowed: more than 0, at most 1000000000"),
        ("kimg=0x10", "kimg: \"0x10\" is no number; allowed: more than 0, at most 1000000000"),
        ("kimg=", "kimg: \"\" is no number; allowed: more than 0, at most 1000000000"),
        ("data.mirror=perhaps", "data.mirror: \"perhaps\" is no truth value; allowed: true or false"),
        ("snapshot.grid=8", "snapshot.grid: \"8\" is no grid; allowed: COLUMNSxROWS, each 1 to 64, such as 8x8"),
    ])
    func wrongType(text: String, message: String) {
        let error = failure { _ = try Configuration.load(overrides: [text]) }
        #expect(error?.kind == .wrongType)
        #expect(error?.description == message + " (--set \(text))")
        #expect(error?.exitCode == 78)
    }

    @Test(arguments: [
        ("batch=0", "batch: 0 is not allowed; allowed: 1 to 1048576, or auto"),
        ("seed=-1", "seed: -1 is not allowed; allowed: 0 or more"),
        ("seed=99999999999999999999", "seed: 99999999999999999999 is not allowed; allowed: 0 or more"),
        ("kimg=0", "kimg: 0 is not allowed; allowed: more than 0, at most 1000000000"),
        ("kimg=nan", "kimg: nan is not allowed; allowed: more than 0, at most 1000000000"),
        ("kimg=inf", "kimg: inf is not allowed; allowed: more than 0, at most 1000000000"),
        ("kimg=1e300", "kimg: 1e300 is not allowed; allowed: more than 0, at most 1000000000"),
        (
            "batch_per_rank=9223372036854775807",
            "batch_per_rank: 9223372036854775807 is not allowed; allowed: 1 to 1048576"
        ),
        ("optimizer.beta2=1", "optimizer.beta2: 1 is not allowed; allowed: 0 to below 1"),
        ("loss.style_mixing=1.1", "loss.style_mixing: 1.1 is not allowed; allowed: 0 to 1"),
        ("ggdr.resolution=12", "ggdr.resolution: 12 is not allowed; allowed: a power of two, 8 to 1024, or auto"),
        ("ggdr.resolution=4", "ggdr.resolution: 4 is not allowed; allowed: a power of two, 8 to 1024, or auto"),
        ("model.discriminator=skip", "model.discriminator: skip is not allowed; allowed: one of resnet, orig"),
        ("loss.d_steps=0", "loss.d_steps: 0 is not allowed; allowed: 1 to 100"),
        (
            "model.spectral_norm=g", "model.spectral_norm: g is not allowed; allowed: one of none, d, both"
        ),
        (
            "model.attention=24",
            "model.attention: 24 is not allowed; allowed: different powers of two, 4 to 1024, such as 32; or empty, or auto"
        ),
        (
            "model.attention=16,16",
            "model.attention: 16,16 is not allowed; allowed: different powers of two, 4 to 1024, such as 32; or empty, or auto"
        ),
        ("ema.ramp=0", "ema.ramp: 0 is not allowed; allowed: more than 0, or none"),
        ("snapshot.keep=1", "snapshot.keep: 1 is not allowed; allowed: 2 to 1000000, or all"),
        ("cluster.lock_seconds=0.5", "cluster.lock_seconds: 0.5 is not allowed; allowed: 1 to 86400"),
        ("guard.nan=on", "guard.nan: on is not allowed; allowed: one of stop, skip"),
        ("guard.skip_limit=0", "guard.skip_limit: 0 is not allowed; allowed: 1 to 1000000"),
        ("augment.p=1.5", "augment.p: 1.5 is not allowed; allowed: 0 to 1"),
        ("augment.p=-0.1", "augment.p: -0.1 is not allowed; allowed: 0 to 1"),
        (
            "augment.mode=adaptive", "augment.mode: adaptive is not allowed; allowed: one of none, fixed, ada"
        ),
        (
            "augment.pipeline=gbc",
            "augment.pipeline: gbc is not allowed; allowed: one of blit, geom, color, filter, noise, cutout, bg, bgc, bgcf, bgcfn, bgcfnc, r3gan"
        ),
        (
            "augment.diffaugment=colour",
            "augment.diffaugment: colour is not allowed; allowed: different words of color, translation, cutout, such as color,translation,cutout; or empty"
        ),
        (
            "augment.diffaugment=color,color",
            "augment.diffaugment: color,color is not allowed; allowed: different words of color, translation, cutout, such as color,translation,cutout; or empty"
        ),
        ("augment.speed_kimg=0", "augment.speed_kimg: 0 is not allowed; allowed: more than 0, at most 1000000000"),
        ("loss.lecam_weight=-1", "loss.lecam_weight: -1 is not allowed; allowed: 0 or more"),
        ("loss.lecam_decay=1", "loss.lecam_decay: 1 is not allowed; allowed: 0 to below 1"),
        ("snapshot.grid=0x8", "snapshot.grid: 0x8 is not allowed; allowed: COLUMNSxROWS, each 1 to 64, such as 8x8"),
    ])
    func outOfRange(text: String, message: String) {
        let error = failure { _ = try Configuration.load(overrides: [text]) }
        #expect(error?.kind == .outOfRange)
        #expect(error?.description == message + " (--set \(text))")
        #expect(error?.exitCode == 78)
    }

    @Test(arguments: [
        (
            "kimg: 5\nlos: {pl_weight: 1}\n",
            "unknown key los.pl_weight; did you mean loss.pl_weight? (run.yaml, line 2)"
        ),
        ("loss:\n  pl_wieght: 1\n", "unknown key loss.pl_wieght; did you mean loss.pl_weight? (run.yaml, line 2)"),
        (
            "kimg: 5\nbatch: [1, 2]\n",
            "batch: found a list, but a whole number is expected; allowed: 1 to 1048576, or auto (run.yaml, line 2)"
        ),
        ("\nloss: 4\n", "loss: found a single value; allowed: a section of keys such as loss.kind (run.yaml, line 2)"),
        ("kimg: 1\nggdr:\n  weight: -1\n", "ggdr.weight: -1 is not allowed; allowed: 0 or more (run.yaml, line 3)"),
        ("- 1\n", "expected lines `key: value`, found a list (run.yaml, line 1)"),
        (
            "batch: 8\nbatch_per_rank: 4\n",
            "batch is 8 and batch_per_rank is 4; only one of them may be set (run.yaml, line 2)"
        ),
        (
            "kimg: 1\naugment: {mode: fixed}\n",
            "augment.mode is fixed, but augment.p is 0, which would change no image: set augment.p, or augment.mode=none (preset quick)"
        ),
        (
            "preset: quik\n",
            "preset: quik is not allowed; allowed: one of quick, quick-reference, quick-growing, quick-pggan, quick-sagan, quick-pix2pix, quick-ccfpse, quick-oasis, r3gan-small, stylegan2-ggdr, stylegan2, cifar, paper256, paper512, paper1024, pggan, pggan-ggdr, sagan, sagan-ggdr, pix2pix, ccfpse, oasis, r3gan (run.yaml, line 1)"
        ),
    ])
    func fileErrorsNameTheLine(text: String, message: String) {
        let error = failure { _ = try Configuration.parse(yaml: text, name: "run.yaml") }
        #expect(error?.description == message)
        #expect(error?.exitCode == 78)
    }

    @Test(arguments: ["a: [1\nb: 2\n", "kimg: 1\nkimg: 2\n", "kimg: 1\n\tbatch: 2\n"])
    func badYAML(text: String) {
        let error = failure { _ = try Configuration.parse(yaml: text, name: "run.yaml") }
        #expect(error?.kind == .badYAML)
        #expect(error?.description.hasPrefix("this is not valid YAML: ") == true)
        #expect(error?.description.contains("(run.yaml") == true)
    }

    @Test func missingFileAndUsage() {
        let missing = failure { _ = try Configuration.load(file: "/nowhere/run.yaml") }
        #expect(missing?.exitCode == 66)
        #expect(
            missing?.description == "cannot read the configuration: No such file or directory (/nowhere/run.yaml)")
        let usage = failure { _ = try Configuration.load(overrides: ["batch"]) }
        #expect(usage?.exitCode == 64)
        let folder = failure { _ = try Configuration.load(file: "/") }
        #expect(folder?.kind == .noFile)
    }

    @Test func bothBatchesInOverrides() {
        let error = failure { _ = try Configuration.load(overrides: ["batch=8", "batch_per_rank=4"]) }
        #expect(error?.kind == .conflict)
    }

    private static let misfits: [([String], Int, Int, String)] = [
        (
            ["batch=30"], 32, 4,
            "batch is 30, which cannot be dealt to 4 ranks in microbatches of 8: it must be a multiple of 32."
                + " Nearest that work: batch=32"
        ),
        (
            ["batch=40"], 32, 2,
            "batch is 40, which cannot be dealt to 2 ranks in microbatches of 8: it must be a multiple of 16."
                + " Nearest that work: batch=32 or 48, or microbatch=4"
        ),
        (
            ["batch_per_rank=12"], 32, 2,
            "batch_per_rank is 12, which cannot be dealt to 2 ranks in microbatches of 8: it must be a multiple of 8."
                + " Nearest that work: batch_per_rank=8 or 16, or microbatch=4"
        ),
        (
            ["microbatch=8", "model.mbstd_group=3"], 32, 1,
            "model.mbstd_group is 3, which does not divide the microbatch of 8. Allowed: 1, 2, 4, 8"
        ),
        (
            ["ggdr.resolution=64"], 32, 1,
            "ggdr.resolution is 64; allowed: a power of two from 8 to 32 (the images), or auto"
        ),
        (
            [], 48, 1,
            "data.path: the images are 48×48; the resolution must be a power of two, 8 or more."
                + " Import them again with --resolution 32"
        ),
        (
            [], 4, 1,
            "data.path: the images are 4×4; the resolution must be a power of two, 8 or more."
                + " Import them again with --resolution 8"
        ),
        (
            ["data.labels=true"], 32, 1,
            "data.labels is true, but the data set has no labels. Import it with --labels, or set data.labels=false"
        ),
        (
            ["model.channel_base=16"], 32, 1,
            "model.channel_base is 16, which leaves no channel at 32²; allowed: 32 or more"
        ),
    ]

    @Test(arguments: misfits) func resolving(overrides: [String], resolution: Int, ranks: Int, message: String) {
        let error = failure {
            _ = try Configuration.load(preset: "quick-reference", overrides: overrides)
                .resolve(resolution: resolution, channels: 1, classes: 0, ranks: ranks, coresPerRank: 1)
        }
        #expect(error?.message == message)
        #expect(error?.exitCode == 78)
    }

    @Test func badChannels() {
        let error = failure {
            _ = try Configuration().resolve(resolution: 32, channels: 4, classes: 0, ranks: 1, coresPerRank: 1)
        }
        #expect(error?.message == "data.path: the images have 4 channels; 1 (grey) or 3 (colour) are allowed")
    }
}
