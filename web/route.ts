// Which page is shown: the part of the address behind `#`, so that any server of files can serve all of them.

import { signal } from "@preact/signals"

export interface Route {
  /** `bridge`, `burn`, `transfers`, … */
  readonly page: string
  /** What follows, decoded. */
  readonly about: string
}

export const route = signal<Route>(routeIn(location.hash))

addEventListener("hashchange", () => {
  route.value = routeIn(location.hash)
  scrollTo(0, 0)
})

export function hrefOf(page: string, about = ""): string {
  return about === "" ? `#/${page}` : `#/${page}/${encodeURIComponent(about)}`
}

export function goTo(page: string, about = ""): void {
  location.hash = hrefOf(page, about)
}

function routeIn(hash: string): Route {
  const [page = "", about = ""] = hash.replace(/^#\/?/, "").split("/")
  return { page: page || "bridge", about: decoded(about) }
}

/** A link that was cut or typed may say anything. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
