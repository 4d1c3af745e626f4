import PackagePlugin
import Foundation

/// Turns the style sheet, scripts, words and migrations beside the sources into string literals, so that one binary is all there is to deploy.
@main
struct EmbedAssets: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
        let root = target.directoryURL
        let folders = ["Assets", "Words", "Migrations"].map { root.appending(path: $0) }
            + [context.package.directoryURL.appending(path: "calendars/cn")]
        let inputs = folders.flatMap { (try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)) ?? [] }
            .filter { ["css", "js", "svg", "yaml", "sql"].contains($0.pathExtension) }.sorted { $0.path < $1.path }
        let output = context.pluginWorkDirectoryURL.appending(path: "Embedded.swift")
        return [
            .buildCommand(
                displayName: "Embed \(inputs.count) files",
                executable: try context.tool(named: "embed").url,
                arguments: [output.path] + inputs.map(\.path),
                inputFiles: inputs, outputFiles: [output])
        ]
    }
}
