import * as Effect from "effect/Effect"
import * as MetricLabel from "effect/MetricLabel"
import type { BinanceError } from "../BinanceError.js"
import * as Metrics from "../Metrics.js"
import type { Cause, Gap } from "../StreamNotice.js"
import { attributesOf, type Identity } from "./identity.js"

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** Metrics find their state by the identity of the labels: the same must be used again. */
class LabelsBy {
  private readonly made = new Map<string, Labels>()

  constructor(
    private readonly stream: Labels,
    private readonly name: string,
    private readonly ambient: Labels
  ) {}

  get(value: string): Labels {
    const known = this.made.get(value)
    if (known !== undefined) {
      return known
    }
    const labels = [...this.stream, MetricLabel.make(this.name, value), ...this.ambient]
    this.made.set(value, labels)
    return labels
  }
}

/** What a stream tells the metrics. Synchronous, and cheap enough to be told each event. */
export class Telemetry {
  private readonly labels: Labels
  private readonly byType: LabelsBy
  private readonly byCause: LabelsBy
  private readonly byError: LabelsBy

  constructor(identity: Identity, ambient: Labels) {
    const stream = Object.entries(attributesOf(identity)).map(([name, value]) => MetricLabel.make(name, value))
    this.labels = [...stream, ...ambient]
    this.byType = new LabelsBy(stream, "type", ambient)
    this.byCause = new LabelsBy(stream, "cause", ambient)
    this.byError = new LabelsBy(stream, "error", ambient)
  }

  /** `lag` in ms, if the event tells its time. */
  event(type: string, lag: number | undefined) {
    Metrics.events.unsafeUpdate(1, this.byType.get(type))
    if (lag !== undefined) {
      Metrics.eventLag.unsafeUpdate(lag, this.labels)
    }
  }

  live(change: 1 | -1) {
    Metrics.streamsLive.unsafeModify(change, this.labels)
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
    Metrics.bufferDepth.unsafeUpdate(elements, this.labels)
  }

  /** Times in ms. */
  keptAlive(age: number, latency: number) {
    Metrics.keyAge.unsafeUpdate(age / 1000, this.labels)
    Metrics.keepaliveLatency.unsafeUpdate(latency, this.labels)
  }

  keepaliveFailed(age: number, error: BinanceError) {
    Metrics.keyAge.unsafeUpdate(age / 1000, this.labels)
    Metrics.keepaliveFailures.unsafeUpdate(1, this.byError.get(error._tag))
  }
}

/** With the labels of `Effect.tagMetrics` around it. */
export const make = (identity: Identity): Effect.Effect<Telemetry> =>
  Effect.map(Effect.metricLabels, (ambient) => new Telemetry(identity, ambient))
