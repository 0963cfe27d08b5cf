// From AR to wAR and back through every real part: what arrives, what goes back, what waits.

import { describe, expect, test } from "vitest"
import { TokenRefusal } from "../../sdk/wallet.ts"
import { aBridge, ar, command, holdings, reach, until } from "./world.ts"

const bridge = aBridge()
const REFUND_FEE = ar("0.01")
const BURN_FEE = ar("0.3")

async function isWhole() {
  const { vault, custody, circulating, supply, pending, balanced } = await holdings(bridge)
  expect(balanced).toBe(true)
  expect(pending).toBe(0n)
  expect(custody).toBe(vault)
  expect(supply).toBe(circulating)
}

describe("a deposit", () => {
  test("arrives in full, moves on AO, is burned and comes back less the fee", async () => {
    const { alice, bob } = bridge
    const { transfer } = await alice.deposit(ar("3"))
    await reach(bridge, [transfer])
    expect(await alice.wrappedBalance()).toBe(ar("3"))

    await alice.send(ar("1"), bob.address)
    expect(await bob.wrappedBalance()).toBe(ar("1"))

    const before = await alice.balance()
    const burn = await alice.burn(ar("2"), alice.address)
    expect(burn.fee).toBe(BURN_FEE)
    await reach(bridge, [burn.transfer])
    expect((await alice.balance()) - before).toBe(ar("2") - BURN_FEE)
    expect(await alice.wrappedBalance()).toBe(0n)
    await isWhole()
  })

  test("goes to the account that its tag names, with the X- tags", async () => {
    const { alice, bob } = bridge
    const before = await bob.wrappedBalance()
    const named = await alice.deposit(ar("1"), {
      recipient: bob.address,
      forward: { "X-Order": "seven" },
    })
    const [done] = await reach(bridge, [named.transfer])
    expect(done).toMatchObject({ recipient: bob.address, refund: false })
    expect((await bob.wrappedBalance()) - before).toBe(ar("1"))
    const notices = await creditNotices(done!.transaction!)
    expect(notices).toContainEqual(expect.objectContaining({ "X-Order": "seven" }))
  })

  // Cases 1, 15, 16
  test("that cannot be carried goes back to its sender, and holds up nobody", async () => {
    const { alice, bob } = bridge
    const before = await alice.balance()
    const small = await alice.deposit(ar("0.05"))
    const wrong = await alice.deposit(ar("1"), { recipient: "0xnot-an-address" })
    const ambiguous = await alice.deposit(ar("1"), {
      recipient: alice.address,
      forward: { "Forward-Wallet": bob.address },
    })
    const good = await alice.deposit(ar("1"), { recipient: bob.address })
    const all = [small, wrong, ambiguous, good]

    const done = await reach(
      bridge,
      all.map(({ transfer }) => transfer),
    )

    expect(done.map(({ refund }) => refund)).toEqual([true, true, true, false])
    const reasons = done.map(
      ({ history = [] }) => history.find(({ event }) => event === "Flagged")?.detail.reason,
    )
    expect(reasons).toEqual(["below-minimum", "bad-recipient", "ambiguous-recipient", undefined])
    const spent = all.reduce((sum, { networkFee }) => sum + networkFee, 0n)
    expect((await alice.balance()) - before).toBe(-ar("1") - 3n * REFUND_FEE - spent)
    await isWhole()
  })

  // Case 3
  test("of less than a refund costs is held, with the reason", async () => {
    const { transfer } = await bridge.alice.deposit(ar("0.005"))
    const [held] = await reach(bridge, [transfer], ["held"])
    expect(held!.waiting).toMatchObject({ rule: "not-enough-to-pay-fees" })
  })

  test("above the cap waits for operators, and nothing is minted", async () => {
    const before = await bridge.alice.wrappedBalance()
    const { transfer } = await bridge.alice.deposit(ar("2000.000000000001"))
    const [held] = await reach(bridge, [transfer], ["held"])
    expect(held!.waiting).toMatchObject({ rule: "over-cap" })
    expect(await bridge.alice.wrappedBalance()).toBe(before)
  })
})

describe("a burn", () => {
  // Cases 21, 22
  test("to what is no Arweave address is refused before anything is burned", async () => {
    const { bob } = bridge
    const before = await bob.wrappedBalance()
    for (const recipient of ["", "0x52908400098527886E0F7030069857D2E4169EE7", "A".repeat(42)])
      await expect(bob.burn(ar("1"), recipient)).rejects.toThrow(TokenRefusal)
    expect(await bob.wrappedBalance()).toBe(before)
  })
})

describe("a reorganisation", () => {
  // Cases 26, 82
  test("before the depth takes a deposit back, and it counts when it is mined again", async () => {
    const { alice, network, api } = bridge
    const before = await alice.wrappedBalance()
    const { transfer, transaction } = await alice.deposit(ar("1"))
    await network.mine(2)
    await until("it is seen", async () => (await api.transfer(transfer))?.state === "seen")

    await command(`${network.places.arweaveUrl}/devnet/fork`, { depth: 3, pending: [transaction] })
    await until("it is dropped", async () => (await api.transfer(transfer))?.state === "dropped")
    expect((await api.transfer(transfer))!.history!.map(({ event }) => event)).toEqual([
      "Seen",
      "Vanished",
    ])

    await reach(bridge, [transfer])
    expect((await alice.wrappedBalance()) - before).toBe(ar("1"))
  })
})

/** The Credit-Notices that a mint sent, as tags. */
async function creditNotices(message: string): Promise<Record<string, string>[]> {
  const { ao, token } = bridge.network.places
  const response = await fetch(`${ao.cuUrl}/result/${message}?process-id=${token}`)
  const { Messages } = (await response.json()) as {
    Messages: { Tags: { name: string; value: string }[] }[]
  }
  return Messages.map(({ Tags }) =>
    Object.fromEntries(Tags.map(({ name, value }) => [name, value])),
  ).filter(({ Action }) => Action === "Credit-Notice")
}
