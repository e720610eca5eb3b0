import Autodiff
import Kernels

/// Between images and tensors: bytes are in [-1, 1] there.
public enum ImageConversion {
    /// uint8 N×H×W×C to float: x / 127.5 − 1.
    public static func tensor(_ bytes: ArraySlice<UInt8>, shape: [Int]) -> Tensor {
        let view = BufferView(count: bytes.count)
        view.withUnsafeElements { target in
            bytes.withUnsafeBufferPointer { source in
                for i in 0..<source.count { target[i] = Float(source[i]) * (1 / 127.5) - 1 }
            }
        }
        return Tensor(view, shape: shape)
    }

    /// What networks see of fields, [N, H, W, C], as it is.
    public static func tensor(_ fields: ArraySlice<Float>, shape: [Int]) -> Tensor {
        let view = BufferView(count: fields.count)
        view.withUnsafeElements { target in _ = target.update(fromContentsOf: fields) }
        return Tensor(view, shape: shape)
    }

    /// Float to uint8, rounded and clamped: (x + 1) · 127.5.
    public static func bytes(_ images: Tensor) -> [UInt8] {
        images.array.map { value in
            let scaled = (value + 1) * 127.5
            return scaled.isNaN ? 0 : UInt8(max(0, min(255, scaled.rounded())))
        }
    }
}
