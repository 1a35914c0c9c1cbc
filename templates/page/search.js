
"use strict";
(() => {
	const get = (id) => document.getElementById(id);
	const { path, base } = document.body.dataset;

	// If the page was read from another address than the bucket's own, the commands use that address.
	const at = location.pathname.lastIndexOf(path);
	const here = location.origin + location.pathname.slice(0, at);
	if (at >= 0 && /^https?:\/\/[\w.:/~%-]+$/.test(here) && base.startsWith("http")) {
		for (const code of document.querySelectorAll("pre code")) {
			code.textContent = code.textContent.replaceAll(base + "/", here + "/");
		}
	}

	if (navigator.clipboard) {
		for (const code of document.querySelectorAll("pre code")) {
			const button = document.createElement("button");
			button.className = "copy";
			button.type = "button";
			button.textContent = "Copy";
			button.setAttribute("aria-describedby", code.parentNode.getAttribute("aria-labelledby"));
			button.addEventListener("click", () => navigator.clipboard.writeText(code.textContent).then(
				() => { button.textContent = "Copied"; setTimeout(() => { button.textContent = "Copy"; }, 2000); },
				() => { button.textContent = "Not copied"; }));
			code.after(button);
		}
	}

	const list = get("list");
	if (!list) return;
	const form = get("search"), query = get("query");
	const rest = get("rest");
	const rows = [...list.tBodies];
	const packages = [...rows, ...document.querySelectorAll("#rest li")];
	const text = (p) => (p.rows ? p.rows[0] : p).textContent.toLowerCase();
	let texts;
	const find = () => {
		texts ??= packages.map(text);
		const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
		const hits = packages.filter((_, i) => words.every((word) => texts[i].includes(word)));
		const found = hits.length, shown = new Set(hits);
		for (const row of rows) row.hidden = !shown.has(row);
		const others = hits.filter((p) => !p.rows), inTable = found - others.length;
		// Replacing thousands of elements at once is fast; hiding them one by one takes browsers half a minute.
		if (rest) rest.querySelector("ul").replaceChildren(...others);
		get("found").textContent = words.length ? `${found} of ${packages.length} packages` : "";
		get("none").hidden = found > 0;
		list.hidden = inTable === 0;
		if (rest) rest.hidden = found === inTable;
	};
	let later;
	const keep = () => {
		const hash = query.value ? "#" + new URLSearchParams({ q: query.value }) : "";
		try { history.replaceState(null, "", location.pathname + location.search + hash); } catch { /* not allowed for some file: URLs */ }
	};
	query.addEventListener("input", () => { clearTimeout(later); later = setTimeout(() => { find(); keep(); }, packages.length > 2000 ? 200 : 0); });
	form.addEventListener("submit", (event) => { event.preventDefault(); find(); });
	const asked = () => {
		const q = new URLSearchParams(location.hash.slice(1)).get("q");
		if (q !== null) { query.value = q; find(); }
	};
	addEventListener("hashchange", asked);
	form.hidden = false;
	asked();
})();
