import Synchronization
import Testing

@testable import Hallkeeper

@Suite struct HubTests {
    @Test func `what is carried to other processes goes as short a way the thousandth time as the first`() {
        let hub = Hub()
        let depths = Mutex<[UInt]>([])
        hub.carry { _ in
            // How far down the stack whoever carries is called.
            var here = 0
            depths.withLock { $0.append(withUnsafePointer(to: &here) { UInt(bitPattern: $0) }) }
        }
        for _ in 0..<1000 { hub.publish("board:x") }
        let found = depths.withLock { $0 }
        #expect(found.count == 1000)
        #expect(found.last == found.first)
    }
}
