import Configuration
import Testing

/// `quick` as the interface document prints it.
private let quickDocument = """
    preset: quick
    seed: 0
    kimg: 60                       # thousands of real images to show in all; decimals allowed
    batch: 32
    microbatch: 8
    threads: auto                  # per rank
    memory: full
    data: {path: DIR, stage: "", mirror: false, labels: false}
    model: {family: stylegan2, channel_base: 2048, channel_max: 64, z_dim: 64, w_dim: 64, mapping_layers: 2, discriminator: resnet, mbstd_group: 4, clamp: 256}
    ggdr: {enabled: true, resolution: auto, weight: 10}
    loss: {kind: logistic, r1_gamma: auto, r1_interval: 16, pl_weight: 2, pl_interval: 4, pl_batch_shrink: 2, pl_decay: 0.01, style_mixing: 0.9}
    optimizer: {g_lr: 0.0025, d_lr: 0.0025, beta1: 0, beta2: 0.99, epsilon: 1.0e-8}
    ema: {half_life_kimg: auto, ramp: 0.05}
    growing: {enabled: false, start: 4, training_kimg: 600, transition_kimg: 600}
    augment: {mode: none, pipeline: bgc, target: 0.6, p: 0}
    cluster: {bucket_mb: 1, overlap: true, compress: none, kernels: common, replica_check_steps: 100, stall_seconds: 120}
    checkpoint: {every_kimg: 20, keep: 3}
    snapshot: {every_kimg: 5, grid: 8x8}
    """

@Suite struct PresetTests {
    @Test func quickIsTheDocumentedExample() throws {
        var expected = Preset.quick.configuration
        expected.data.path = "DIR"
        #expect(try Configuration.parse(yaml: quickDocument) == expected)
        // Every key of the document, and only batch_per_rank beside them.
        let written = Set(expected.yaml.split(separator: "\n").map { $0.split(separator: ":")[0].filter { $0 != " " } })
        for word in quickDocument.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") })
        where word.hasSuffix(":") {
            #expect(written.contains(String(word.dropLast())), "\(word)")
        }
        #expect(Configuration.keys.count == 57)
    }

    @Test(arguments: Preset.available, [1, 2])
    func everyPresetResolves(preset: Preset, ranks: Int) throws {
        let resolution =
            switch preset {
            case .paper512: 512
            case .paper1024: 1024
            case .paper256, .stylegan2, .stylegan2GGDR: 256
            default: 32
            }
        let resolved = try Configuration.load(preset: preset.rawValue)
            .resolve(resolution: resolution, channels: 3, classes: 0, ranks: ranks, coresPerRank: 2)
        #expect(resolved.batch % (resolved.microbatch * ranks) == 0)
        #expect(resolved.microbatch % resolved.mbstdGroup == 0)
        #expect(resolved.preset == preset)
        #expect(!resolved.yaml.split(separator: "\n").contains { $0.hasSuffix(" auto") && !$0.hasPrefix("threads") })
        #expect(try Configuration.parse(yaml: resolved.yaml) == resolved.configuration)
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
}
