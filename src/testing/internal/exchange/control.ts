import * as Effect from "effect/Effect"
import * as Trading from "../../Trading.js"
import { Refusal, refuse } from "../refusal.js"
import {
  algoOrder,
  futuresBalance,
  futuresBook,
  futuresFill,
  futuresOrder,
  loan as loanOf,
  spotBalance,
  spotBook,
  spotFill,
  spotOrder
} from "./book.js"
import { type Decimal, decimal, isPositive, isZero, least, negate, plain } from "./decimal.js"
import type { Exchange } from "./exchange.js"
import { FuturesAccount } from "./futures/account.js"
import * as Algo from "./futures/algo.js"
import * as FuturesChange from "./futures/change.js"
import * as FuturesExecution from "./futures/execute.js"
import * as FuturesPlace from "./futures/place.js"
import { MarginAccount } from "./margin/account.js"
import * as MarginChange from "./margin/change.js"
import * as Market from "./market.js"
import { OptionsAccount } from "./options/account.js"
import * as Options from "./options/change.js"
import * as Negative from "./portfolio/negative.js"
import { SpotAccount } from "./spot/account.js"
import * as SpotChange from "./spot/change.js"
import * as SpotExecution from "./spot/execute.js"
import * as SpotLists from "./spot/lists.js"
import * as SpotPlace from "./spot/place.js"
import { changeBalance } from "./transfer.js"
import type * as Venue from "./venue.js"
import { transferType } from "./wallet.js"

const defaultAccount = "default"

const attempt = <A>(action: () => A): Effect.Effect<A, Trading.Refused> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(action())
    } catch (error) {
      if (error instanceof Refusal) {
        return Effect.fail(new Trading.Refused({ status: error.status, code: error.code, msg: error.msg }))
      }
      throw error
    }
  })

/** What says whose a request is. */
const notSent = ["product", "account", "isolatedSymbol", "unit"]

/** A request as REST would carry it. */
const parametersOf = (request: object): Venue.Parameters =>
  new Map(
    Object.entries(request).flatMap(([name, value]) =>
      value === undefined || notSent.includes(name) ? [] : [[name, String(value)] as const]
    )
  )

const accountOf = (exchange: Exchange, target: Trading.Account): SpotAccount | FuturesAccount => {
  const { account = defaultAccount, isolatedSymbol, product, unit = "UM" } = target
  switch (product) {
    case "Spot":
      return exchange.spot(account)
    case "Margin":
      return exchange.margin(account, isolatedSymbol)
    case "UsdFutures":
      return exchange.usdFutures(account)
    case "CoinFutures":
      return exchange.coinFutures(account)
    case "EuropeanOptions":
      return exchange.options(account)
    case "PortfolioMargin":
      return exchange.portfolio(account).parts[unit]
  }
}

const otherKind = (): never => refuse(400, -1130, "Data sent for parameter 'unit' is not valid.")

const marginOf = (exchange: Exchange, target: Trading.Account): MarginAccount => {
  const account = accountOf(exchange, target)
  return account instanceof MarginAccount ? account : otherKind()
}

const portfolioOf = (exchange: Exchange, product: "PortfolioMargin" | "PortfolioMarginPro", account: string) =>
  product === "PortfolioMargin" ? exchange.portfolio(account) : exchange.pro(account)

const futuresOf = (exchange: Exchange, target: Trading.Account): FuturesAccount => {
  const account = accountOf(exchange, target)
  return account instanceof FuturesAccount ? account : otherKind()
}

const unknownOrder = (): never => refuse(400, -2011, "Unknown order sent.")

const openSpot = (account: SpotAccount, { orderId }: Trading.OrderName) =>
  account.openOrders.get(BigInt(orderId)) ?? unknownOrder()

/** One that does not wait for another. */
const liveSpot = (account: SpotAccount, name: Trading.OrderName) => {
  const order = openSpot(account, name)
  return SpotExecution.isPending(order) ? unknownOrder() : order
}

