import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { countWords, handle } from "../src/handler.js";

const server = createServer(handle);
let base;

before(async () => {
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

test("health", async () => {
  const answer = await fetch(`${base}/health`);
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { status: "ok" });
});

test("count", async () => {
  const answer = await fetch(`${base}/count?text=${encodeURIComponent("one, two – three!")}`);
  assert.deepEqual(await answer.json(), { words: 3 });
});

test("unknown paths and methods", async () => {
  assert.equal((await fetch(`${base}/constructor`)).status, 404);
  const answer = await fetch(`${base}/health`, { method: "DELETE" });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get("allow"), "GET");
});

test("an address that is none", () => {
  const answer = { writeHead: (status) => assert.equal(status, 400), end: () => {} };
  handle({ url: "//", method: "GET" }, answer);
});

test("words", () => {
  assert.equal(countWords(""), 0);
  assert.equal(countWords("  spaces  only between  "), 3);
});
