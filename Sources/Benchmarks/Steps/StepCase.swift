import Configuration

extension StepBenchmark {
    /// The configurations that figures are compared on.
    public enum Case: String, CaseIterable, Sendable, Codable {
        /// 32², batch 16, GGDR at 8².
        case r32 = "R32"
        /// 64², batch 8, GGDR at 16².
        case r64 = "R64"
        /// The preset `quick` at 32², batch 8.
        case q32 = "Q32"
        // The networks of R32 and R64 at every resolution: 128 channels throughout.
        case s8 = "S8"
        case s16 = "S16"
        case s32 = "S32"
        case s64 = "S64"
        case s128 = "S128"
        /// The networks of the preset `paper256`, without their last block.
        case p128 = "P128"
        /// The preset `paper256`.
        case p256 = "P256"
        /// The preset `pggan` at 32², fully grown, up to 128 channels, batch 16.
        case g32 = "G32"
        /// The preset `sagan` at 32², 64 channels there, batch 32, ten classes, attention at 16² in both networks.
        case s32a = "S32A"
        /// The preset `sagan` at 128² with half of its channels, batch 8, ten classes, attention at 32² in both.
        case s128a = "S128A"
        /// The preset `r3gan` at 32² with 256 channels, batch 8, ten classes, without augmentation.
        case n32 = "N32"
        /// The preset `r3gan-small` at 32².
        case n32Small = "N32-SMALL"
        /// The preset `oasis` at 64² with half of its channels, batch 8, label maps of seven classes.
        case o64 = "O64"
        /// The same at 128², batch 4.
        case o128 = "O128"
        /// The preset `pix2pix` at 128² with half of its channels, batch 8.
        case u128 = "U128"
        /// The preset `pix2pix` at 256², batch 1.
        case u256 = "U256"
        // R32 and R64 with an augmentation, to be set beside them: ADA's transforms bgc, each with probability ½, and all of
        // DiffAugment.
        case r32ADA = "R32-ADA"
        case r64ADA = "R64-ADA"
        case r32Diff = "R32-DIFFAUGMENT"
        case r64Diff = "R64-DIFFAUGMENT"

        /// What is measured when nothing else is asked for.
        public static let usual: [Case] = [.r32, .r64]
        /// From the smallest resolution to the largest.
        public static let sizes: [Case] = [.s8, .s16, .s32, .s64, .s128]

        public var resolution: Int { Int(rawValue.filter(\.isNumber)) ?? 0 }

        /// Of the images; 0 for none.
        fileprivate var classes: Int {
            switch self {
            case .s32a, .s128a, .n32: 10
            default: 0
            }
        }

        /// Of label maps; 0 for none.
        fileprivate var semanticClasses: Int {
            switch self {
            case .o64, .o128: 7
            default: 0
            }
        }

        /// Of the images beside the images; 0 for none.
        fileprivate var conditionChannels: Int {
            switch self {
            case .u128, .u256: 3
            default: 0
            }
        }

        fileprivate var batch: Int {
            switch self {
            case .r32, .r32ADA, .r32Diff, .g32, .s8, .s16, .s32, .s64, .s128: 16
            case .q32, .r64, .r64ADA, .r64Diff, .p128, .s128a, .n32, .o64, .u128: 8
            case .o128: 4
            case .p256: 2
            case .u256: 1
            case .s32a, .n32Small: 32
            }
        }

        fileprivate var microbatch: Int {
            switch self {
            // All at once, as the reference does.
            case .r32, .r32ADA, .r32Diff, .g32: 16
            case .s32a: 32
            case .r64, .r64ADA, .r64Diff, .s8, .s16, .s32, .s64, .s128, .s128a, .n32, .n32Small, .o64, .u128: 8
            case .q32, .p128, .o128: 4
            case .p256, .u256: 1
            }
        }

        fileprivate var overrides: [String] {
            switch self {
            case .q32: ["preset=quick"]
            case .p128, .p256: ["preset=paper256"]
            case .g32:
                [
                    "preset=pggan", "growing.enabled=false", "model.channel_base=4096", "model.channel_max=128",
                    "model.z_dim=128",
                ]
            case .s32a:
                ["preset=sagan", "model.channel_base=2048", "model.channel_max=1024", "model.attention=16"]
            case .s128a:
                ["preset=sagan", "model.channel_base=4096", "model.channel_max=512", "model.attention=32"]
            case .n32: ["preset=r3gan", "model.channel_max=256", "augment.mode=none", "schedule.augment_p=none"]
            case .n32Small: ["preset=r3gan-small"]
            case .o64, .o128: ["preset=oasis", "model.channel_base=\(32 * resolution)"]
            case .u128: ["preset=pix2pix", "model.channel_base=\(32 * resolution)"]
            case .u256: ["preset=pix2pix"]
            case .r32ADA, .r64ADA:
                plain + ["augment.mode=fixed", "augment.p=0.5", "augment.pipeline=bgc"]
            case .r32Diff, .r64Diff:
                plain + ["augment.diffaugment=color,translation,cutout"]
            default: plain
            }
        }

        private var plain: [String] {
            [
                "preset=quick-reference", "model.channel_base=\(128 * resolution)", "model.channel_max=128",
                "model.z_dim=128", "model.w_dim=128", "model.mapping_layers=2",
            ]
        }
    }

    /// A case with its batch.
    public struct Load: Sendable, Equatable {
        public let name: Case
        /// Images of a step.
        public let batch: Int
        /// Images computed as one unit, on which memory depends.
        public let microbatch: Int
        private let chosenMicrobatch: Int?

        /// - Parameters:
        ///   - batch: nil for that of the case.
        ///   - microbatch: nil for that of the case, or what fits into a rank's share of the batch.
        public init(_ name: Case, batch: Int? = nil, microbatch: Int? = nil, ranks: Int = 1) {
            let batch = batch ?? name.batch
            self.name = name
            self.batch = batch
            chosenMicrobatch = microbatch
            let halves = Array(sequence(first: name.microbatch) { $0 > 2 ? $0 / 2 : nil })
            self.microbatch = microbatch ?? halves.first { batch % ($0 * ranks) == 0 } ?? 1
        }

        /// The same on so many ranks, where a microbatch that nobody chose may have to be smaller.
        public func shared(by ranks: Int) -> Load {
            Load(name, batch: batch, microbatch: chosenMicrobatch, ranks: ranks)
        }

        /// Whether so many ranks can share it.
        public func isDivisible(by ranks: Int) -> Bool { batch % (shared(by: ranks).microbatch * ranks) == 0 }

        /// - Throws: ``ConfigurationError`` where batch, microbatch and ranks do not fit together.
        public func configuration(
            ranks: Int, cores: Int, overrides: [String] = []
        ) throws(ConfigurationError) -> ResolvedConfiguration {
            try Configuration.load(
                overrides: name.overrides + ["batch=\(batch)", "microbatch=\(microbatch)"] + overrides
            )
            .resolve(
                DataFacts(
                    height: name.resolution, width: name.resolution, channels: 3, classes: name.classes,
                    semanticClasses: name.semanticClasses, conditionChannels: name.conditionChannels, isPicture: true),
                ranks: ranks, coresPerRank: cores)
        }
    }
}
