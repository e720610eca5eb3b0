import Failure

/// What a call ends with; nil where it ends well, or with something that has no exit code.
func refusal(_ body: () throws -> Void) -> (any ExitCoded)? {
    do { try body() } catch { return error as? any ExitCoded }
    return nil
}
