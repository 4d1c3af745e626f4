import Foundation
import Logging
import Synchronization

/// The log: one line an event to standard error, written in one piece.
/// `2026-11-23T09:00:00+0800 info hallkeeper: id=… ms=3 [Hallkeeper] request`
struct LineLog: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// The second that was written last, and how it is written.
    private static let second = Mutex<(at: time_t, text: String)>((-1, ""))

    private static func stamp() -> String {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return second.withLock { second in
            if second.at != moment.tv_sec {
                var at = moment.tv_sec
                var parts = tm()
                localtime_r(&at, &parts)
                var text = [CChar](repeating: 0, count: 40)
                let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S%z", &parts)
                second = (moment.tv_sec, String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self))
            }
            return second.text
        }
    }

    func log(event: LogEvent) {
        let (level, message, metadata, source) = (event.level, event.message, event.metadata, event.source)
        var text = Self.stamp()
        text += " "
        text += level.rawValue
        text += " "
        text += label
        text += ":"
        let all = self.metadata.isEmpty ? metadata ?? [:] : self.metadata.merging(metadata ?? [:]) { $1 }
        for key in all.keys.sorted() {
            text += " "
            text += key
            text += "="
            // A value that is put together by others must not begin a line of its own.
            let value = all[key].map { "\($0)" } ?? ""
            text += value.utf8.contains(where: { $0 < 0x20 }) ? value.map { $0.isNewline ? " " : String($0) }.joined() : value
        }
        text += " ["
        text += source
        text += "] "
        text += message.description
        text += "\n"
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = write(STDERR_FILENO, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