const openFutures = (account: FuturesAccount, { orderId }: Trading.OrderName) =>
  account.openOrders.get(BigInt(orderId)) ?? unknownOrder()

/** Only spot is reached from outside: what other products get is a transfer to them. */
const passIn = (exchange: Exchange, target: Trading.Account, asset: string, change: Decimal) => {
  const account = accountOf(exchange, target)
  if (target.product === "Spot") {
    exchange.wallet(target.account ?? defaultAccount).pass(asset, change)
  } else {
    changeBalance(account, asset, change)
  }
  return account instanceof SpotAccount ? spotBalance(account, asset) : futuresBalance(account, asset)
}

/** What a control is given. */
type Given<Name extends keyof Trading.Trading> = Parameters<Trading.Trading[Name]>[0]

const partOf = (remaining: Decimal, quantity: string | undefined): Decimal => {
  const part = quantity === undefined ? remaining : least(decimal(quantity), remaining)
  return isPositive(part) ? part : refuse(400, -4003, "Quantity less than or equal to zero.")
}

const fill = (exchange: Exchange, order: Given<"fill">): Trading.Fill => {
  const isMaker = order.isTaker !== true
  const price = order.price === undefined ? undefined : decimal(order.price)
  const account = accountOf(exchange, order)
  if (account instanceof SpotAccount) {
    const open = liveSpot(account, order)
    const own = isZero(open.price) ? account.venue.prices.price(open.instrument.symbol) : open.price
    const part = partOf(SpotExecution.remaining(open), order.quantity)
    const trade = SpotExecution.fill(account, open, { quantity: part, price: price ?? own, isMaker })
    return trade === undefined
      ? refuse(400, -2010, "Account has insufficient balance for requested action.")
      : spotFill(trade)
  }
  const open = openFutures(account, order)
  const part = partOf(FuturesExecution.matchable(account, open), order.quantity)
  return futuresFill(FuturesExecution.fill(account, open, { quantity: part, price: price ?? open.price, isMaker }))
}

const amend = (exchange: Exchange, order: Given<"amend">): Trading.Order => {
  const { orderId, price, quantity, symbol } = order
  const account = accountOf(exchange, order)
  if (account instanceof SpotAccount) {
    return spotOrder(SpotChange.amend(account, parametersOf({ symbol, orderId, newQty: quantity })))
  }
  const { price: before, side } = openFutures(account, order)
  const after = price ?? plain(before)
  return futuresOrder(FuturesChange.amend(account, parametersOf({ symbol, orderId, side, quantity, price: after })))
}

const place = (exchange: Exchange, order: Trading.OrderRequest): Trading.Order => {
  const account = accountOf(exchange, order)
  const parameters = parametersOf(order)
  if (account instanceof MarginAccount) {
    return spotOrder(MarginChange.place(account, parameters))
  }
  if (account instanceof OptionsAccount) {
    return futuresOrder(Options.place(account, parameters))
  }
  return account instanceof SpotAccount
    ? spotOrder(SpotPlace.place(account, parameters))
    : futuresOrder(FuturesPlace.place(account, parameters))
}

const placeList = (account: SpotAccount, list: Trading.OrderListRequest) => {
  const parameters = parametersOf(list)
  if (!("workingType" in list)) {
    return SpotLists.placeOco(account, parameters)
  }
  return "pendingType" in list ? SpotLists.placeOtoOne(account, parameters) : SpotLists.placeOtoco(account, parameters)
}

