export default defineNuxtConfig({
  compatibilityDate: "2026-01-01",
  buildId: process.env.SOURCE_DATE_EPOCH, // the commit's time, not a random one
  telemetry: false,
  sourcemap: false, // of no use on the machine that serves
  css: ["~/style.css"],
  app: {
    head: { htmlAttrs: { lang: "en" }, title: "Harbour Ferries" },
  },
});
