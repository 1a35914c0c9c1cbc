import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { handler } from "../src/page.js";

async function ask(tide, path) {
  const server = createServer(handler(tide));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
    return { status: answer.status, body: await answer.text() };
  } finally {
    server.close();
  }
}

test("shows the tide", async () => {
  const { status, body } = await ask(async () => ({ metres: 1.25, rising: true }), "/");
  assert.equal(status, 200);
  assert.match(body, /1\.25 metres and is rising/);
});

test("stays up without the API", async () => {
  const { status, body } = await ask(async () => Promise.reject(new Error("refused")), "/");
  assert.equal(status, 502);
  assert.match(body, /not known/);
});

test("knows its paths", async () => {
  assert.equal((await ask(async () => ({}), "/health")).status, 200);
  assert.equal((await ask(async () => ({}), "/nothing")).status, 404);
});
