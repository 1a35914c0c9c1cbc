// The programme, by date.
export const concerts = [
  {
    slug: "spring",
    title: "Spring by the water",
    date: "2026-04-18",
    place: "Boat hall, Quay Street",
    pieces: ["Songs of the tide", "Three madrigals", "The ferryman"],
  },
  {
    slug: "summer",
    title: "A summer night",
    date: "2026-06-20",
    place: "Harbour square",
    pieces: ["Evening rounds", "Rowing song"],
  },
  {
    slug: "advent",
    title: "Advent",
    date: "2026-12-05",
    place: "Old church",
    pieces: ["Winter hymn", "Four carols", "Magnificat"],
  },
];

export function formatDate(date) {
  return new Date(date).toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
}
