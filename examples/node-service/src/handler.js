// The request handler, without the server, so that tests can call it.

/** Counts the words of ?text= at /count, and says at /health that all is well. */
export function handle(request, response) {
  if (!URL.canParse(request.url, origin)) {
    return send(response, 400, { error: "the address cannot be read" });
  }
  const url = new URL(request.url, origin);
  const route = routes[url.pathname];
  if (!route) {
    return send(response, 404, { error: `nothing at ${url.pathname}` });
  }
  if (request.method !== "GET") {
    response.setHeader("Allow", "GET");
    return send(response, 405, { error: `${request.method} is not supported` });
  }
  return send(response, 200, route(url.searchParams));
}

const origin = "http://localhost"; // only the path and the query count

const routes = {
  "/count": (query) => ({ words: countWords(query.get("text") ?? "") }),
  "/health": () => ({ status: "ok" }),
  __proto__: null,
};

/** The number of words, in any script that Unicode can divide. */
export function countWords(text) {
  const words = new Intl.Segmenter(undefined, { granularity: "word" });
  return [...words.segment(text)].filter((part) => part.isWordLike).length;
}

function send(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(body)}\n`);
}
