// What TypeDoc does not do by itself: modules have the comment at the head of their file, the type of a schema has the
// comment of the schema, and every export has a description and a version.
import { Application, Comment, Converter, ReflectionKind } from "typedoc"

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
  const [, text, tags] = /^([\s\S]*?)((?:^@[\s\S]*)?)$/m.exec(head)
  const comment = new Comment([{ kind: "text", text: text.trim() }])
  const since = /^@since (.+)$/m.exec(tags || head)
  if (since !== null) {
    comment.blockTags.push({ tag: "@since", content: [{ kind: "text", text: since[1] }] })
  }
  return comment
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
    }
    for (const type of context.project.getReflectionsByKind(ReflectionKind.Interface | ReflectionKind.TypeAlias)) {
      type.comment ??= type.parent.children
        ?.find(({ kind, name }) => kind === ReflectionKind.Variable && name === type.name)
        ?.comment?.clone()
    }
  })
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
