#!/usr/bin/env node
// The installed `causeway` command: plain JavaScript, because this is where TypeScript begins.

import { register } from "tsx/esm/api"

register()
await import("./main.ts")
