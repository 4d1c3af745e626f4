/// The word somebody may have meant.
package enum NearestWord {
    /// The nearest of the valid words, when one is near enough to have been meant; the first of equals.
    package static func of(_ word: String, among valid: some Sequence<String>) -> String? {
        let asked = Array(word.lowercased())
        guard !asked.isEmpty, asked.count <= 80 else { return nil }
        let most = max(1, asked.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in valid where candidate != word {
            let letters = Array(candidate.lowercased())
            guard abs(letters.count - asked.count) <= most, letters.count <= 120 else { continue }
            let far = distance(asked, letters)
            if far <= most, far < best?.distance ?? .max { best = (candidate, far) }
        }
        return best?.word
    }

    /// How many letters must be put in, taken out, replaced or swapped with their neighbour.
    static func distance(_ a: [Character], _ b: [Character]) -> Int {
        guard !a.isEmpty else { return b.count }
        guard !b.isEmpty else { return a.count }
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + Array(repeating: 0, count: b.count)
            for j in 1...b.count {
                let same = a[i - 1] == b[j - 1]
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], before[j - 2] + 1) }
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
