/** Answers the commands of the controller, one at a time, and ends with it. */
export const obey = (handlers) => {
  process.on("disconnect", () => process.exit(0))
  process.on("message", async ({ id, command, options }) => {
    try {
      process.send({ id, result: await handlers[command](options) })
    } catch (error) {
      process.send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
}
