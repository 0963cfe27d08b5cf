// Places at a door: who has one, and that each is given back.

import { EventEmitter } from "node:events"
import type { Socket } from "node:net"
import { expect, test } from "vitest"
import { Strangers } from "../../chains/strangers.ts"

class Knock extends EventEmitter {
  isClosed = false
  readonly remoteAddress: string | undefined
  readonly remotePort: number

  constructor(remoteAddress: string | undefined, remotePort: number) {
    super()
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
  }

  destroy(): void {
    this.isClosed = true
    this.emit("close")
  }
}

const knocking = (strangers: Strangers) => {
  let port = 1_000
  return (address: string | undefined, own = port++) => {
    const knock = new Knock(address, own)
    strangers.meet(knock as unknown as Socket)
    return knock
  }
}

test("one network has so many places, whatever its address is written like", () => {
  const knock = knocking(new Strangers({ all: 100, each: 2 }))
  const mapped = ["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1"].map((one) => knock(one))
  const six = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:1::"].map((one) => knock(one))

  for (const three of [mapped, six])
    expect(three.map(({ isClosed }) => isClosed)).toEqual([false, false, true])
  expect(knock("2001:db8:0:1::1").isClosed).toBe(false)
})

test("where all places are taken, whoever has had one longest makes room", () => {
  const strangers = new Strangers({ all: 2, each: 2 })
  const knock = knocking(strangers)
  const [first, second, third] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((one) => knock(one))

  expect([first, second, third].map((one) => one!.isClosed)).toEqual([true, false, false])
  strangers.dismiss()
  expect([second, third].map((one) => one!.isClosed)).toEqual([true, true])
})

test("a place is given back once, when it is left or its guest is known, also by who comes again by one port", () => {
  const strangers = new Strangers({ all: 100, each: 2 })
  const knock = knocking(strangers)
  for (let n = 0; n < 10; n++) {
    const before = knock("10.0.0.1", 7)
    const again = knock("10.0.0.1", 7)
    before.destroy()
    strangers.know(again as unknown as Socket)
    again.destroy()
  }
  for (let n = 0; n < 10; n++) knock(undefined).destroy()

  const two = [knock("10.0.0.1"), knock("10.0.0.1"), knock("10.0.0.1")]
  expect(two.map(({ isClosed }) => isClosed)).toEqual([false, false, true])
})
