// The timetable is part of the application: no database is needed.
export interface Departure {
  line: string;
  to: string;
  minutes: number[]; // past every hour
}

export const departures: Departure[] = [
  { line: "F1", to: "North Quay", minutes: [5, 25, 45] },
  { line: "F2", to: "Lighthouse", minutes: [10, 40] },
  { line: "F3", to: "Old Town", minutes: [0, 15, 30, 45] },
];

/** next is how many minutes someone who is there at `minute` past the hour waits for a departure. */
export function next(departure: Departure, minute: number): number {
  return Math.min(...departure.minutes.map((at) => (at - minute + 60) % 60));
}
