import * as MetricLabel from "effect/MetricLabel"
import type { BinanceError } from "../BinanceError.js"
import type { Product } from "../Environment.js"
import * as Metrics from "../Metrics.js"
import type { Cause, Gap } from "../StreamNotice.js"

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** Metrics find their state by the identity of the labels: the same must be used again. */
class LabelsBy {
  private readonly made = new Map<string, Labels>()

  constructor(
    private readonly product: Labels,
    private readonly name: string
  ) {}

  get(value: string): Labels {
    const known = this.made.get(value)
    if (known !== undefined) {
      return known
    }
    const labels = [...this.product, MetricLabel.make(this.name, value)]
    this.made.set(value, labels)
    return labels
  }
}

/** What the streams of a product tell the metrics. Synchronous, and cheap enough to be told each event. */
export class Telemetry {
  private readonly product: Labels
  private readonly byType: LabelsBy
  private readonly byCause: LabelsBy
  private readonly byError: LabelsBy

  constructor(product: Product) {
    this.product = [MetricLabel.make("product", product)]
    this.byType = new LabelsBy(this.product, "type")
    this.byCause = new LabelsBy(this.product, "cause")
    this.byError = new LabelsBy(this.product, "error")
  }

  /** `lag` in ms, if the event tells its time. */
  event(type: string, lag: number | undefined) {
    Metrics.events.unsafeUpdate(1, this.byType.get(type))
    if (lag !== undefined) {
      Metrics.eventLag.unsafeUpdate(lag, this.product)
    }
  }

  live(change: 1 | -1) {
    Metrics.streamsLive.unsafeModify(change, this.product)
  }

  interrupted(cause: Cause) {
    Metrics.reconnects.unsafeUpdate(1, this.byCause.get(cause._tag))
  }

  rolledOver(cause: Cause) {
    Metrics.rollovers.unsafeUpdate(1, this.byCause.get(cause._tag))
  }

  gap({ cause, from, to }: Gap) {
    Metrics.gapSeconds.unsafeUpdate((to - from) / 1000, this.byCause.get(cause._tag))
  }

  taken(elements: number) {
    Metrics.bufferDepth.unsafeUpdate(elements, this.product)
  }

  /** Times in ms. */
  keptAlive(age: number, latency: number) {
    Metrics.keyAge.unsafeUpdate(age / 1000, this.product)
    Metrics.keepaliveLatency.unsafeUpdate(latency, this.product)
  }

  keepaliveFailed(age: number, error: BinanceError) {
    Metrics.keyAge.unsafeUpdate(age / 1000, this.product)
    Metrics.keepaliveFailures.unsafeUpdate(1, this.byError.get(error._tag))
  }
}

const telemetries = new Map<Product, Telemetry>()

export const of = (product: Product): Telemetry => {
  const known = telemetries.get(product)
  if (known !== undefined) {
    return known
  }
  const telemetry = new Telemetry(product)
  telemetries.set(product, telemetry)
  return telemetry
}
