// The page that shows the tide: listens on $PORT and gets the tide from the API at $API.
import { createServer } from "node:http";
import { handler } from "./src/page.js";

const port = Number(process.env.PORT ?? 8080);
const api = process.env.API ?? "http://127.0.0.1:8081";

async function tide() {
  const answer = await fetch(`${api}/tide`, { signal: AbortSignal.timeout(2000) });
  if (!answer.ok) {
    throw new Error(`${api} answered ${answer.status}`);
  }
  return answer.json();
}

const server = createServer(handler(tide));
server.on("error", (error) => {
  console.error(`monorepo-web: ${error.message}`);
  process.exit(1);
});
server.listen(port, () => console.log(`listening on port ${server.address().port}`));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}
