// What TypeDoc does not do by itself: modules have the comment at the head of their file and the line that imports them,
// guides have their titles, the type of a schema has the comment of the schema, and every export has a description and a
// version.
import { Application, Comment, Converter, ReflectionFlag, ReflectionKind } from "typedoc"

const documented =
  ReflectionKind.Namespace |
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable |
  ReflectionKind.Function

const hasText = (comment) => comment?.summary.some(({ text }) => text.trim() !== "") === true

const headOf = (file) => {
  const head = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(file.text)?.[1].replace(/^ \* ?/gm, "") ?? ""
  const tags = head.slice(head.search(/^@/m))
  const text = head.slice(0, head.length - tags.length)
  const comment = new Comment([{ kind: "text", text: text.trim() }])
  const since = /^@since (.+)$/m.exec(tags)
  if (since !== null) {
    comment.blockTags.push({ tag: "@since", content: [{ kind: "text", text: since[1] }] })
  }
  return comment
}

const packageOf = (entryPoint) =>
  entryPoint.name === "index"
    ? "effect-binance-user-data"
    : `effect-binance-user-data/${entryPoint.name.replace(/\/index$/, "")}`

/** The modules of the package: not the namespaces in them, which have the types of a service. */
const isModule = (reflection) => reflection.parent?.kindOf(ReflectionKind.Module) === true

const importOf = ({ name, parent }) => ({
  kind: "code",
  text: `\`\`\`ts\nimport { ${name} } from "${packageOf(parent)}"\n\`\`\``
})

/** The fields of a schema are those of its type, as a reader sees it: what TypeScript makes the one of the other with is of no use. */
const fromSchema = /^(?:Schema\.Schema\.Type\b|tagged<)/

const forgetSchema = (reflection) => {
  if (fromSchema.test(reflection.inheritedFrom?.name ?? "")) {
    delete reflection.inheritedFrom
    reflection.setFlag(ReflectionFlag.Inherited, false)
    delete reflection.defaultValue
  }
  if (reflection.extendedTypes?.some((type) => /^Type</.test(type.toString()))) {
    delete reflection.extendedTypes
    delete reflection.typeHierarchy
  }
}

const commentsOf = (reflection) =>
  reflection.signatures?.length > 0
    ? reflection.signatures.map((signature) => signature.comment ?? reflection.comment)
    : [reflection.comment]

/** @param {import("typedoc").Application} app */
export const load = (app) => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const reflection of context.project.getReflectionsByKind(ReflectionKind.Namespace)) {
      const file = context
        .getSymbolFromReflection(reflection)
        ?.declarations?.find((declaration) => declaration.fileName !== undefined)
      if (file !== undefined && !hasText(reflection.comment)) {
        reflection.comment = headOf(file)
      }
      if (isModule(reflection)) {
        reflection.comment?.summary.push({ kind: "text", text: "\n\n" }, importOf(reflection))
      }
    }
    for (const type of context.project.getReflectionsByKind(ReflectionKind.Interface | ReflectionKind.TypeAlias)) {
      type.comment ??= type.parent.children
        ?.find(({ kind, name }) => kind === ReflectionKind.Variable && name === type.name)
        ?.comment?.clone()
    }
  })
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      for (const reflection of Object.values(project.reflections)) {
        forgetSchema(reflection)
        if (reflection.isDocument()) {
          reflection.name = /^# (.+)$/m.exec(Comment.combineDisplayParts(reflection.content))?.[1] ?? reflection.name
        }
      }
    },
    -1000
  )
  app.on(Application.EVENT_VALIDATE_PROJECT, (project) => {
    for (const reflection of project.getReflectionsByKind(documented)) {
      if (reflection.flags.isExternal || reflection.isReference()) {
        continue
      }
      for (const comment of commentsOf(reflection)) {
        const lacking = [
          ...(hasText(comment) ? [] : ["description"]),
          ...(comment?.getTag("@since") === undefined ? ["@since"] : [])
        ]
        if (lacking.length > 0) {
          app.logger.validationWarning(`${reflection.getFriendlyFullName()} has no ${lacking.join(" and no ")}`)
        }
      }
    }
  })
}
