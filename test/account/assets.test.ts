import { describe, expect, it } from "vitest"
import { empty } from "../../src/internal/account/book/book.js"
import type { Balance, Fill } from "../../src/internal/account/book/model.js"
import type { Recovered } from "../../src/internal/account/reconcile/model.js"
import { at, balance, epoch, er, live, oap, order, recover, refuse, totals, trade } from "../support/accountDriver.js"

// On spot, balances tell of fills that nothing names: where what is known does not sum up to the change of an asset.

const gap = { from: at(10), to: at(20) }

const spot = { gap, product: "Spot", now: at(30), symbols: ["BTCUSDT"] } as const

const held = (free: Readonly<Record<string, string>>) => live(empty(epoch), oap(1, free)).book

const balances = (totals: Readonly<Record<string, string>>) => (): ReadonlyArray<Balance> =>
  Object.entries(totals).map(([asset, total]) => balance(asset, total, 16))

/** What REST says of fills and orders; symbols without a fill do not exist, but for those that are named. */
const traded = (...fills: ReadonlyArray<Fill>) => {
  const of = (symbol: string | undefined) => fills.filter((fill) => fill.symbol === symbol)
  const rows = ({ symbol }: { readonly symbol: string | undefined }) =>
    of(symbol).length === 0 && symbol !== "BTCUSDT" ? refuse("-1121") : of(symbol)
  const filled = ({ orderId, quantity, side, symbol, time }: Fill) =>
    order(orderId, "FILLED", quantity, { symbol, side, quantity, updatedAt: time })
  return {
    TradesBetween: rows,
    TradesFrom: rows,
    Order: (asked: { readonly symbol: string; readonly orderId: string }) =>
      of(asked.symbol)
        .filter(({ orderId }) => orderId === asked.orderId)
        .map(filled)[0],
    Orders: ({ symbol }: { readonly symbol: string | undefined }) => of(symbol).map(filled)
  }
}

const said = (elements: ReadonlyArray<Recovered>) =>
  elements.map((element) =>
    element._tag === "RecoveredFill"
      ? `fill ${element.fill.symbol} ${element.fill.tradeId ?? "inferred"}`
      : element._tag === "Unrecovered"
        ? `${element.what} ${element.assets ?? element.symbol}`
        : element._tag
  )

const inBtc = (rest: Partial<Fill> = {}) => trade("1", "1", "1", 15, { symbol: "BTCUSDT", ...rest })

describe("a fill on a symbol that nothing names", () => {
  it("is found beside a fill whose fee was paid in its asset", () => {
    const { elements } = recover(
      { ...spot, book: held({ BTC: "1", USDT: "1000", BNB: "50" }) },
      {
        Balances: balances({ BTC: "2", USDT: "900", BNB: "59" }),
        ...traded(
          inBtc({ commission: "1", commissionAsset: "BNB" }),
          trade("7", "2", "10", 16, { symbol: "BNBUSDT", price: "9" })
        )
      }
    )
    expect(said(elements)).toEqual(["fill BTCUSDT 1", "RecoveredOrder", "fill BNBUSDT 7", "RecoveredOrder"])
  })

  it("is found where other symbols were traded in both of its assets", () => {
    const { elements } = recover(
      { ...spot, symbols: ["BTCUSDT", "ETHUSDT"], book: held({ BTC: "1", ETH: "1", USDT: "1000" }) },
      {
        Balances: balances({ BTC: "1.5", ETH: "7", USDT: "970" }),
        ...traded(
          inBtc(),
          trade("2", "2", "1", 15, { symbol: "ETHUSDT", price: "20" }),
          trade("3", "3", "5", 16, { symbol: "ETHBTC", price: "0.1" })
        )
      }
    )
    expect(said(elements).filter((text) => text.startsWith("fill"))).toEqual([
      "fill BTCUSDT 1",
      "fill ETHUSDT 2",
      "fill ETHBTC 3"
    ])
    expect(said(elements).filter((text) => text.startsWith("Balances"))).toEqual([])
  })
})

describe("an asset that changed, and no sum says why", () => {
  it("is named although the symbol of a fill ends like it", () => {
    const { elements } = recover(
      { ...spot, book: held({ BTC: "1", USDT: "100", T: "50" }) },
      { Balances: balances({ BTC: "2", USDT: "90", T: "40" }), ...traded(inBtc()) }
    )
    expect(said(elements)).toEqual(["fill BTCUSDT 1", "RecoveredOrder", "Balances T"])
  })

  it("is named although it was traded: there was a deposit as well", () => {
    const { asked, elements } = recover(
      { ...spot, book: held({ BTC: "1", USDT: "1000" }) },
      { Balances: balances({ BTC: "2", USDT: "5000" }), ...traded(inBtc()) }
    )
    expect(said(elements)).toEqual(["fill BTCUSDT 1", "RecoveredOrder", "Balances USDT"])
    // The other asset is explained, so no fill on a symbol of the two is missing.
    expect(asked.filter(({ _tag }) => _tag === "TradesBetween")).toHaveLength(1)
  })
})