const orderControls = (exchange: Exchange) => ({
  placeOrder: (order: Trading.OrderRequest) => attempt(() => place(exchange, order)),
  placeAlgoOrder: (order: Trading.AlgoOrderRequest) =>
    attempt(() =>
      algoOrder(Algo.placeAlgo(futuresOf(exchange, order), parametersOf({ algoType: "CONDITIONAL", ...order })))
    ),
  placeOrderList: (list: Trading.OrderListRequest) =>
    attempt(() => {
      const account = list.product === "Spot" ? exchange.spot(list.account ?? defaultAccount) : marginOf(exchange, list)
      return placeList(account, list).orders.map(spotOrder)
    }),
  fill: (order: Given<"fill">) => attempt(() => fill(exchange, order)),
  amend: (order: Given<"amend">) => attempt(() => amend(exchange, order)),
  cancel: (order: Trading.OrderName) =>
    attempt(() => {
      const { orderId, symbol } = order
      const parameters = parametersOf({ symbol, orderId })
      const account = accountOf(exchange, order)
      return account instanceof SpotAccount
        ? spotOrder(SpotChange.cancel(account, parameters).order)
        : futuresOrder(FuturesChange.cancel(account, parameters))
    }),
  cancelAlgoOrder: (order: Trading.Account & { readonly algoId: string }) =>
    attempt(() => algoOrder(Algo.cancelAlgo(futuresOf(exchange, order), parametersOf({ algoId: order.algoId })))),
  expire: (order: Trading.OrderName) =>
    attempt(() => {
      const account = accountOf(exchange, order)
      if (account instanceof SpotAccount) {
        const open = openSpot(account, order)
        SpotChange.expireOrder(account, open)
        return spotOrder(open)
      }
      const open = openFutures(account, order)
      FuturesExecution.finish(account, open, "EXPIRED")
      return futuresOrder(open)
    })
})

const moneyControls = (exchange: Exchange) => ({
  deposit: (change: Trading.Account & { readonly asset: string; readonly amount: string }) =>
    attempt(() => passIn(exchange, change, change.asset, decimal(change.amount))),
  withdraw: (change: Trading.Account & { readonly asset: string; readonly amount: string }) =>
    attempt(() => passIn(exchange, change, change.asset, negate(decimal(change.amount)))),
  transfer: ({ amount, asset, from, to, ...whose }: Given<"transfer">) =>
    attempt(() => {
      const side = (product: Trading.Product) => ({
        product,
        isIsolated: product === "Margin" && whose.isolatedSymbol !== undefined
      })
      exchange
        .wallet(whose.account ?? defaultAccount)
        .move(
          transferType(side(from), side(to)),
          accountOf(exchange, { product: from, ...whose }),
          accountOf(exchange, { product: to, ...whose }),
          asset,
          decimal(amount)
        )
    }),
  payDividend: ({ account = defaultAccount, amount, asset, info }: Given<"payDividend">) =>
    attempt(() => exchange.wallet(account).payDividend(asset, decimal(amount), info ?? "Dividend")),
  convertDust: ({ account = defaultAccount, assets }: Given<"convertDust">) =>
    attempt(() => {
      exchange.wallet(account).convert(assets)
      return spotBalance(exchange.spot(account), "BNB")
    }),
  fund: ({ account, product, rate, symbol }: Given<"fund">) =>
    Effect.sync(() => Market.fund(exchange, product, account, symbol, decimal(rate))),
  liquidate: (position: Given<"liquidate">) =>
    attempt(() => {
      const account = accountOf(exchange, position)
      if (account instanceof SpotAccount) {
        return spotOrder(MarginChange.liquidate(account as MarginAccount, parametersOf({ symbol: position.symbol })))
      }
      const contract = FuturesPlace.contractOf(account, parametersOf({ symbol: position.symbol }))
      const held = account.position(contract, position.positionSide ?? "BOTH")
      return futuresOrder(FuturesChange.forceClose(account, held, position.by ?? "LIQUIDATION"))
    })
})

