import * as HashMap from "effect/HashMap"
import * as Schema from "effect/Schema"
import * as Account from "../../../Account.js"
import { merge } from "./build.js"
import { time } from "./control.js"
import { coinMarket, type Market, usdMarket } from "./futures.js"

/** What a test says of an account: each row changes a default. */
export interface SnapshotRows {
  /** Epoch ms on the local clock. */
  readonly at?: number | undefined
  readonly orders?: ReadonlyArray<Partial<Account.Order>> | undefined
  readonly algoOrders?: ReadonlyArray<Partial<Account.AlgoOrder>> | undefined
  readonly balances?: ReadonlyArray<Partial<Account.Balance>> | undefined
  readonly positions?: ReadonlyArray<Partial<Account.Position>> | undefined
  readonly modes?: Partial<Account.Modes> | undefined
}

/** What the events of a product say, as its account has it. */
export interface Story {
  readonly symbol: string
  readonly quantity: string
  readonly commission: string
  readonly commissionAsset: string
  readonly balances: ReadonlyArray<object>
  readonly positions: ReadonlyArray<object>
}

const known = { updatedAt: time, origin: "Recovered", side: "BUY", positionSide: "BOTH" }

const orderOf = ({ quantity, symbol }: Story) => ({
  ...known,
  symbol,
  orderId: "1000000001",
  clientOrderId: "sample-order",
  type: "LIMIT",
  timeInForce: "GTC",
  status: "FILLED",
  price: "90000.0",
  quantity,
  filled: quantity,
  averagePrice: "90000.0",
  reduceOnly: false,
  closePosition: false,
  createdAt: time - 1000
})

const algoOrderOf = ({ quantity, symbol }: Story) => ({
  ...known,
  symbol,
  algoId: "5000000001",
  clientAlgoId: "sample-stop-loss",
  side: "SELL",
  type: "STOP_MARKET",
  status: "NEW",
  quantity,
  triggerPrice: "85000.0",
  reduceOnly: true,
  closePosition: false
})

const fillOf = ({ commission, commissionAsset, quantity, symbol }: Story) => ({
  symbol,
  orderId: "1000000001",
  tradeId: "2000000001",
  side: "BUY",
  positionSide: "BOTH",
  price: "90000.0",
  quantity,
  commission,
  commissionAsset,
  isMaker: true,
  time,
  origin: "Recovered"
})

const keyed = <A, I>(schema: Schema.Schema<A, I>, keyOf: (row: A) => string, rows: unknown) =>
  HashMap.fromIterable(Schema.validateSync(Schema.Array(schema))(rows).map((row) => [keyOf(row), row] as const))

const snapshotOf =
  (story: Story) =>
  (rows: SnapshotRows = {}): Account.Snapshot => {
    const open = { ...orderOf(story), status: "NEW", filled: "0" }
    const { at = time } = rows
    return {
      _tag: "Snapshot",
      at,
      state: {
        phase: { _tag: "Current", since: at },
        orders: keyed(Account.Order, Account.orderKey, merge([open], rows.orders ?? [])),
        algoOrders: keyed(
          Account.AlgoOrder,
          ({ algoId }) => algoId,
          merge([algoOrderOf(story)], rows.algoOrders ?? [])
        ),
        balances: keyed(Account.Balance, ({ asset }) => asset, merge(story.balances, rows.balances ?? story.balances)),
        positions: keyed(
          Account.Position,
          Account.positionKey,
          merge(story.positions, rows.positions ?? story.positions)
        ),
        modes: { leverage: HashMap.empty(), marginType: HashMap.empty(), ...rows.modes }
      }
    }
  }

const builder =
  <A>(make: (fields: never) => A, element: object) =>
  (overrides: object = {}): A =>
    make(merge(element, overrides) as never)

/** The builders of the elements that an account adds to its stream. */
export const accountBuilders = (story: Story) => ({
  recoveredOrder: builder(Account.RecoveredOrder.make, { order: orderOf(story) }),
  recoveredAlgoOrder: builder(Account.RecoveredAlgoOrder.make, { algoOrder: algoOrderOf(story) }),
  recoveredFill: builder(Account.RecoveredFill.make, { fill: fillOf(story) }),
  unrecovered: builder(Account.Unrecovered.make, {
    what: "Fills",
    symbol: story.symbol,
    from: time - 1000,
    to: time,
    reason: "Binance no longer lists them"
  }),
  diverged: builder(Account.Diverged.make, {
    at: time,
    differences: [`order ${story.symbol}:1000000001 was NEW, is FILLED`]
  }),
  snapshot: snapshotOf(story)
})

const futures = ({ asset, commission, quantity, symbol, wallet }: Market): Story => ({
  symbol,
  quantity,
  commission,
  commissionAsset: asset,
  balances: [{ asset, total: wallet, crossWalletBalance: wallet, updatedAt: time }],
  positions: [
    {
      symbol,
      positionSide: "BOTH",
      amount: quantity,
      entryPrice: "90000.0",
      breakEvenPrice: "90018.0",
      marginType: "cross",
      isolatedWallet: "0",
      updatedAt: time
    }
  ]
})

export const usdFutures = futures(usdMarket)

export const coinFutures = futures(coinMarket)

export const spot: Story = {
  symbol: "BTCUSDT",
  quantity: "0.01000000",
  commission: "0.00001000",
  commissionAsset: "BTC",
  balances: [
    { asset: "BTC", total: "0.00999000", free: "0.00999000", locked: "0.00000000", updatedAt: time },
    { asset: "USDT", total: "9100.00000000", free: "9100.00000000", locked: "0.00000000", updatedAt: time }
  ],
  positions: []
}
