extension Tape {
    /// Runs `body` without keeping what it computes: a backward pass computes it again (gradient checkpointing by
    /// recomputation, arXiv 1604.06174).
    ///
    /// Gradients flow to all that `body` reads, what it captures included; what it computes is reached only through
    /// what it returns. It must be a pure function of what it captures: it is run again, and must do the same.
    ///
    /// **What is kept.** The tensors that `body` captures, and of each call the results. While a pass goes through the
    /// call there is, beside them, what the plain tape would hold of this one call.
    ///
    /// **Bits.** All gradients have those of the plain tape: whatever a pass comes to is recorded again with its old
    /// place on the tape, and so sums of gradients take up their terms in the old order.
    ///
    /// **Gradients that are themselves differentiated** are not kept either: the gradient of a recomputed call is a
    /// recomputed call, which reads what the call reads and the gradients of its results. A pass through it records
    /// the call and its gradient anew. From there until the pass reaches the call itself, the plain order of
    /// summation has it hold gradients of those intermediate results that the gradient depends on: an
    /// activation or two for each modulated convolution, none for layers that are linear up to the sign of their input.
    ///
    /// **Time.** Once more forward for first-order gradients. For gradients of gradients `body` runs four times in
    /// place of once, and its backward pass twice. ``OperationCount`` counts every run: it tells how fast
    /// the processor computes, not how fast a run gets on.
    public static func recomputed(_ body: @escaping () -> [Tensor]) -> [Tensor] {
        isRecording ? Stretch(body).outputs() : body()
    }

    /// The same for one result.
    public static func recomputed(_ body: @escaping () -> Tensor) -> Tensor {
        recomputed { [body()] }[0]
    }
}
