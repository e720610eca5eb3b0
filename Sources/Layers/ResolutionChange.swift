/// Whether a layer doubles or halves the resolution; with which filter is the layer's own affair.
public enum ResolutionChange: Sendable { case none, up, down }
