// Connections of which nobody knows yet whose they are: anybody can open one, so nobody may take the places of all others by it.

import type { Socket } from "node:net"
import ipaddr from "ipaddr.js"

export interface Places {
  /** Connections together. */
  readonly all: number
  /** Of one network. */
  readonly each: number
}

/** Keeps so many strangers. One of another network, for whom no place is left, takes that of whoever has been one longest. */
export class Strangers {
  readonly #places: Places
  /** Who has been one longest first. */
  readonly #open = new Map<Socket, { readonly network: string; readonly name: string }>()
  readonly #byName = new Map<string, Socket>()
  readonly #each = new Map<string, number>()

  constructor(places: Places) {
    this.#places = places
  }

  /** At each new connection: it has a place until it is closed or known, or is closed at once, for its network has enough. */
  meet(socket: Socket): void {
    const network = networkOf(socket)
    const count = this.#each.get(network) ?? 0
    if (count >= this.#places.each) {
      socket.destroy()
      return
    }
    const name = nameOf(socket)
    this.#open.set(socket, { network, name })
    this.#byName.set(name, socket)
    this.#each.set(network, count + 1)
    socket.once("close", () => this.#leave(socket))
    if (this.#open.size <= this.#places.all) return
    const [oldest] = this.#open.keys()
    oldest!.destroy()
    this.#leave(oldest!)
  }

  /** It is no stranger any more, and takes no place; `socket` may be what TLS has made of the one that was met. */
  know(socket: Socket): void {
    const met = this.#byName.get(nameOf(socket))
    if (met) this.#leave(met)
  }

  /** Closes all of them. */
  dismiss(): void {
    for (const socket of [...this.#open.keys()]) socket.destroy()
  }

  #leave(socket: Socket): void {
    const one = this.#open.get(socket)
    if (!one) return
    this.#open.delete(socket)
    // Whoever comes back by the same port may be met before the end of the last one is heard.
    if (this.#byName.get(one.name) === socket) this.#byName.delete(one.name)
    const left = this.#each.get(one.network)! - 1
    if (left > 0) this.#each.set(one.network, left)
    else this.#each.delete(one.network)
  }
}

/** The address that a connection comes from; of IPv6 the network of 64 bits, all addresses of which are usually one's. */
export function networkOf({ remoteAddress }: Socket): string {
  // Who is gone already has none.
  if (remoteAddress === undefined) return ""
  const address = ipaddr.process(remoteAddress)
  return address instanceof ipaddr.IPv6
    ? address.parts.slice(0, 4).join(":")
    : address.toNormalizedString()
}

/** No two that are open at one door have the same. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
