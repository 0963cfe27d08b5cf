// One participant's door and its lines to all others, through whichever session is under way.

import { BridgeError } from "../../core/errors.ts"
import { fingerprintOf, type Identity } from "../certificate.ts"
import { Board } from "./board.ts"
import { type Mail, openMail } from "./mail.ts"
import type { Roster } from "./roster.ts"
import { placeOf } from "./start.ts"
import type { Place, Statement } from "./statement.ts"

/** Whichever session is under way behind it. Others are known by certificate, whatever their place. */
export interface HallOptions {
  /** Instead of the address on this participant's card. */
  readonly listen?: string | undefined
  /** Only tests have another one. */
  readonly wrapMail?: ((mail: Mail, board: () => Board | null) => Mail) | undefined
}

export interface Hall {
  readonly mail: Mail
  enter(statement: Statement): { readonly board: Board; readonly place: Place; readonly mail: Mail }
  close(): Promise<void>
}

export async function openHall(
  identity: Identity,
  roster: Roster,
  { listen, wrapMail }: HallOptions,
): Promise<Hall> {
  const pins = roster.cards.map(({ certificate }) => fingerprintOf(certificate))
  const own = pins.indexOf(fingerprintOf(identity.certificate))
  if (own < 0)
    throw new BridgeError("bad-config", { problems: "this folder's identity is not invited" })
  let current: { board: Board; placeOf: (seat: number) => Place | null } | null = null
  const opened = await openMail({
    identity,
    listen: listen ?? roster.cards[own]!.address,
    others: roster.cards
      .map(({ name, certificate, address }, at) => ({ place: at + 1, name, certificate, address }))
      .filter(({ place }) => place !== own + 1),
    receive: (envelope, seat) => {
      if (current === null || envelope.session !== current.board.session) return false
      const place = current.placeOf(seat)
      if (place === null) return false
      current.board.take(envelope, place)
      return true
    },
  })
  const mail = wrapMail?.(opened, () => current?.board ?? null) ?? opened
  return {
    mail,
    enter: (statement) => {
      const place = placeOf(statement, identity.certificate)
      if (place === null)
        throw new BridgeError("bad-config", { problems: "no part in this session" })
      const seats = statement.participants.map(
        ({ certificate }) => pins.indexOf(fingerprintOf(certificate)) + 1,
      )
      const board = new Board(statement)
      current = {
        board,
        placeOf: (seat) => {
          const at = seats.indexOf(seat)
          return at < 0 ? null : at + 1
        },
      }
      const seated: Mail = {
        ...mail,
        send: (to, envelope) => mail.send(seats[to - 1]!, envelope),
        trouble: (to) => mail.trouble(seats[to - 1]!),
      }
      return { board, place, mail: seated }
    },
    close: () => opened.close(),
  }
}
