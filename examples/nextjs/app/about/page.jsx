import Image from "next/image";

export const metadata = { title: "About" };

export default function About() {
  return (
    <>
      <h1>About</h1>
      <Image src="/harbour.svg" alt="Waves under a lighthouse" width={160} height={120} />
      <p>A small blog that shows how a Next.js application becomes an Alpine package.</p>
    </>
  );
}
