/** Hands an event as it is on the wire, parsed, to the counter. */
export const count = (counter, event) => {
  switch (event.e) {
    case "ORDER_TRADE_UPDATE":
      counter.order(event.o.c, event.E)
      break
    case "executionReport":
      counter.order(event.c, event.E)
      break
    default:
      counter.other(event.E)
  }
}
