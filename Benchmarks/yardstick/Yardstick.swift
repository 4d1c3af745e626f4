import Foundation
import Hallkeeper

/// What Benchmarks/run.py calls: makes worlds, runs the bare programs, measures what needs no browser.
@main
struct YardstickCommand {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        func number(_ position: Int) -> Int { position < words.count ? Int(words[position]) ?? 0 : 0 }
        guard words.count >= 2 else { return print("world DIR DUTIES OPEN | bare DIR PORT | plan DIR HALLS | sweep DIR OPEN | disk DIR") }
        switch words[0] {
        case "world": print(try await Yardstick.world(words[1], duties: number(2), open: number(3)))
        case "bare": try await Yardstick.bare(words[1], port: number(2))
        case "plan": print(try await Yardstick.plan(words[1], halls: number(2)))
        case "sweep": print(try await Yardstick.sweep(words[1], open: number(2)))
        case "disk": print(try Yardstick.disk(words[1]))
        default: print("unknown: \(words[0])")
        }
    }
}
