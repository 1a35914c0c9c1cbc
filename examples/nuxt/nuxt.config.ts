export default defineNuxtConfig({
  compatibilityDate: "2026-01-01",
  telemetry: false,
  sourcemap: false, // of no use on the machine that serves
  css: ["~/style.css"],
  app: {
    head: { htmlAttrs: { lang: "en" }, title: "Harbour Ferries" },
  },
});
