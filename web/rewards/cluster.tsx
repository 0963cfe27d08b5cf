// One cluster: whose accounts are held to be one person's, by what, what follows, and what they say to it.

import { timeText } from "../format.ts"
import { type ClusterView, reasonsOf } from "../net/clusters.ts"
import { language, say } from "../words/words.ts"

export function Cluster({ cluster }: { cluster: ClusterView }) {
  const { accounts, counts, appeals, heard, isSelfReported, foundAt } = cluster
  return (
    <>
      <p>
        <strong>{say("cluster.accounts", { n: accounts.length })}</strong>
      </p>
      <p>
        {counts === "hold"
          ? say("cluster.hold")
          : say("cluster.counts", { percent: counts / PERCENT })}{" "}
        <span class="quiet">
          {say("cluster.found", { at: timeText(foundAt, language.value) })}
          {isSelfReported && ` ${say("cluster.reported")}`}
        </span>
      </p>
      <ul class="accounts">
        {accounts.map((account) => (
          <li key={account}>
            <code class="address">{account}</code>
            {heard.includes(account) ? (
              <small class="good">{say("cluster.heard")}</small>
            ) : (
              appeals.includes(account) && <small class="wrong">{say("cluster.appeals")}</small>
            )}
          </li>
        ))}
      </ul>
      <ul class="reasons">
        {reasonsOf(cluster).map(({ reason, by, accounts: joined }) => (
          <li key={`${reason} ${by}`}>
            {say(`cluster.by.${reason}`)}
            {joined.length < accounts.length &&
              ` (${say("cluster.accounts", { n: joined.length })})`}
            {by !== null && reason !== "self-report" && (
              <>
                {": "}
                <code class="address">{by}</code>
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

/** Basis points. */
const PERCENT = 100
