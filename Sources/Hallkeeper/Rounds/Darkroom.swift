import Foundation

/// Where photos are made small: on threads of its own, at most one for every two cores at a time, so that fifty halls
/// sending at once neither starve pages nor hold fifty decoded pictures in memory.
final class Darkroom: Sendable {
    private let benches: OperationQueue

    init() {
        benches = OperationQueue()
        benches.maxConcurrentOperationCount = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
    }

    /// A picture fit to be kept, as a JPEG; refuses what `Photo.shrink` refuses.
    func shrink(_ bytes: [UInt8], to side: Int = Photo.longestSide) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { waiting in
            benches.addOperation { waiting.resume(with: Result { try Photo.shrink(bytes, to: side).jpeg }) }
        }
    }
}
