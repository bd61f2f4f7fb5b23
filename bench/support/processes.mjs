import { fork } from "node:child_process"

const running = new Set()

/** Ends every process that is still there. */
export const killAll = () => {
  for (const child of running) {
    child.kill("SIGKILL")
  }
}

/** How long a command may take, in ms: longer than anything that is measured here. */
const patience = 120_000

const describe = ({ code, signal, stderr }) => `ended with ${signal ?? code}${stderr === "" ? "" : `: ${stderr}`}`

/**
 * Starts a process that obeys commands. Each is answered or refused; the end of the process, and silence, refuse what is
 * open.
 */
export const start = (url, { execArgv = [], execPath = process.execPath } = {}) => {
  const child = fork(url, [], {
    execArgv,
    execPath,
    // Ours and nobody else's: a client that reads the environment should find nothing there.
    env: { PATH: process.env.PATH, LOG_LEVEL: "error", NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "pipe", "ipc"]
  })
  running.add(child)
  const open = new Map()
  const ended = { code: undefined, signal: undefined, stderr: "" }
  let nextId = 0

  const refuseAll = (error) => {
    for (const { reject } of open.values()) {
      reject(error)
    }
    open.clear()
  }

  child.stderr.setEncoding("utf8")
  child.stderr.on("data", (text) => {
    ended.stderr = (ended.stderr + text).slice(-4000)
  })
  child.on("error", refuseAll)
  child.on("message", ({ error, id, result }) => {
    const waiting = open.get(id)
    open.delete(id)
    if (error === undefined) {
      waiting?.resolve(result)
    } else {
      waiting?.reject(new Error(error))
    }
  })
  let fail
  const failed = new Promise((_, reject) => {
    fail = reject
  })
  failed.catch(() => undefined)
  const closed = new Promise((resolve) => {
    child.on("close", (code, signal) => {
      running.delete(child)
      Object.assign(ended, { code, signal })
      const error = new Error(`${url.pathname.split("/").at(-1)} ${describe(ended)}`)
      refuseAll(error)
      fail(error)
      resolve()
    })
  })

  const ask = (command, options) =>
    new Promise((resolve, reject) => {
      if (!running.has(child)) {
        reject(new Error(describe(ended)))
        return
      }
      const id = nextId++
      const timer = setTimeout(() => {
        open.delete(id)
        reject(new Error(`${command} was not answered within ${patience / 1000} s`))
      }, patience)
      const settle = (done) => (value) => {
        clearTimeout(timer)
        done(value)
      }
      open.set(id, { resolve: settle(resolve), reject: settle(reject) })
      child.send({ id, command, options })
    })

  const stop = () => {
    child.kill("SIGKILL")
    return closed
  }

  /** What is asked of another process for the sake of this one, which is of no use once this one has ended. */
  const whileRunning = (promise) => Promise.race([promise, failed])

  return { ask, stop, whileRunning }
}
