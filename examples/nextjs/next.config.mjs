/** @type {import("next").NextConfig} */
export default {
  output: "standalone", // a server with only the modules that it needs
  generateBuildId: () => process.env.SOURCE_DATE_EPOCH ?? null, // the commit's time, not a random one
  poweredByHeader: false,
  images: { unoptimized: true }, // served as they are: no image library at run time
  outputFileTracingExcludes: {
    // imported somewhere, but never loaded by this server
    "*": [
      "node_modules/@img/**", // the image library: 19 MB of native code
      "node_modules/sharp/**",
      "node_modules/detect-libc/**", // these two are used by sharp alone
      "node_modules/semver/**",
      "node_modules/next/dist/server/capsize-font-metrics.json", // 4 MB, read by the build for next/font
      "node_modules/next/dist/compiled/@edge-runtime/primitives/**", // for routes with the runtime "edge"
      "node_modules/next/dist/compiled/edge-runtime/**",
    ],
  },
};
