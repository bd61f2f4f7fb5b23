import type { ListenKey } from "../credentials.js"
import type { Peer } from "../peer.js"
import { familyOf } from "../products.js"
import type { World } from "../world.js"
import type * as Fault from "./model.js"

const defaultAccount = "default"

const each = (world: World, sockets: Fault.Sockets, action: (peer: Peer) => void): number => {
  const matching = world.matching(sockets)
  matching.forEach(action)
  return matching.length
}

/** Ends subscriptions, and tells how many. */
const terminate = (world: World, sockets: Fault.Sockets, end: (peer: Peer) => number): number =>
  world.matching(sockets).reduce((count, peer) => count + end(peer), 0)

const withKey = (world: World, owner: Fault.Owner, action: (key: ListenKey) => void): number => {
  const account = owner.account ?? defaultAccount
  const active = world.keys.active({ family: familyOf(owner.product), account, symbol: owner.symbol })
  if (active === undefined) {
    return 0
  }
  action(active)
  return 1
}

type Of<Tag extends Fault.Fault["_tag"]> = Extract<Fault.Fault, { readonly _tag: Tag }>

const onSockets = (
  world: World,
  fault: Of<"Close" | "Cut" | "HalfOpen" | "Stall" | "Ignore" | "Stop" | "Resume" | "UnknownEvent" | "ServerShutdown">
): number => {
  switch (fault._tag) {
    case "Close":
      return each(world, fault.sockets, (peer) => peer.close(fault.code, fault.reason))
    case "Cut":
      return each(world, fault.sockets, (peer) => peer.cut())
    case "HalfOpen":
      return each(world, fault.sockets, (peer) => peer.halfOpen())
    case "Stall":
      return each(world, fault.sockets, (peer) => peer.stall(fault.for))
    case "Ignore":
      return each(world, fault.sockets, (peer) => {
        peer.isIgnoring = true
      })
    case "Stop":
    case "Resume":
      return each(world, fault.sockets, (peer) => {
        peer.isStopped = fault._tag === "Stop"
      })
    case "UnknownEvent":
      return each(world, fault.sockets, (peer) =>
        peer.pushUnknown(`{"e":"somethingNew","E":${world.serverTime()},"z":[${world.integer(1000)}]}`)
      )
    case "ServerShutdown":
      return each(world, fault.sockets, (peer) => peer.announceShutdown())
  }
}

const onCredentials = (
  world: World,
  fault: Of<"ExpireListenKey" | "DeleteListenKey" | "RotateListenKey" | "ExpireListenTokens">
): number => {
  switch (fault._tag) {
    case "ExpireListenKey":
      return withKey(world, fault.owner, (active) => world.keys.expire(active))
    case "DeleteListenKey":
      return withKey(world, fault.owner, (active) => world.keys.close(active))
    case "RotateListenKey":
      return withKey(world, fault.owner, (active) => {
        world.keys.close(active)
        world.keys.create(active.owner)
      })
    case "ExpireListenTokens": {
      const account = fault.owner.account ?? defaultAccount
      world.tokens.expire(account, fault.owner.symbol)
      return terminate(world, {}, (peer) => peer.terminateTokens(account, fault.owner.symbol))
    }
  }
}

/**
 * Makes something go wrong, and tells how many sockets, keys or subscriptions it hit at once.
 */
export const inject = (world: World, fault: Fault.Fault): number => {
  switch (fault._tag) {
    case "Request":
    case "Connect":
    case "Frame":
    case "DelayFrames":
      world.faults.add(fault)
      return 0
    case "EventStreamTerminated":
      return terminate(world, fault.sockets, (peer) => peer.terminateMatching(fault.sockets))
    case "ExpireListenKey":
    case "DeleteListenKey":
    case "RotateListenKey":
    case "ExpireListenTokens":
      return onCredentials(world, fault)
    case "RevokeApiKey":
      world.accounts.revoke(fault.apiKey)
      return 0
    case "HoldTriggers":
      world.exchange.triggers.hold()
      return 0
    case "ReleaseTriggers":
      world.exchange.triggers.release()
      return 0
    case "LateAlgoUpdates":
      world.exchange.triggers.updateDelay = fault.by
      return 0
    case "ClockSkew":
      world.skew = fault.by
      return 0
    case "Clear":
      world.faults.clear()
      world.exchange.triggers.release()
      world.exchange.triggers.updateDelay = 0
      world.skew = 0
      return 0
    default:
      return onSockets(world, fault)
  }
}
