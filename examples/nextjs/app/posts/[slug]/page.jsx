import { notFound } from "next/navigation";
import { allPosts, findPost, formatDate } from "../../../lib/posts";

// The build renders every post. An unknown name is status 404.
export const dynamicParams = false;

export function generateStaticParams() {
  return allPosts().map(({ slug }) => ({ slug }));
}

export async function generateMetadata({ params }) {
  const post = findPost((await params).slug);
  return { title: post?.title, description: post?.summary };
}

export default async function Post({ params }) {
  const post = findPost((await params).slug);
  if (!post) {
    notFound();
  }
  return (
    <article>
      <h1>{post.title}</h1>
      <time dateTime={post.date}>{formatDate(post.date)}</time>
      {post.body.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
    </article>
  );
}
