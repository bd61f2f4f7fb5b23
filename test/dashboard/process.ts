import * as Program from "../support/program.js"

/** Runs the dashboard as a user does. */
export const run = (extra: { readonly [name: string]: string } = {}) => {
  const program = Program.run("examples/dashboard/server.ts", [], { PORT: "0", ...extra })
  const address = program.line(/http:\/\/127\.0\.0\.1:\d+(?= \. Ctrl-C)/).then(([address]) => address)
  address.catch(() => undefined)
  return { ...program, address }
}
