// handler responds to GET / with the page, and to GET /health. tide returns { metres, rising } or fails.
export function handler(tide) {
  return async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/health") {
      send(response, 200, "application/json", '{"status":"ok"}');
    } else if (pathname !== "/") {
      send(response, 404, "text/plain", "not found\n");
    } else {
      await show(tide, response);
    }
  };
}

async function show(tide, response) {
  try {
    const { metres, rising } = await tide();
    const sentence = `The water stands at ${Number(metres)} metres and is ${rising ? "rising" : "falling"}.`;
    send(response, 200, "text/html", page(sentence));
  } catch (error) {
    console.error(error.message);
    send(response, 502, "text/html", page("The tide is not known at the moment."));
  }
}

function page(sentence) {
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Tide</title></head>
  <body><main><h1>Tide</h1><p>${sentence}</p></main></body>
</html>
`;
}

function send(response, code, type, body) {
  response.writeHead(code, { "content-type": `${type}; charset=utf-8` }).end(body);
}
