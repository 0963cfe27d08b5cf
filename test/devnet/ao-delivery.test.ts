// How messages travel between processes: trusted by Authority alone, at most once, and badly on command.

import { deepEqual, equal, notEqual, ok } from "node:assert/strict"
import { test } from "vitest"
import { encode } from "../../chains/ao/item.ts"
import { readItem } from "../../devnet/ao/item.ts"
import { assigned, aWorld, BOB, get, HEARD, HEARER, telling } from "./ao-builders.ts"

test("a message arrives under the messenger's signature, and an Authority makes it trusted", async () => {
  const { units, process, evaluate, slots, send } = await aWorld()
  const receiver = await process(
    "Handlers.add('hear', 'Hear', function(m) Got = m.From .. ' ' .. m.Owner .. ' ' .. m.Data end)",
  )
  const sender = await process()

  const { id: root } = await send(
    sender,
    { Action: "Eval" },
    { data: `ao.send({ Target = '${receiver}', Action = 'Hear', Data = 'hello' })` },
  )
  await units.idle()

  equal(await evaluate(receiver, "return Got"), `${sender} ${units.authority} hello`)
  const { message } = (await slots(receiver))[2]!
  equal(message.owner.address, units.authority)
  const tagOf = (name: string) => message.tags.filter((tag) => tag.name === name)
  for (const name of ["Data-Protocol", "Type", "Variant", "From-Process", "Pushed-For"])
    equal(tagOf(name).length, 1, name)
  equal(tagOf("Pushed-For")[0]!.value, root)
  equal(tagOf("From-Module")[0]!.value, units.moduleId)
  equal((await get(`${units.suUrl}/${message.id}?process-id=${receiver}`)).status, 200)
})

test("without an Authority nobody but the owner is trusted", async () => {
  const { units, process, evaluate } = await aWorld()
  const receiver = await process(HEARER, "")
  const sender = await process()

  await evaluate(sender, telling(receiver, "hello"))
  await units.idle()

  equal(await evaluate(receiver, HEARD), "")
})

test("a message to a wallet stands in the result and is carried nowhere", async () => {
  const { units, process, send, slots } = await aWorld()
  const id = await process()

  const { Messages } = await send(id, { Action: "Eval" }, { data: telling(BOB, "hello") })
  await units.idle()

  deepEqual(
    Messages.map(({ Target }) => Target),
    [BOB],
  )
  equal((await slots(id)).length, 2)
})

test("what is too much for an item is lost alone", async () => {
  const { units, process, evaluate } = await aWorld()
  const receiver = await process(HEARER)
  const sender = await process()

  await evaluate(
    sender,
    `${telling(receiver, "x".repeat(5_000), "y")}; table.insert(ao.outbox.Messages, { Target = '${receiver}' })`,
  )
  await units.idle()

  equal(await evaluate(receiver, HEARD), "y")
})

test("deliveries are lost, made twice, held back and turned round as they are told to", async () => {
  const { units, process, evaluate, slots } = await aWorld()
  const receiver = await process(HEARER)
  const sender = await process()
  const tell = (...words: string[]) => evaluate(sender, telling(receiver, ...words))
  const heard = async () => {
    await units.idle()
    return evaluate(receiver, HEARD)
  }

  units.suffer({ drop: 1 })
  await tell("lost", "a")
  equal(await heard(), "a")

  units.suffer({ forget: 1 })
  await tell("lost", "lost")
  await tell("b")
  equal(await heard(), "a b")

  units.suffer({ duplicate: 1 })
  await tell("c")
  equal(await heard(), "a b c c")
  const [first, second] = (await slots(receiver)).filter(({ message }) =>
    message.tags.some(({ name, value }) => name === "What" && value === "c"),
  )
  notEqual(first!.message.id, second!.message.id)

  units.suffer({ hold: true })
  await tell("d")
  await tell("e")
  equal(await heard(), "a b c c")
  units.suffer({ reverse: true })
  equal(await heard(), "a b c c e d")

  units.suffer({ delayMs: 20 })
  await tell("f")
  equal(await heard(), "a b c c e d f")
  const timeOf = async (id: string) => Number(assigned((await slots(id)).at(-1)!, "Timestamp"))
  ok((await timeOf(receiver)) - (await timeOf(sender)) >= 20)

  units.suffer({})
  await tell("g", "h")
  equal(await heard(), "a b c c e d f g h")
})

test("an item can be taken in and get no slot, and the same item gets one later", async () => {
  const { units, process, item, post } = await aWorld()
  const id = await process()
  const { id: message, raw } = await item(id)
  const ask = async () => (await get(`${units.suUrl}/${message}?process-id=${id}`)).status

  units.suffer({ swallow: 1 })
  equal((await post(raw)).status, 202)
  equal(await ask(), 404)
  equal((await get(`${units.cuUrl}/result/${message}?process-id=${id}`)).status, 404)

  equal((await post(raw)).status, 202)
  equal(await ask(), 200)
})

test("an item can get two slots, and is evaluated in both", async () => {
  const { units, process, item, post, slots, evaluate } = await aWorld()
  const id = await process("N = 0; Handlers.add('up', 'Up', function() N = N + 1 end)")
  const { id: message, raw } = await item(id, { tags: { Action: "Up" } })

  units.suffer({ twice: 1 })
  await post(raw)

  deepEqual(
    (await slots(id)).map((slot) => slot.message.id === message),
    [false, false, true, true],
  )
  equal(await evaluate(id, "return N"), "2")
})

test("two processes that answer each other stop at the depth that units carry", async () => {
  const { units, process, evaluate, slots } = await aWorld()
  const echo =
    "Handlers.add('ping', 'Ping', function(m) ao.send({ Target = m.From, Action = 'Ping' }) end)"
  const [one, other] = [await process(echo), await process(echo)]
  const before = (await slots(one)).length + (await slots(other)).length

  await evaluate(one, `ao.send({ Target = '${other}', Action = 'Ping' })`)
  await units.idle()

  equal((await slots(one)).length + (await slots(other)).length - before, 1 + 32)
})

// Case 99.
test("two processes that do not trust each other do not say so for ever", async () => {
  const { units, process, send, slots } = await aWorld()
  const [one, other] = [await process("", ""), await process("", "")]

  await send(one, { "From-Process": other })
  await units.idle()

  const all = (await slots(one)).length + (await slots(other)).length
  // Two spawns, the first message, and some of what follows from it.
  ok(all > 3 && all <= 3 + 32)
})

test("every item can be put together again from what the scheduler shows, and verified", async () => {
  const { units, process, send, evaluate, slots } = await aWorld()
  const receiver = await process(HEARER)
  await send(receiver, { Action: "Größe" }, { data: "ä" })
  await evaluate(await process(), telling(receiver, "hello"))
  await units.idle()

  const bytes = (text: string) => Buffer.from(text, "base64url")
  for (const { message } of await slots(receiver)) {
    const { id, owner, signature, target, anchor, tags, data } = message
    const raw = encode({
      ...{ type: 1, owner: bytes(owner.key), signature: bytes(signature), target: bytes(target) },
      ...{ anchor: Buffer.from(anchor), tags, data: Buffer.from(data!) },
    })
    equal(readItem(raw)?.id, id)
    equal(readItem(raw)?.owner, owner.address)
  }
})
