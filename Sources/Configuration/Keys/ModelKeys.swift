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

        public init() {}
    }

    static let modelKeys: [Key] = [
        Key("model.family", \.model.family, .choice, "family of networks"),
        Key(
            "model.channel_base", \.model.channelBase, .auto(.integer(8...1_048_576)),
            "channels at resolution r are min(channel_base / r, channel_max)"),
        Key("model.channel_max", \.model.channelMax, .integer(1...8192), "most channels of a layer"),
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
    ]
}

/// Body of the StyleGAN2 discriminator: `model.discriminator`.
public enum DiscriminatorKind: String, CaseIterable, Sendable, Choice {
    /// Residual blocks.
    case resnet
    /// No skip connections.
    case orig
}
