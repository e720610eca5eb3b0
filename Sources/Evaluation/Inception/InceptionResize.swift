/// How images come to the 299×299 pixels that Inception-v3 looks at. Features differ between the two, and distances with
/// them: numbers of one cannot be compared with those of the other.
public enum InceptionResize: String, CaseIterable, Sendable {
    /// As pytorch-fid: half-pixel centres, values 2·x/255 − 1.
    case pytorch
    /// As the original graph and the StyleGAN papers: source positions i·in/299, values (x − 128) / 128.
    case tensorflow
}
