// Who may be paid, on the whole local network: each decision from the deposit to where the money ends, and a signer that disagrees.

import { join } from "node:path"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { ListShelf } from "../../chains/list-shelf.ts"
import { keyOf } from "../../chains/party.ts"
import { type ListEntry, listOf } from "../../core/compliance/lists.ts"
import { OFAC_LIST, OWN_LISTS } from "../../core/compliance/presets.ts"
import { AR, DEEP, type Deposited, PATIENT, type Scene, startScene } from "./scene.ts"

const REFUND_FEE = AR / 100n

let scene: Scene
beforeAll(async () => {
  scene = await startScene()
  return () => scene.close()
})

const services = () => scene.network.servicesFolder
const signer = (index: number) => join(scene.folder, "signers", `signer-${index}`)
const everybody = () => [services(), ...[1, 2, 3, 4, 5].map(signer)]

/** Puts addresses on lists of these operators, and takes none off. */
async function listed(
  list: string,
  addresses: readonly string[],
  folders: readonly string[] = everybody(),
): Promise<void> {
  for (const folder of folders) {
    const shelf = await ListShelf.open(join(folder, "lists"))
    const entries = addresses.map((raw): ListEntry => ({ key: keyOf(raw), labels: [], raw: [raw] }))
    const before = shelf.held.get(list)?.entries ?? []
    await shelf.put(listOf(list, "2026-11-01", [...before, ...entries]), Date.now())
  }
}

/** A deposit that is mined, while its sender comes to be on a list before it counts. */
async function depositOf(list: string, folders?: readonly string[]): Promise<Deposited> {
  const deposit = await scene.deposit(AR)
  await listed(list, [deposit.sender], folders)
  await scene.network.mine(DEEP)
  return deposit
}

describe("a deposit", () => {
  // Case 133.
  test("of somebody listed is frozen: not minted, not given back, and a case names the list", async () => {
    const { id, sender } = await depositOf(OFAC_LIST)
    const next = await scene.finalDeposit(AR)

    await scene.reaches(next.id, "paid")

    expect(await scene.reaches(id, "held")).toMatchObject({ reason: "screening-block" })
    expect(await scene.ledgers.wrapped(sender)).toBe(0n)
    expect(await scene.network.arweaveBalance(sender)).toBe(0n)
  })

  test("that is to be returned goes back less the fee, by itself", async () => {
    const { id, sender, amount } = await depositOf(OWN_LISTS.reject)

    const { transaction } = await scene.released(id)

    expect(await scene.api.transfer(id)).toMatchObject({ refund: true, transaction })
    expect(await scene.network.arweaveBalance(sender)).toBe(amount - REFUND_FEE)
    expect(await scene.ledgers.wrapped(sender)).toBe(0n)
  })

  test("that one signer alone objects to is held for people, before anybody has signed", async () => {
    const { id, sender } = await depositOf(OFAC_LIST, [signer(4)])

    expect(await scene.reaches(id, "held", "paid")).toMatchObject({
      state: "held",
      reason: "screening-hold",
    })
    expect(await scene.ledgers.wrapped(sender)).toBe(0n)
  })

  test("is not locked by dust: who was sent something by a listed address is paid", async () => {
    const listedOne = await depositOf(OFAC_LIST)
    const { id, sender } = await scene.deposit(AR)
    await scene.network.faucet(listedOne.sender, 2n * AR)
    await vi.waitFor(async () => scene.network.mine(DEEP), PATIENT)

    await scene.reaches(id, "paid")

    expect(await scene.ledgers.wrapped(sender)).toBe(AR)
  })
})
