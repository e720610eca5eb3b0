extension Configuration {
    /// Shape of the networks.
    public struct Model: Equatable, Sendable {
        public var family: ModelFamily = .stylegan2
        /// channels(r) = min(channelBase / r, channelMax).
        public var channelBase: Auto<Int> = .value(2048)
        public var channelMax = 64
        public var zDim = 64
        public var wDim = 64
        /// Fully connected layers of the mapping network.
        public var mappingLayers = 2
        public var discriminator: DiscriminatorKind = .resnet
        /// Samples of one minibatch-stddev group; never more than the microbatch.
        public var mbstdGroup = 4
        /// Bound on activations (times the layer's gain), or nil for none.
        public var clamp: Double? = 256
        /// Pixel normalisation in the generator of a progressive GAN (arXiv 1710.10196, section 4.2).
        public var pixelNorm = true
        /// Equalised learning rate in a progressive GAN (arXiv 1710.10196, section 4.1).
        public var equalizedLR = true
        /// Leaky ReLU in the generator of a progressive GAN, else ReLU.
        public var leakyReLU = true
        /// Networks whose weights are divided by their spectral norm (arXiv 1802.05957).
        public var spectralNorm: SpectralNormChoice = .none
        /// Resolutions of the feature maps that self-attention follows (arXiv 1805.08318, section 3).
        public var attention: Auto<[Int]> = .auto
        /// Networks that have it.
        public var attentionIn: AttentionPlace = .both
        /// Whether its keys and values are pooled 2×2, as in its authors' code.
        public var attentionPooling = true
        /// What stands in its place.
        public var attentionBlock: AttentionBlock = .attention
        /// What convolutions and filters read beyond the border of a feature map.
        public var padding: PaddingChoice = .zero
        /// How often Pix2Pix's U-Net halves; blocks of OASIS's networks on either way; doublings of CC-FPSE's generator.
        public var unetDepth: Auto<Int> = .auto
        /// How Pix2Pix's networks are normalised.
        public var norm: NormChoice = .batch
        /// Convolutions of stride two in Pix2Pix's discriminator: the size of its patches.
        public var patchLayers = 3
        /// Channels between a label map and what OASIS and CC-FPSE make of it at each block.
        public var conditionWidth = 128
        /// R3GAN's residual blocks at each resolution.
        public var blocks = 2
        /// How many times as wide they are inside.
        public var expansion = 2
        /// Channels in a group of their 3×3 convolution.
        public var groupWidth = 16
        /// Numbers that R3GAN's generator makes of a condition, beside z.
        public var embedding = 64

        public init() {}
    }

    static let modelKeys: [Key] = [
        Key("model.family", \.model.family, .choice, "family of networks"),
        Key(
            "model.channel_base", \.model.channelBase, .auto(.integer(8...1_048_576)),
            "channels at resolution r are min(channel_base / r, channel_max); image to image: the first width is"
                + " channel_base / r at the images' resolution, and further in networks are up to 16 times as wide"),
        Key(
            "model.channel_max", \.model.channelMax, .integer(1...8192),
            "most channels of a layer; nothing in image to image, where channel_base alone counts"),
        Key("model.z_dim", \.model.zDim, .integer(1...8192), "length of the latent z"),
        Key("model.w_dim", \.model.wDim, .integer(1...8192), "length of the intermediate latent w"),
        Key("model.mapping_layers", \.model.mappingLayers, .integer(1...32), "layers of the mapping network"),
        Key("model.discriminator", \.model.discriminator, .choice, "body of the discriminator"),
        Key(
            "model.mbstd_group", \.model.mbstdGroup, .integer(1...4096),
            "samples of a minibatch-stddev group, at most a microbatch"),
        Key("model.clamp", \.model.clamp, .optional(.positive), "bound on activations, times the layer's gain"),
        Key("model.pixel_norm", \.model.pixelNorm, .flag, "pggan: normalise the generator's features at each pixel"),
        Key("model.equalized_lr", \.model.equalizedLR, .flag, "pggan: scale weights as they are used"),
        Key("model.leaky_relu", \.model.leakyReLU, .flag, "pggan: leaky ReLU in the generator, else ReLU"),
        Key(
            "model.spectral_norm", \.model.spectralNorm, .choice,
            "networks whose weights are divided by their spectral norm"),
        Key(
            "model.attention", \.model.attention, .auto(.resolutions),
            "resolutions with self-attention; auto: sagan 32, or half of smaller images, else nowhere"),
        Key("model.attention_in", \.model.attentionIn, .choice, "networks that have it: generator, discriminator"),
        Key("model.attention_pooling", \.model.attentionPooling, .flag, "pool attention's keys and values 2×2"),
        Key(
            "model.attention_block", \.model.attentionBlock, .choice,
            "residual: a residual block of as many parameters in attention's place"),
        Key(
            "model.padding", \.model.padding, .choice,
            "what convolutions and filters read beyond the border; periodic: fields without a border"),
        Key(
            "model.unet_depth", \.model.unetDepth, .auto(.integer(2...12)),
            "pix2pix: halvings of the U-Net; oasis: blocks; ccfpse: 5, or 6 with one more level; auto: as published, or"
                + " as many as the images' sides can be halved"),
        Key("model.norm", \.model.norm, .choice, "pix2pix: over the batch of all ranks, or over each image"),
        Key(
            "model.patch_layers", \.model.patchLayers, .integer(1...8),
            "pix2pix: halvings of the discriminator; 3 judge patches of 70², 2 of 34², 1 of 16²"),
        Key(
            "model.condition_width", \.model.conditionWidth, .integer(1...8192),
            "oasis, ccfpse: channels between the label map and what each block makes of it"),
        Key("model.blocks", \.model.blocks, .integer(1...64), "r3gan: residual blocks at each resolution"),
        Key("model.expansion", \.model.expansion, .integer(1...16), "r3gan: how many times as wide they are inside"),
        Key(
            "model.group_width", \.model.groupWidth, .integer(1...8192),
            "r3gan: channels in a group of a block's 3×3 convolution, which sees no others; 16 are a vector wide"),
        Key(
            "model.embedding", \.model.embedding, .integer(1...8192),
            "r3gan: numbers that the generator makes of a class, or of a vector, beside z"),
    ]
}

