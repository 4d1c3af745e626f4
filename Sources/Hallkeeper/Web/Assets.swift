import Store

/// The style sheet and scripts, inside the binary, under addresses that change with their content.
enum Assets {
    static let route = Route("/assets/:hash/:name")
    private static let media = ["css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"]

    static let links: [String: String] = Dictionary(
        Embedded.files.filter { file in media.keys.contains { file.key.hasSuffix(".\($0)") } }.map {
            ($0.key, route.link(String(Hash.sha256(hex: $0.value).prefix(8)), $0.key))
        }, uniquingKeysWith: { first, _ in first })

    static func link(_ name: String) -> String { links[name] ?? "/assets/none/\(name)" }

    static let entry = Entry("GET", route, .anyone, group: .publicly) { visit in
        guard let text = Embedded.files[visit[1]], let type = media[String(visit[1].split(separator: ".").last ?? "")] else { throw Refusal.notFound }
        // An old page may ask for what a newer program no longer has: it gets today's, but must not keep it for ever.
        let isOwn = links[visit[1]] == route.link(visit[0], visit[1])
        let keeping = isOwn ? "public, max-age=31536000, immutable" : "no-cache"
        return Reply(headers: [("content-type", type), ("cache-control", keeping)], body: .bytes(Array(text.utf8)))
    }
}
