import Configuration
import Foundation
import TestSupport
import Testing

/// `quick-reference` as the interface document prints it, where its name is still `quick`.
private let referenceDocument = """
    preset: quick-reference
    seed: 0
    kimg: 60                       # thousands of real images to show in all; decimals allowed
    batch: 32
    microbatch: 8
    threads: auto                  # per rank
    memory: full
    data: {path: DIR, stage: "", mirror: false, labels: false, limit: all, limit_seed: 0}
    model: {family: stylegan2, channel_base: 2048, channel_max: 64, z_dim: 64, w_dim: 64, mapping_layers: 2, discriminator: resnet, mbstd_group: 4, clamp: 256, pixel_norm: true, equalized_lr: true, leaky_relu: true, spectral_norm: none, attention: auto, attention_in: both, attention_pooling: true, attention_block: attention}
    ggdr: {enabled: true, resolution: auto, weight: 10}
    loss: {kind: logistic, r1_gamma: auto, r1_interval: 16, pl_weight: 2, pl_interval: 4, pl_batch_shrink: 2, pl_decay: 0.01, style_mixing: 0.9, gp_weight: 10, gp_target: 1, drift: 0.001, class_weight: 1, d_steps: 1, lecam_weight: 0, lecam_decay: 0.99, lecam_debias: true, lecam_start: 0}
    optimizer: {g_lr: 0.0025, d_lr: 0.0025, beta1: 0, beta2: 0.99, epsilon: 1.0e-8}
    ema: {enabled: true, half_life_kimg: auto, ramp: 0.05}
    supervision: generator         # none, labels, generator
    supervision_weight: 1
    growing:
      enabled: false
      start: 4
      final: auto
      training_kimg: 600
      transition_kimg: 600
      minibatch: {}                # a table by resolution
      microbatch: ""
      learning_rate: {}
      reset_moments: true
      trigger: images
      plateau_signal: loss
      plateau_window_kimg: 20
      plateau_patience: 3
      plateau_tolerance: 0.02
    augment: {mode: none, pipeline: bgc, target: 0.6, p: 0, speed_kimg: 500, diffaugment: []}
    cluster: {bucket_mb: 1, overlap: true, compress: none, kernels: common, replica_check_steps: 100, stall_seconds: 120, lock_seconds: 30}
    checkpoint: {every_kimg: 20, every_minutes: null, keep: 3}
    guard: {nan: stop, skip_limit: 10}
    snapshot: {every_kimg: 5, grid: 8x8, keep: all}
    metrics: {names: [], images: 2048, every_kimg: null, best: null, patience_kimg: null, features: auto, any_features: false, resize: pytorch}
    events: {enabled: true, histograms_kimg: null}
    """

@Suite struct PresetTests {
    /// As messages and help list them.
    private static let names = [
        "quick", "quick-reference", "quick-growing", "quick-pggan", "quick-sagan", "quick-pix2pix", "quick-ccfpse",
        "quick-oasis",
        "r3gan-small", "stylegan2-ggdr", "stylegan2", "cifar", "paper256",
        "paper512",
        "paper1024", "pggan", "pggan-ggdr", "sagan", "sagan-ggdr", "pix2pix", "ccfpse", "oasis", "r3gan",
    ]

    @Test func eachIsOfOneFamilyAndHasANameOfItsOwn() {
        #expect(Preset.allCases.map(\.rawValue) == Self.names)
        for preset in Preset.allCases {
            #expect(Preset(rawValue: preset.rawValue) == preset)
            #expect(preset.configuration.preset == preset)
            #expect(preset.configuration.model.family == preset.family, "\(preset.rawValue)")
        }
        #expect(Preset(rawValue: "stylegan3") == nil)
    }

    @Test func quickReferenceIsTheDocumentedExample() throws {
        var expected = Preset.quickReference.configuration
        expected.data.path = "DIR"
        #expect(try Configuration.parse(yaml: referenceDocument) == expected)
        // Every key of the document, and only batch_per_rank beside them.
        let written = Set(expected.yaml.split(separator: "\n").map { $0.split(separator: ":")[0].filter { $0 != " " } })
        for word in referenceDocument.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") })
        where word.hasSuffix(":") {
            #expect(written.contains(String(word.dropLast())), "\(word)")
        }
        #expect(Configuration.keys.count == 138)
    }