/// Body of the StyleGAN2 discriminator: `model.discriminator`.
public enum DiscriminatorKind: String, CaseIterable, Sendable, Choice {
    /// Residual blocks.
    case resnet
    /// No skip connections.
    case orig
}

/// Networks whose weights are divided by their spectral norm: `model.spectral_norm`.
public enum SpectralNormChoice: String, CaseIterable, Sendable, Choice {
    case none
    /// The discriminator's alone (arXiv 1802.05957).
    case d
    /// The generator's, too (arXiv 1805.08318, section 4.1).
    case both
}

/// Networks with self-attention: `model.attention_in`.
public enum AttentionPlace: String, CaseIterable, Sendable, Choice {
    case g, d, both

    public var isInGenerator: Bool { self != .d }
    public var isInDiscriminator: Bool { self != .g }
}

/// What stands at the resolutions of `model.attention`: `model.attention_block`.
public enum AttentionBlock: String, CaseIterable, Sendable, Choice {
    case attention
    /// The comparison of arXiv 1805.08318, table 1.
    case residual
}

/// How Pix2Pix's networks are normalised: `model.norm`.
public enum NormChoice: String, CaseIterable, Sendable, Choice {
    /// Over the batch of all ranks.
    case batch
    /// Over each image, as where the batch is one.
    case instance
}

/// What convolutions and filters read beyond the border of a feature map: `model.padding`.
public enum PaddingChoice: String, CaseIterable, Sendable, Choice {
    case zero
    /// The map goes on from its opposite side.
    case periodic
    /// The map is mirrored at its outermost pixels.
    case reflect
}
