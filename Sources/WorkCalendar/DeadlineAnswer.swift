import Foundation

/// The answer to a question to the deadline engine.
package struct DeadlineAnswer: Hashable, Sendable {
    /// What was asked for: an instant, or a number of minutes.
    package enum Result: Hashable, Sendable {
        /// The last instant that is still on time.
        case due(Instant)
        /// Open minutes.
        case minutes(Int)
    }

    /// The answer itself.
    package let result: Result
    /// The zone it is shown in.
    package let zone: Zone
    /// Whether it may change when a notice is loaded.
    package let provisional: Bool
    /// Why, one line a step.
    package let reasons: [Text]

    init(result: Result, zone: Zone, deadline: Deadline) {
        self.result = result
        self.zone = zone
        provisional = deadline.provisional
        reasons = deadline.reasons
    }

    /// The answer as the case files write it: `2026-03-04T17:30+08:00`, or a number of minutes.
    package var text: String {
        switch result {
        case .due(let instant): zone.text(instant)
        case .minutes(let minutes): "\(minutes)"
        }
    }

    /// The answer as JSON on one line: `due` or `minutes`, `provisional`, `zone`, `reasons` in both languages.
    package var json: String {
        var form = Form(provisional: provisional, reasons: reasons, zone: zone.id)
        switch result {
        case .due(let instant):
            form.due = zone.text(instant)
            form.dueMs = instant.ms
        case .minutes(let minutes):
            form.minutes = minutes
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, numbers and a flag: there is nothing here that cannot be encoded.
        guard let data = try? encoder.encode(form) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    private struct Form: Encodable {
        var due: String?
        var dueMs: Int64?
        var minutes: Int?
        var provisional: Bool
        var reasons: [Text]
        var zone: String
    }
}