    /// What runs of earlier versions started from, and what all keys have by themselves.
    @Test func quickReferenceIsTheDefaults() {
        #expect(Preset.quickReference.configuration == Configuration())
        var small = Preset.quick.configuration
        #expect(small.batch == .global(8) && small.microbatch == .value(4) && small.loss.kind == .relativistic)
        #expect(small.optimizer.gLR == 0.01 && small.optimizer.dLR == 0.01)
        (small.preset, small.batch, small.microbatch) = (.quickReference, .global(32), .value(8))
        (small.loss, small.optimizer) = (Configuration.Loss(), Configuration.Optimizer())
        #expect(small == Configuration())
    }

    @Test(arguments: Preset.allCases, [1, 2])
    func everyPresetResolves(preset: Preset, ranks: Int) throws {
        let resolution =
            switch preset {
            case .paper512: 512
            case .paper1024: 1024
            case .paper256, .stylegan2, .stylegan2GGDR: 256
            default: 32
            }
        let facts = DataFacts(
            height: resolution, width: resolution, channels: 3, classes: 10, semanticClasses: 4, conditionChannels: 1,
            isPicture: true)
        // Its published batch is one image.
        guard preset != .pix2pix || ranks == 1 else {
            let error = thrown(ConfigurationError.self) {
                try preset.configuration.resolve(facts, ranks: ranks, coresPerRank: 2)
            }
            #expect(error?.key == "batch")
            return
        }
        let resolved = try Configuration.load(preset: preset.rawValue).resolve(facts, ranks: ranks, coresPerRank: 2)
        #expect(resolved.batch % (resolved.microbatch * ranks) == 0)
        #expect(resolved.microbatch % resolved.mbstdGroup == 0)
        #expect(resolved.preset == preset)
        let open = resolved.yaml.split(separator: "\n").filter { $0.hasSuffix(" auto") }
            .map { $0.split(separator: ":")[0].filter { $0 != " " } }
        #expect(
            Set(open).isSubset(
                of: ["threads", "features", "regression_weight"] + (resolved.unetDepth > 0 ? [] : ["unet_depth"])
                    + (resolved.growing.enabled ? ["r1_gamma", "r2_gamma", "half_life_kimg"] : ["final"])))
        #expect(try Configuration.parse(yaml: resolved.yaml) == resolved.configuration)
        // What was resolved describes the same run.
        let again = try Configuration.parse(yaml: resolved.yaml).resolve(facts, ranks: ranks, coresPerRank: 2)
        #expect(again.stages == resolved.stages && again.configuration == resolved.configuration)
    }

    @Test func publishedConstants() throws {
        func resolved(_ preset: Preset, _ resolution: Int) throws -> ResolvedConfiguration {
            try preset.configuration.resolve(
                resolution: resolution, channels: 3, classes: 0, ranks: 1, coresPerRank: 1)
        }
        let c = try resolved(.paper256, 256)
        #expect(c.model.mappingLayers == 8 && c.batch == 64 && c.mbstdGroup == 8 && c.r1Gamma == 1)
        #expect(c.optimizer.gLR == 0.0025 && c.emaHalfLifeKimg == 20 && c.ema.ramp == nil && c.ggdrResolution == 64)
        #expect(c.channelBase == 16_384 && c.model.channelMax == 512 && c.model.zDim == 512 && c.model.wDim == 512)
        let d = try resolved(.paper512, 512)
        #expect(d.r1Gamma == 0.5 && d.channelBase == 32_768 && d.ggdr.enabled)
        let e = try resolved(.paper1024, 1024)
        #expect(e.batch == 32 && e.mbstdGroup == 4 && e.optimizer.dLR == 0.002 && e.r1Gamma == 2)
        #expect(e.emaHalfLifeKimg == 10 && e.channelBase == 32_768)
        let f = try resolved(.cifar, 32)
        #expect(f.batch == 64 && f.mbstdGroup == 32 && f.r1Gamma == 0.01 && f.emaHalfLifeKimg == 500)
        #expect(f.ema.ramp == 0.05 && f.model.mappingLayers == 2 && f.loss.plWeight == 0 && f.loss.styleMixing == 0)
        #expect(f.model.discriminator == .orig && f.optimizer.gLR == 0.0025 && !f.ggdr.enabled)
        let g = try resolved(.stylegan2, 256)
        #expect(g.model.mappingLayers == 8 && g.batch == 32 && g.mbstdGroup == 4 && g.optimizer.gLR == 0.002)
        #expect(g.r1Gamma == 10 && g.emaHalfLifeKimg == 10 && !g.ggdr.enabled)
        let h = try resolved(.stylegan2GGDR, 256)
        #expect(h.model.mappingLayers == 2 && h.ema.ramp == 0.05 && h.ggdr.enabled && h.ggdr.weight == 10)
    }

    /// Appendix A.1 of arXiv 1710.10196 and the release's preset for one worker.
    @Test(arguments: [Preset.pggan, .pgganGGDR])
    func progressiveGAN(preset: Preset) throws {
        let c = try preset.configuration.resolve(
            resolution: 1024, channels: 3, classes: 0, ranks: 1, coresPerRank: 1)
        #expect(c.stages.map(\.resolution) == [4, 8, 16, 32, 64, 128, 256, 512, 1024])
        #expect(c.stages.map(\.batch) == [128, 128, 128, 64, 32, 16, 8, 4, 4])
        #expect(c.stages.map(\.microbatch) == [8, 8, 8, 8, 8, 8, 8, 4, 4])
        #expect(c.stages.map(\.gLR) == [Double](repeating: 0.001, count: 8) + [0.0015])
        #expect(c.stages.map(\.dLR) == c.stages.map(\.gLR))
        #expect(c.stages.allSatisfy { $0.r1Gamma == 0 })
        #expect(c.model.family == .pggan && c.loss.kind == .wganGP && c.loss.gpWeight == 10 && c.loss.gpTarget == 1)
        #expect(c.loss.drift == 0.001 && c.loss.plWeight == 0 && c.loss.styleMixing == 0)
        #expect(c.optimizer.beta1 == 0 && c.optimizer.beta2 == 0.99 && c.optimizer.epsilon == 1e-8)
        #expect(c.model.zDim == 512 && c.channels(at: 4) == 512 && c.channels(at: 32) == 512)
        #expect(c.channels(at: 64) == 256 && c.channels(at: 1024) == 16 && c.mbstdGroup == 4)
        #expect(c.kimg == 12_000 && c.growing.trainingKimg == 600 && c.growing.transitionKimg == 600)
        #expect(c.growing.resetMoments && c.ema.ramp == nil && c.ggdr.enabled == (preset == .pgganGGDR))
        #expect(c.ggdrResolution == 64)
        // 0.999 of the average stays at each step, whatever the batch.
        for stage in c.stages {
            #expect(abs(pow(0.5, Double(stage.batch) / (stage.emaHalfLifeKimg * 1000)) - 0.999) < 1e-12)
        }
        #expect(abs(c.stages[0].emaHalfLifeKimg - 88.67847) < 1e-5)
        #expect(c.notes.isEmpty)
    }

    @Test(arguments: [Preset.quickGrowing, .quickPGGAN])
    func quickGrowthEndsWithinItsRun(preset: Preset) throws {
        let c = try preset.configuration.resolve(
            resolution: 32, channels: 1, classes: 10, ranks: 1, coresPerRank: 2)
        #expect(c.stages.map(\.resolution) == [4, 8, 16, 32] && c.stages.allSatisfy { $0.batch == 8 })
        #expect(c.growthImages < c.totalImages && c.totalImages <= 60_000)
        #expect(c.notes.isEmpty && c.ggdrResolution == 8)
        #expect(
            c.ggdr.enabled == (preset == .quickGrowing)
                && c.model.family == (preset == .quickGrowing ? .stylegan2 : .pggan))
    }
}
