import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import * as Process from "./process.js"

const run = (extra?: { readonly [name: string]: string }) => {
  const dashboard = Process.run(extra)
  onTestFinished(() => {
    dashboard.kill()
  })
  return dashboard
}

describe("examples/dashboard/server.ts", { timeout: 60_000 }, () => {
  it("tells its address, and closes everything on Ctrl-C, while a browser is there", async () => {
    const dashboard = run()
    const address = await dashboard.address
    const events = await fetch(`${address}/events`)
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ""
    // A key to close, and a socket.
    while (!text.includes('"phase":"Live"')) {
      text += (await reader.read()).value
    }
    dashboard.interrupt()
    const { code, errors } = await dashboard.ended
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
    await expect(
      (async () => {
        for (let end = false; !end; ) {
          end = (await reader.read()).done
        }
      })()
    ).rejects.toThrow()
    await expect(fetch(address)).rejects.toThrow()
  })

  it("says in one line when the port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    onTestFinished(() => {
      server.close()
    })
    await new Promise((resolve) => server.once("listening", resolve))
    const { port } = server.address() as AddressInfo
    const { code, errors } = await run({ PORT: String(port) }).ended
    expect(code).toBe(1)
    expect(errors.trim()).toMatch(new RegExp(`^Cannot listen on port ${port} \\(.*EADDRINUSE.*\\)\\. Set PORT .*$`))
  })

  it("says in one line when the port is none", async () => {
    const { code, errors } = await run({ PORT: "70000" }).ended
    expect(code).toBe(1)
    expect(errors.trim()).toMatch(/^PORT: .+$/)
  })
})
