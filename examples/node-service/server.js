// The service: listens on $PORT, and finishes running requests after SIGTERM.
import { createServer } from "node:http";
import { handle } from "./src/handler.js";

const port = Number(process.env.PORT ?? 8080);
const server = createServer(handle);

server.on("error", (error) => {
  console.error(`node-service: ${error.message}`);
  process.exit(1);
});
server.listen(port, () => console.log(`listening on port ${server.address().port}`));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    console.log("stopping");
    server.close();
    server.closeIdleConnections();
  });
}
