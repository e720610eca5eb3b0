import Kernels

/// What is done to each image on its own.
var imageTransforms: [Kernel] {
    let resamplings = [1, 3, 20].flatMap { channels in
        [AffineGeometry.Upsampling.wavelet, .bilinear].map { upsampling in
            Kernel("affine \(upsampling == .wavelet ? "wavelet" : "bilinear") \(channels)") {
                let (height, width) = (13, 10)
                let count = 3 * height * width * channels
                let maps: [AffineGeometry?] = [
                    AffineGeometry(
                        height: height, width: width, inverse: (0.9, -0.7, 1.5, 0.4, 1.1, -2.25),
                        upsampling: upsampling), nil,
                    AffineGeometry(
                        height: height, width: width, inverse: (-1.3, 0, 0.3, 0, 0.8, 0), upsampling: upsampling),
                ]
                let (y, back) = (BufferView(count: count), BufferView(count: count))
                AffineResampling.forward(
                    numbers(count, 60), into: y, by: maps, height: height, width: width, channels: channels)
                AffineResampling.adjoint(
                    numbers(count, 61), into: back, by: maps, height: height, width: width, channels: channels)
                return y.array + back.array
            }
        }
    }
    let filters = [1, 3].map { channels in
        Kernel("image filter \(channels)") {
            let (height, width) = (13, 10)
            let count = 2 * height * width * channels
            let taps: [[Float]?] = [numbers(43, 62).array, numbers(4, 63).array]
            let (y, back) = (BufferView(count: count), BufferView(count: count))
            ImageFiltering.forward(
                numbers(count, 64), into: y, taps: taps, height: height, width: width, channels: channels)
            ImageFiltering.adjoint(
                numbers(count, 65), into: back, taps: taps, height: height, width: width, channels: channels)
            return y.array + back.array
        }
    }
    let colors = [1, 3].map { channels in
        Kernel("recoloring \(channels)") {
            let count = 2 * 1001 * channels
            let colors = Recoloring.Colors(
                matrix: numbers(channels * channels, 66).array, offset: numbers(channels, 67).array)
            let y = BufferView(count: count)
            Recoloring.apply(
                numbers(count, 68), into: y, transforms: [colors, nil], pixels: 1001, channels: channels)
            return y.array
        }
    }
    return resamplings + filters + colors
}
