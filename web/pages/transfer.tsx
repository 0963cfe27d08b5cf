// One transfer, found by its id or by its transaction alone: how far it is, what it waits for, since when and by which rule.

import { chainName } from "../format.ts"
import { useTransfer } from "../net/follow.ts"
import { health, heightOf } from "../net/standing.ts"
import type { TransferStatus } from "../net/transfers.ts"
import { Copy } from "../parts/copy.tsx"
import { headlineOf, Steps } from "../parts/steps.tsx"
import { Timeline } from "../parts/timeline.tsx"
import { Facts } from "../parts/transfer-facts.tsx"
import { Waiting } from "../parts/waiting.tsx"
import { say } from "../words/words.ts"

export function Transfer({ about }: { about: string }) {
  const live = useTransfer(about).value
  if (live.value === undefined)
    return <p class="quiet">{say(live.failure === null ? "start.now" : "start.late")}</p>
  if (live.value === null) return <Unseen name={about} />
  return <Seen transfer={live.value} isOld={live.failure !== null} />
}

function Seen({ transfer, isOld }: { transfer: TransferStatus; isOld: boolean }) {
  return (
    <article class="transfer">
      <h1>{headlineOf(transfer)}</h1>
      {isOld && (
        <p class="notice" role="status">
          {say("start.old")}
        </p>
      )}
      <Steps transfer={transfer} />
      <Waiting transfer={transfer} />
      <Facts transfer={transfer} />
      <Timeline id={transfer.id} version={transfer.version} />
    </article>
  )
}

/** It may be on its way to a block, or on no chain that we read. */
function Unseen({ name }: { name: string }) {
  const [chain = "", transaction = ""] = name.split(":")
  const isNamed = transaction !== ""
  const heights = Object.entries(health.value?.heights ?? {})
  return (
    <article class="transfer">
      <h1>{say("unseen.heading")}</h1>
      <p>
        {isNamed
          ? say("unseen.upto", { chain: chainName(chain), height: heightOf(chain) })
          : say("unseen.anywhere")}
      </p>
      <Copy text={isNamed ? transaction : name} />
      <p class="quiet">{say("unseen.advice")}</p>
      {!isNamed && (
        <dl class="facts">
          {heights.map(([one, height]) => (
            <div key={one}>
              <dt>{chainName(one)}</dt>
              <dd>{height ?? "–"}</dd>
            </div>
          ))}
        </dl>
      )}
      <p class="waits" role="status">
        {say("unseen.looking")}
      </p>
    </article>
  )
}
