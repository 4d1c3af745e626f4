import Foundation
import Store

/// One process a file: a lock of the operating system, freed by the holder's death, with the holder's number in it.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Refuses with `Fault(.held)`, naming the process that holds it.
    init(path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Fault(.disk, "cannot open \(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = pread(descriptor, &buffer, buffer.count, 0)
            Foundation.close(descriptor)
            let holder = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
            throw Fault(.held, "process \(holder.trimmingCharacters(in: .whitespacesAndNewlines))")
        }
        ftruncate(descriptor, 0)
        let pid = Array("\(getpid())\n".utf8)
        _ = pwrite(descriptor, pid, pid.count, 0)
    }

    func release() {
        flock(descriptor, LOCK_UN)
        Foundation.close(descriptor)
    }
}
