// Asks Effect's language service about each file of the library, and fails if it finds anything, or no file. Its own
// command reads the tests as well, which takes twice as long, and passes where it has checked nothing.
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const plugin = createRequire(import.meta.url)("@effect/language-service/index.js")

const root = fileURLToPath(new URL("..", import.meta.url))
const { config } = ts.readConfigFile(`${root}tsconfig.build.json`, ts.sys.readFile)
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
const program = ts.createProgram(fileNames, options)

const { getSemanticDiagnostics } = plugin({ typescript: ts }).create({
  config: {},
  project: { log: () => {} },
  // `npm run check` has what TypeScript finds by itself.
  languageService: { getProgram: () => program, getSemanticDiagnostics: () => [] }
})

const files = fileNames.filter((file) => program.getSourceFile(file) !== undefined)
const found = files
  .flatMap(getSemanticDiagnostics)
  .filter(({ category }) => category === ts.DiagnosticCategory.Error || category === ts.DiagnosticCategory.Warning)

const host = { getCanonicalFileName: (file) => file, getCurrentDirectory: () => root, getNewLine: () => "\n" }
process.stdout.write(`${ts.formatDiagnostics(found, host)}${files.length} files checked, ${found.length} problems\n`)
process.exitCode = files.length > 0 && files.length === fileNames.length && found.length === 0 ? 0 : 1
