extension Tensor {
    public func nearestUpsampled() -> Tensor {
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        return reshaped([n * h, 1, w, 1, c]).sum(to: [n * h, 2, w, 2, c]).reshaped([n, 2 * h, 2 * w, c])
    }
    public func boxDownsampled() -> Tensor {
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        return reshaped([n * h / 2, 2, w / 2, 2, c]).sum(to: [n * h / 2, 1, w / 2, 1, c]).reshaped([n, h / 2, w / 2, c]) * 0.25
    }
}
