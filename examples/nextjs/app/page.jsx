import Link from "next/link";
import { allPosts, formatDate } from "../lib/posts";

export default function Home() {
  return (
    <>
      <h1>Posts</h1>
      <ul className="posts">
        {allPosts().map((post) => (
          <li key={post.slug}>
            <h2>
              <Link href={`/posts/${post.slug}`}>{post.title}</Link>
            </h2>
            <time dateTime={post.date}>{formatDate(post.date)}</time>
            <p>{post.summary}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
