import Link from "next/link";
import "./style.css";

export const metadata = {
  title: { default: "Harbour Blog", template: "%s – Harbour Blog" },
  description: "Notes on packaging",
};

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <header>
          <p className="name">Harbour Blog</p>
          <nav aria-label="Main">
            <Link href="/">Posts</Link> <Link href="/about">About</Link>
          </nav>
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}
