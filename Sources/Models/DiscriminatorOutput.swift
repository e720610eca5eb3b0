import Autodiff
import Layers

/// What a discriminator says of images.
public struct DiscriminatorOutput {
    /// The score, [N, 1]; of a network that judges places a summary of ``scores``, which no gradient goes through and which
    /// is computed when it is read.
    public var logits: Tensor { score() }
    /// Of a network that judges places its scores, from the finest to the coarsest scale, [N, h, w, …]; else none.
    public let scores: [Tensor]
    /// Scores of the classes, [N, labelDim], of an auxiliary classifier (arXiv 1610.09585); nil without one.
    public let classLogits: Tensor?
    /// What it tells of the numbers that images are conditioned on, [N, regressionDim]; nil where it has no such outputs.
    public let regression: Tensor?
    /// Encoder feature maps by their resolution: e[r] is [N, h, w, channels(r)]. What the GGDR decoder reads.
    public let features: [Int: Tensor]
    /// What the network noted for state that follows it (``Weights/noted``).
    public let noted: [Float]
    /// What the maps of its self-attention follow from, by resolution; none without.
    public let attention: [Int: AttentionProjections]

    public init(
        logits: Tensor, classLogits: Tensor? = nil, regression: Tensor? = nil, features: [Int: Tensor],
        noted: [Float] = [],
        attention: [Int: AttentionProjections] = [:]
    ) {
        score = { logits }
        scores = []
        self.classLogits = classLogits
        self.regression = regression
        self.features = features
        self.noted = noted
        self.attention = attention
    }

    /// Of a network that judges places.
    ///
    /// - Parameter summary: of the scores, a constant [N, 1].
    init(_ dense: DenseScores, summary: @escaping ([Tensor]) -> Tensor) {
        score = { Tape.paused { summary(dense.scores) } }
        scores = dense.scores
        (classLogits, regression) = (nil, nil)
        features = dense.features
        noted = dense.noted
        attention = [:]
    }

    private let score: () -> Tensor
}
