import Store
import Synchronization

/// What the program counts of itself, and the text in which Prometheus reads it. Labels name routes by their pattern,
/// never by their address: no number of anybody's case ends up in a monitoring system.
final class Metrics: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    /// One thing measured: its name, what it says, and for a histogram the upper edges of its buckets.
    struct Measure: Sendable, Hashable {
        let name: String
        let kind: Kind
        let about: String
        var edges: [Double] = []

        static func == (a: Measure, b: Measure) -> Bool { a.name == b.name }
        func hash(into hasher: inout Hasher) { hasher.combine(name) }

        private static let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        static let requests = Measure(
            name: "hallkeeper_request_seconds", kind: .histogram, about: "Requests by route, method and status, with their duration.", edges: seconds)
        static let acts = Measure(
            name: "hallkeeper_act_seconds", kind: .histogram, about: "Acts by who acted, until durable.", edges: seconds)
        static let batches = Measure(
            name: "hallkeeper_commit_acts", kind: .histogram, about: "Writes committed together.", edges: [1, 2, 4, 8, 16, 32, 64, 128, 256])
        static let refusals = Measure(name: "hallkeeper_acts_refused_total", kind: .counter, about: "Acts that were refused or failed.")
        static let slow = Measure(name: "hallkeeper_slow_statements_total", kind: .counter, about: "Statements slower than the threshold.")
    }

    private struct Series: Hashable {
        let measure: Measure
        let labels: String
    }
    private struct Histogram {
        var counts: [Int]
        var sum: Double

        mutating func add(_ value: Double, _ slot: Int) {
            counts[slot] += 1
            sum += value
        }
    }
    private struct Kept {
        var values: [Series: Double] = [:]
        var histograms: [Series: Histogram] = [:]
    }
    private let kept = Mutex(Kept())

    /// One more. `labels` as they are written: `route="/today",method="GET"`.
    func count(_ measure: Measure, _ labels: String = "", by step: Double = 1) {
        kept.withLock { $0.values[Series(measure: measure, labels: labels), default: 0] += step }
    }

    /// One value of a distribution.
    func observe(_ measure: Measure, _ labels: String = "", _ value: Double) {
        let slot = measure.edges.firstIndex { value <= $0 } ?? measure.edges.count
        kept.withLock { kept in
            kept.histograms[Series(measure: measure, labels: labels), default: Histogram(counts: Array(repeating: 0, count: measure.edges.count + 1), sum: 0)]
                .add(value, slot)
        }
    }

    /// Everything counted, in Prometheus's text form, in a fixed order.
    var text: String {
        let kept = kept.withLock { $0 }
        let series = (Array(kept.values.keys) + Array(kept.histograms.keys)).sorted { ($0.measure.name, $0.labels) < ($1.measure.name, $1.labels) }
        var out = ""
        var last = ""
        for one in series {
            if one.measure.name != last { out += Self.head(one.measure) }
            last = one.measure.name
            if let value = kept.values[one] { out += Self.line(one.measure.name, one.labels, value) }
            guard let histogram = kept.histograms[one] else { continue }
            var total = 0
            for (index, count) in histogram.counts.enumerated() {
                total += count
                let edge = index < one.measure.edges.count ? Self.number(one.measure.edges[index]) : "+Inf"
                out += Self.line(one.measure.name + "_bucket", one.labels + (one.labels.isEmpty ? "" : ",") + "le=\"\(edge)\"", Double(total))
            }
            out += Self.line(one.measure.name + "_sum", one.labels, histogram.sum) + Self.line(one.measure.name + "_count", one.labels, Double(total))
        }
        return out
    }

    static func head(_ measure: Measure) -> String { "# HELP \(measure.name) \(measure.about)\n# TYPE \(measure.name) \(measure.kind.rawValue)\n" }

    static func line(_ name: String, _ labels: String, _ value: Double) -> String {
        "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}

extension Metrics {
    /// What the store tells: sizes of commits, statements that were slow.
    func storeWatch(
        slowAfter: Duration, stopped: @escaping @Sendable (String) -> Void = { _ in }, say: @escaping @Sendable (String, Duration) -> Void
    ) -> StoreWatch {
        StoreWatch(
            slowAfter: slowAfter,
            committed: { [self] count in observe(.batches, "", Double(count)) },
            wasSlow: { [self] statement, time in
                count(.slow)
                say(statement, time)
            }, stopped: stopped)
    }
}

extension Duration {
    /// As a number of seconds, for measurements only.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var inMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
