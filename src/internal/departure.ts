import * as ParseResult from "effect/ParseResult"

/** Says where a value departs from its schema, without a value from it: it may be a credential. */
export const whereItDeparts = (error: ParseResult.ParseError): string =>
  ParseResult.ArrayFormatter.formatErrorSync(error)
    .map((issue) => `${issue._tag} at ${issue.path.length === 0 ? "the top" : issue.path.join(".")}`)
    .join(", ")