const marginControls = (exchange: Exchange) => ({
  borrow: (loan: Given<"borrow">) =>
    attempt(() =>
      loanOf(MarginChange.borrowOrRepay(marginOf(exchange, loan), parametersOf({ ...loan, type: "BORROW" })))
    ),
  repay: (loan: Given<"repay">) =>
    attempt(() =>
      loanOf(MarginChange.borrowOrRepay(marginOf(exchange, loan), parametersOf({ ...loan, type: "REPAY" })))
    ),
  accrueInterest: ({ account = defaultAccount, ...whose }: Given<"accrueInterest">) =>
    attempt(() => {
      const { product } = whose
      if (product !== "PortfolioMarginPro") {
        MarginChange.accrueInterest(marginOf(exchange, { account, ...whose, product, unit: "MARGIN" }))
      }
      if (product !== "Margin") {
        Negative.chargeNegative(portfolioOf(exchange, product, account))
      }
    }),
  exchangeNegativeBalances: ({ account = defaultAccount, product }: Given<"exchangeNegativeBalances">) =>
    attempt(() => Negative.exchangeNegative(portfolioOf(exchange, product, account))),
  lendBankruptcyLoan: ({ account = defaultAccount, amount }: Given<"lendBankruptcyLoan">) =>
    Effect.sync(() => Negative.lend(exchange.pro(account), decimal(amount))),
  setMarginLevel: ({ account = defaultAccount, isolatedSymbol, level, product }: Given<"setMarginLevel">) =>
    attempt(() => {
      if (product === "Margin") {
        MarginChange.setLevel(exchange.margin(account, isolatedSymbol), decimal(level))
      } else {
        portfolioOf(exchange, product, account).setRatio(decimal(level))
      }
    }),
  pushAccountUpdate: ({ account = defaultAccount }: Given<"pushAccountUpdate">) =>
    Effect.sync(() => exchange.pro(account).tellState())
})

const optionsControls = (exchange: Exchange) => ({
  exercise: ({ account = defaultAccount, price, symbol }: Given<"exercise">) =>
    attempt((): Trading.Exercise => {
      const at = price === undefined ? undefined : decimal(price)
      const exercised = Options.exercise(exchange.options(account), parametersOf({ symbol }), at)
      return {
        symbol,
        price: plain(exercised.price),
        quantity: plain(exercised.quantity),
        amount: plain(exercised.amount),
        fee: plain(exercised.fee),
        time: exercised.time
      }
    }),
  tradeBlock: ({ account = defaultAccount, ...block }: Given<"tradeBlock">) =>
    attempt(() => futuresFill(Options.tradeBlock(exchange.options(account), parametersOf(block))))
})

const configControls = (exchange: Exchange) => {
  const contractOf = (account: FuturesAccount, symbol: string) =>
    FuturesPlace.contractOf(account, parametersOf({ symbol }))
  return {
    setLeverage: (config: Given<"setLeverage">) =>
      attempt(() => {
        const account = futuresOf(exchange, config)
        FuturesChange.setLeverage(account, contractOf(account, config.symbol), config.leverage)
      }),
    setMarginType: (config: Given<"setMarginType">) =>
      attempt(() => {
        const account = futuresOf(exchange, config)
        FuturesChange.setMarginType(account, contractOf(account, config.symbol), config.marginType === "ISOLATED")
      }),
    setPositionMode: (config: Given<"setPositionMode">) =>
      attempt(() => FuturesChange.setHedge(futuresOf(exchange, config), config.dualSidePosition))
  }
}

/**
 * What a test does to accounts.
 */
export const trading = (exchange: Exchange): Trading.Trading => ({
  ...orderControls(exchange),
  ...moneyControls(exchange),
  ...marginControls(exchange),
  ...optionsControls(exchange),
  ...configControls(exchange),
  setPrice: ({ liquidity, markPrice, price, product, symbol }) =>
    Effect.sync(() =>
      Market.setPrice(exchange, product, symbol, {
        price: decimal(price),
        liquidity: liquidity === undefined ? undefined : decimal(liquidity),
        mark: markPrice === undefined ? undefined : decimal(markPrice)
      })
    ),
  book: (account) =>
    Effect.sync(() => {
      const whose = accountOf(exchange, account)
      return whose instanceof SpotAccount ? spotBook(whose) : futuresBook(whose)
    })
})
