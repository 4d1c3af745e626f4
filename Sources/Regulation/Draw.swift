/// Draws points at random from a seed that is written down: the same seed draws the same points, for anybody who checks.
package enum Draw {
    /// `count` of the points, in the order they came; all of them when there are no more. The i-th step (from 0) takes one
    /// of those that are left: the i-th number of SplitMix64 from the seed, as a remainder by how many are left.
    package static func points(_ count: Int, of points: [String], seed: UInt64) -> [String] {
        var state = seed
        var left = Array(points.indices)
        var drawn: Set<Int> = []
        while drawn.count < count, !left.isEmpty {
            drawn.insert(left.remove(at: Int(next(&state) % UInt64(left.count))))
        }
        return points.indices.filter(drawn.contains).map { points[$0] }
    }

    /// SplitMix64, the next number.
    private static func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
