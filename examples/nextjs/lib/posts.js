// The posts of the blog, newest first. They are part of the application: no database is needed.
const posts = [
  {
    slug: "small-packages",
    title: "Small packages travel fast",
    date: "2026-03-14",
    summary: "What is left out of a package needs no download, no space and no update.",
    body: [
      "A server needs a small part of what its build needs: compilers, type checkers and tests stay behind.",
      "Next.js follows the imports of the server and copies only the files that they reach.",
      "The package manager of the machine brings the runtime, once for all applications on it.",
    ],
  },
  {
    slug: "one-version",
    title: "One version, everywhere",
    date: "2026-02-02",
    summary: "The tag in the repository is the version of the package, and of what runs.",
    body: [
      "A version that is written in two places is wrong in one of them sooner or later.",
      "So there is one: the newest tag. Machines that run the blog ask apk which one they have.",
    ],
  },
  {
    slug: "hello",
    title: "Hello",
    date: "2026-01-05",
    summary: "The first post, as short as first posts are.",
    body: ["This blog is an example. Its three posts live in lib/posts.js."],
  },
];

export function allPosts() {
  return posts;
}

export function findPost(slug) {
  return posts.find((post) => post.slug === slug);
}

export function formatDate(date) {
  return new Date(date).toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
}
