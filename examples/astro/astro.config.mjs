import { defineConfig } from "astro/config";

export default defineConfig({
  output: "static", // plain files in dist/
  build: { inlineStylesheets: "never" }, // one file that browsers keep
});
