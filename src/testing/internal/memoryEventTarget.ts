type Listener = ((event: unknown) => void) | { readonly handleEvent: (event: unknown) => void }
type Handler = ((event: unknown) => void) | null

/**
 * The events of a WebSocket. `EventTarget` wants instances of `Event`, and Node 20 has no `CloseEvent`.
 */
export class MemoryEventTarget {
  onopen: Handler = null
  onmessage: Handler = null
  onerror: Handler = null
  onclose: Handler = null

  private readonly listeners = new Map<string, Map<Listener, boolean>>()

  addEventListener(type: string, listener: Listener | null, options?: boolean | { readonly once?: boolean }) {
    if (listener === null) {
      return
    }
    const once = typeof options === "object" && options.once === true
    const listeners = this.listeners.get(type)
    if (listeners === undefined) {
      this.listeners.set(type, new Map([[listener, once]]))
    } else {
      listeners.set(listener, once)
    }
  }

  removeEventListener(type: string, listener: Listener | null) {
    if (listener !== null) {
      this.listeners.get(type)?.delete(listener)
    }
  }

  dispatchEvent(event: { readonly type: string }): boolean {
    const handler = this[`on${event.type}` as "onopen"]
    handler?.call(this, event)
    const listeners = this.listeners.get(event.type)
    if (listeners !== undefined) {
      for (const [listener, once] of Array.from(listeners)) {
        if (once) {
          listeners.delete(listener)
        }
        if (typeof listener === "function") {
          listener.call(this, event)
        } else {
          listener.handleEvent(event)
        }
      }
    }
    return true
  }
}
