import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { Frame } from "../../src/Decoder.js"
import { textOf } from "../../src/internal/decoder/frame.js"
import { type Settle, WebSocketRouter } from "../../src/internal/webSocketApi/router.js"

const make = () => {
  const sent: Array<{ readonly id: number; readonly method: string; readonly params?: object }> = []
  const router = new WebSocketRouter({
    send: (text) => {
      sent.push(JSON.parse(text))
      return true
    },
    capacity: 10,
    onAnswer: () => {}
  })
  return { router, sent }
}

const subscribe = "userDataStream.subscribe.listenToken"
const ignore: Settle = () => {}

describe("WebSocketRouter", () => {
  it("a subscription that began, but whose caller went away before it could know, is ended", () => {
    const { router, sent } = make()
    const giveUp = router.request(subscribe, {}, () => {}, ignore)
    router.receive('{"id":1,"status":200,"result":{"subscriptionId":9}}')
    giveUp()
    assert.deepStrictEqual(sent[1], { id: 2, method: "userDataStream.unsubscribe", params: { subscriptionId: 9 } })
  })

  it("the same for a renewal leaves the subscription", () => {
    const { router, sent } = make()
    const seen: Array<string> = []
    const handler = (frame: Frame) => seen.push(textOf(frame))
    router.request(subscribe, {}, handler, ignore)
    router.receive('{"id":1,"status":200,"result":{"subscriptionId":9}}')
    const giveUp = router.request(subscribe, {}, handler, ignore)
    router.receive('{"id":2,"status":200,"result":{"subscriptionId":9}}')
    giveUp()
    router.receive('{"subscriptionId":9,"event":{}}')
    assert.deepStrictEqual([sent.length, seen.length], [2, 1])
  })

  it("events of subscriptions that nobody holds are not kept", () => {
    const { router } = make()
    router.request(subscribe, {}, () => {}, ignore)
    router.receive('{"id":1,"status":200,"result":{"subscriptionId":0}}')
    for (let time = 0; time < 20; time++) {
      router.receive('{"subscriptionId":1,"event":{}}')
    }
    const seen: Array<string> = []
    let outcome = ""
    router.request(
      subscribe,
      {},
      (frame) => seen.push(textOf(frame)),
      ({ _tag }) => {
        outcome = _tag
      }
    )
    router.receive('{"id":2,"status":200,"result":{"subscriptionId":1}}')
    assert.deepStrictEqual([outcome, seen], ["Right", []])
  })

  it("what concerns every subscription reaches one that is just being made, and no handler twice", () => {
    const { router } = make()
    const seen: Array<string> = []
    const old = () => seen.push("old")
    router.request(subscribe, {}, old, ignore)
    router.receive('{"id":1,"status":200,"result":{"subscriptionId":0}}')
    router.request(subscribe, {}, old, ignore)
    router.request(subscribe, {}, () => seen.push("new"), ignore)
    router.receive('{"event":{"e":"serverShutdown","E":1}}')
    router.receive('{"id":2,"status":200,"result":{"subscriptionId":1}}')
    router.receive('{"id":3,"status":200,"result":{"subscriptionId":2}}')
    assert.deepStrictEqual(seen, ["old", "new"])
  })

  it("the answer to an unsubscribe ends no subscription that comes behind it under the same id", () => {
    const { router } = make()
    const seen: Array<string> = []
    router.request(subscribe, {}, () => seen.push("old"), ignore)
    router.receive('{"id":1,"status":200,"result":{"subscriptionId":9}}')
    router.request("userDataStream.unsubscribe", { subscriptionId: 9 }, undefined, ignore)
    router.request(subscribe, {}, () => seen.push("new"), ignore)
    router.receive('{"id":2,"status":200,"result":{}}')
    router.receive('{"subscriptionId":9,"event":{}}')
    router.receive('{"id":3,"status":200,"result":{"subscriptionId":9}}')
    assert.deepStrictEqual(seen, ["new"])
  })

  it("a refused unsubscribe ends nothing", () => {
    const { router } = make()
    const seen: Array<string> = []
    router.request(subscribe, {}, () => seen.push("event"), ignore)
    router.receive('{"id":1,"status":200,"result":{"subscriptionId":9}}')
    router.request("userDataStream.unsubscribe", {}, undefined, ignore)
    router.receive('{"id":2,"status":429,"error":{"code":-1003,"msg":""}}')
    router.receive('{"subscriptionId":9,"event":{}}')
    assert.deepStrictEqual(seen, ["event"])
  })

  it("what a server may send never throws", () => {
    const json = FastCheck.json()
    const mutated = FastCheck.tuple(
      FastCheck.constantFrom(
        '{"subscriptionId":0,"event":{"e":"x"}}',
        '{"id":1,"status":200,"result":{"subscriptionId":0},"rateLimits":[]}',
        '{"id":null,"status":401,"error":{"code":-2015,"msg":"x"}}',
        '{"id":1,"status":400,"error":{"code":-1,"msg":"x","data":{"serverTime":1}}}'
      ),
      FastCheck.nat(70),
      FastCheck.nat(70),
      FastCheck.string({ maxLength: 4 })
    ).map(([text, from, to, insert]) => text.slice(0, from) + insert + text.slice(to))
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.oneof(json, mutated, FastCheck.string())), (texts) => {
        const { router } = make()
        router.request(subscribe, {}, () => {}, ignore)
        for (const text of [...texts, "[".repeat(100_000)]) {
          router.receive(text)
        }
      })
    )
  })
})
