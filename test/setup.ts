// What every test run shares, brought up once before the first file and taken down after the last.

export default async function setup() {
  return async () => {}
}
