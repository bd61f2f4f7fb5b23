// Effect as one would write it first: a socket as a stream, and a Schema that renames.
import * as Socket from "@effect/platform/Socket"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { serve } from "../support/client.mjs"
import * as Wire from "../support/wire.mjs"

const field = (key, schema) => Schema.propertySignature(schema).pipe(Schema.fromKey(key))
const optional = (key, schema) => Schema.optional(schema).pipe(Schema.fromKey(key))
const { Boolean, Number, String } = Schema

const AccountUpdate = Schema.Struct({
  eventType: field("e", Schema.Literal("ACCOUNT_UPDATE")),
  eventTime: field("E", Number),
  transactionTime: field("T", Number),
  accountAlias: optional("i", String),
  updateData: field(
    "a",
    Schema.Struct({
      eventReasonType: field("m", String),
      balances: field(
        "B",
        Schema.Array(
          Schema.Struct({
            asset: field("a", String),
            walletBalance: field("wb", String),
            crossWalletBalance: field("cw", String),
            balanceChange: field("bc", String)
          })
        )
      ),
      positions: optional(
        "P",
        Schema.Array(
          Schema.Struct({
            symbol: field("s", String),
            positionAmount: field("pa", String),
            entryPrice: field("ep", String),
            breakEvenPrice: field("bep", String),
            accumulatedRealized: field("cr", String),
            unrealizedPnl: field("up", String),
            marginType: field("mt", String),
            isolatedWallet: field("iw", String),
            positionSide: field("ps", String)
          })
        )
      )
    })
  )
})

const OrderTradeUpdate = Schema.Struct({
  eventType: field("e", Schema.Literal("ORDER_TRADE_UPDATE")),
  eventTime: field("E", Number),
  transactionTime: field("T", Number),
  accountAlias: optional("i", String),
  order: field(
    "o",
    Schema.Struct({
      symbol: field("s", String),
      clientOrderId: field("c", String),
      side: field("S", Schema.Literal("BUY", "SELL")),
      orderType: field("o", String),
      timeInForce: field("f", String),
      originalQuantity: field("q", String),
      originalPrice: field("p", String),
      averagePrice: field("ap", String),
      stopPrice: field("sp", String),
      executionType: field("x", String),
      orderStatus: field("X", String),
      orderId: field("i", Number),
      lastFilledQuantity: field("l", String),
      filledAccumulatedQuantity: field("z", String),
      lastFilledPrice: field("L", String),
      marginAsset: field("ma", String),
      commissionAsset: optional("N", String),
      commission: optional("n", String),
      tradeTime: field("T", Number),
      tradeId: field("t", Number),
      realizedProfit: field("rp", String),
      bidQuantity: field("b", String),
      askQuantity: field("a", String),
      isMaker: field("m", Boolean),
      isReduceOnly: field("R", Boolean),
      workingType: field("wt", String),
      originalOrderType: field("ot", String),
      positionSide: field("ps", String),
      closePosition: field("cp", Boolean),
      activationPrice: optional("AP", String),
      callbackRate: optional("cr", String),
      priceProtection: field("pP", Boolean),
      selfTradePreventionMode: field("V", String),
      priceMatchMode: field("pm", String),
      expiryReason: field("er", String)
    })
  )
})

const ExecutionReport = Schema.Struct({
  eventType: field("e", Schema.Literal("executionReport")),
  eventTime: field("E", Number),
  symbol: field("s", String),
  clientOrderId: field("c", String),
  side: field("S", Schema.Literal("BUY", "SELL")),
  orderType: field("o", String),
  timeInForce: field("f", String),
  quantity: field("q", String),
  price: field("p", String),
  stopPrice: field("P", String),
  icebergQuantity: field("F", String),
  orderListId: field("g", Number),
  originalClientOrderId: field("C", String),
  executionType: field("x", String),
  orderStatus: field("X", String),
  rejectReason: field("r", String),
  orderId: field("i", Number),
  lastExecutedQuantity: field("l", String),
  cumulativeFilledQuantity: field("z", String),
  lastExecutedPrice: field("L", String),
  commission: field("n", String),
  commissionAsset: field("N", Schema.NullOr(String)),
  transactionTime: field("T", Number),
  tradeId: field("t", Number),
  executionId: field("I", Number),
  isOnBook: field("w", Boolean),
  isMaker: field("m", Boolean),
  orderCreationTime: field("O", Number),
  cumulativeQuoteQuantity: field("Z", String),
  lastQuoteQuantity: field("Y", String),
  quoteOrderQuantity: field("Q", String),
  workingTime: optional("W", Number),
  selfTradePreventionMode: field("V", String)
})

const events = {
  CoinFutures: Schema.parseJson(Schema.Union(OrderTradeUpdate, AccountUpdate)),
  Spot: Schema.parseJson(Schema.Struct({ event: ExecutionReport })).pipe(
    Schema.transform(Schema.typeSchema(ExecutionReport), {
      decode: ({ event }) => event,
      encode: (event) => ({ event })
    })
  )
}

/** A socket, and what has to be sent on it first. */
const address = async (product, options) =>
  product === "Spot"
    ? {
        url: `${options.webSocketUrl}/ws-api/v3`,
        hello: JSON.stringify({
          id: 1,
          method: "userDataStream.subscribe.signature",
          params: { apiKey: options.apiKey, timestamp: Date.now(), signature: "any" }
        })
      }
    : { url: Wire.streamUrl(product, await Wire.listenKey(product, options), options), hello: undefined }

serve(async ({ counter, products: [product], ...options }) => {
  const { hello, url } = await address(product, options)
  const decode = Schema.decodeUnknown(events[product])
  const isAnswer = (text) => text.startsWith('{"id":1,')
  const program = Effect.gen(function* () {
    const socket = yield* Socket.makeWebSocket(url)
    const sent = hello === undefined ? Stream.never : Stream.concat(Stream.make(hello), Stream.never)
    const texts = Stream.pipeThroughChannel(sent, Socket.toChannelString(socket))
    yield* texts.pipe(
      Stream.filter((text) => !isAnswer(text)),
      Stream.mapEffect((text) => decode(text)),
      Stream.runForEach((event) =>
        Effect.sync(() => {
          switch (event.eventType) {
            case "ORDER_TRADE_UPDATE":
              counter.order(event.order.clientOrderId, event.eventTime)
              break
            case "executionReport":
              counter.order(event.clientOrderId, event.eventTime)
              break
            default:
              counter.other(event.eventTime)
          }
        })
      )
    )
  })
  program.pipe(Effect.scoped, Effect.provide(NodeSocket.layerWebSocketConstructor), Effect.runPromise)
})