describe("fills that explain a change", () => {
  const book = held({ BTC: "1", USDT: "1000", BNB: "5" })

  for (const [name, fill, after] of [
    ["bought, with a fee in what was bought", { commission: "0.001", commissionAsset: "BTC" }, ["1.999", "990", "5"]],
    [
      "sold, with a fee in what was received",
      { side: "SELL", commission: "0.01", commissionAsset: "USDT" },
      ["0", "1009.99", "5"]
    ],
    ["bought, with a fee in another asset", { commission: "0.5", commissionAsset: "BNB" }, ["2", "990", "4.5"]],
    ["bought for a value that is cut off", { quantity: "0.00001", price: "1.0001" }, ["1.00001", "999.99999000", "5"]]
  ] as const) {
    it(`${name}: nothing is said`, () => {
      const [BTC, USDT, BNB] = after
      const { elements } = recover(
        { ...spot, book },
        { Balances: balances({ BTC, USDT, BNB }), ...traded(inBtc(fill)) }
      )
      expect(said(elements)).toEqual(["fill BTCUSDT 1", "RecoveredOrder"])
    })
  }

  it("and one that is inferred: how much they moved is not known", () => {
    const { elements } = recover(
      { ...spot, book },
      {
        Balances: balances({ BTC: "3", USDT: "980", BNB: "5" }),
        TradesBetween: ({ symbol }) => (symbol === "BTCUSDT" ? [inBtc()] : refuse("-1121")),
        TradesOf: () => [inBtc()],
        Order: () => order("1", "FILLED", "2", { symbol: "BTCUSDT", quantity: "2", updatedAt: at(16) }),
        Orders: () => [order("1", "FILLED", "2", { symbol: "BTCUSDT", quantity: "2", updatedAt: at(16) })]
      }
    )
    expect(said(elements)).toEqual(["fill BTCUSDT 1", "fill BTCUSDT inferred", "RecoveredOrder"])
  })

  it("of assets that are not known: how much they moved is not known", () => {
    const { elements } = recover(
      { ...spot, book: held({ BTC: "1" }) },
      { Balances: balances({ BTC: "1.9" }), ...traded(inBtc()) }
    )
    expect(said(elements)).toEqual(["fill BTCUSDT 1", "RecoveredOrder"])
  })

  it("that a checkpoint knows by their id alone, before their balances: how much they moved is not known", () => {
    const filled = er({ s: "BTCUSDT", i: "1", x: "TRADE", X: "FILLED", T: 9, l: "1", z: "1", t: "1" })
    for (const known of [live(book, filled).book, live(book, oap(9, { USDT: "1000" }), filled).book]) {
      const { elements } = recover(
        { ...spot, book: known },
        { Balances: balances({ BTC: "2", USDT: "990", BNB: "5" }), TradesBetween: () => [], Orders: () => [] }
      )
      expect(said(elements)).toEqual([])
    }
  })
})

describe("a hole in a healthy stream", () => {
  const book = held({ BTC: "1", USDT: "1000", BNB: "5", ETH: "1" })
  const placed = er({ s: "BTCUSDT", i: "1", x: "NEW", X: "NEW", T: 2, q: "2" })
  const canceled = er({ s: "BTCUSDT", i: "1", x: "CANCELED", X: "CANCELED", T: 5, z: "1", q: "2" })
  const fee = { commission: "1", commissionAsset: "BNB" }
  const script = {
    ...traded(trade("1", "1", "1", 3, { symbol: "BTCUSDT", ...fee })),
    Order: () => order("1", "CANCELED", "1", { symbol: "BTCUSDT", quantity: "2", updatedAt: at(5) }),
    TradesOf: () => [trade("1", "1", "1", 3, { symbol: "BTCUSDT", ...fee })],
    Balances: () => [balance("BTC", "2", 5), balance("USDT", "980", 5), balance("BNB", "4", 5), balance("ETH", "2", 5)]
  }

  it("that hides a fill and its balances: they are read although another balance came since", () => {
    const { book: known, doubts } = live(book, placed, oap(4, { ETH: "2", USDT: "980" }), canceled)
    const r = recover({ book: known, kind: "Doubt", doubts, product: "Spot", now: at(6) }, script)
    expect([said(r.elements), totals(r.book)]).toEqual([["fill BTCUSDT 1"], ["BNB 4", "BTC 2", "ETH 2", "USDT 980"]])
  })

  it("that hides a fill, and not its balances: they are not read", () => {
    const { book: known, doubts } = live(book, placed, oap(3, { BTC: "2", USDT: "990", BNB: "4" }), canceled)
    const r = recover({ book: known, kind: "Doubt", doubts, product: "Spot", now: at(6) }, script)
    expect([said(r.elements), r.asked.map(({ _tag }) => _tag)]).toEqual([["fill BTCUSDT 1"], ["Order", "TradesOf"]])
  })
})
